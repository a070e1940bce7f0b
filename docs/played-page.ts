import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** On this morning the examples begin, whatever day it is. */
const BEGINS = '2026-11-23T09:00:00Z';
const CONSOLE = /```console\n([\s\S]*?)```/g;

/** The pages with worked examples. */
export const PLAYED_PAGES = ['retraining.md'] as const;

/** A page whose console blocks hold what their commands print: each line that begins with "$ " is run anew, all in one folder. */
export async function playedPage(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finedrop-docs-'));
  try {
    await prepare(folder);
    let played = text;
    for (const [block, content = ''] of text.matchAll(CONSOLE)) {
      const commands = content.split('\n').filter((line) => line.startsWith('$ '));
      let output = '';
      for (const command of commands) output += `${command}\n${named(await run(command.slice(2), folder))}`;
      played = played.replace(block, () => `\`\`\`console\n${output}\`\`\``);
    }
    return played;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string): Promise<void> {
  await symlink(join(ROOT, 'examples'), join(folder, 'examples'));
  const simulators = join(folder, 'finedrop-results', '.finedrop', 'simulators');
  await mkdir(simulators, { recursive: true });
  await writeFile(
    join(simulators, 'clock.json'),
    JSON.stringify({ offset: Date.parse(BEGINS) - Date.now(), floor: 0 }),
  );
}

/** `cp` and `finedrop` are all that examples call; what a command tells of its progress is not shown. */
async function run(command: string, folder: string): Promise<string> {
  const [program = '', ...words] = command.split(' ');
  if (program === 'cp') {
    const [from = '', to = ''] = words.filter((word) => word !== '-r');
    await cp(join(folder, from), join(folder, to.endsWith('/') ? `${to}${from.split('/').at(-1)}` : to), {
      recursive: true,
    });
    return '';
  }
  if (program !== 'finedrop') throw new Error(`[docs] "${program}" is no command of an example.`);
  const loader = join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  return new Promise((resolve, reject) => {
    const call = ['--import', loader, join(ROOT, 'lib', 'cli', 'main.ts'), ...words];
    execFile(process.execPath, call, { cwd: folder }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else if (stdout === '') reject(new Error(`[docs] "${command}" printed nothing: ${stderr}`));
      else resolve(stdout);
    });
  });
}

/** Jobs and the minute of the day are others each time. */
function named(output: string): string {
  return output
    .replace(/ftjob-[0-9a-f]{24}/g, 'ftjob-…')
    .replace(/(ft:[\w.-]+:simulated::)[0-9a-f]{8}/g, '$1…')
    .replace(/(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, '$1');
}
