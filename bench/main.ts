/** `npm run bench`: finedrop and a plain Python script over the same generated drop, in the same run. `--help` tells the flags. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchDrop, makeDrop } from './drop.ts';
import { measure } from './measure.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { type Command, finedrop, type Program, peer, pythonVersion } from './programs.ts';
import { type Outcome, renderResults } from './table.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const COMMANDS: readonly Command[] = ['check', 'convert'];
const WARM_UP = { images: 20, rows: 40 };

const options = readOptions(process.argv.slice(2));
if (options !== null) await bench(options);

async function bench(options: BenchOptions): Promise<void> {
  build();
  const folder = options.dir ?? (await mkdtemp(join(tmpdir(), 'finedrop-bench-')));
  const python = pythonVersion();
  try {
    await warmUp(join(folder, 'warm-up'), options.targets, python !== null);
    say(`generating ${options.images} images and their tables…`);
    const drop = await makeDrop(join(folder, 'drop'), options);
    const outcomes = await measureAll(drop, options.targets, python !== null);
    const text = renderResults(outcomes, {
      command: commandLine(process.argv.slice(2)),
      images: drop.images,
      mediaBytes: drop.mediaBytes,
      rows: drop.tables,
      python,
      version: await version(),
    });
    process.stdout.write(`\n${text}\n`);
    say(`written to ${relative(process.cwd(), await keepResults(text, options))}`);
  } finally {
    if (!options.keep) await removeData(folder, options.dir !== null);
  }
}

/** What users run is the build; one that is missing is made. */
function build(): void {
  if (existsSync(join(ROOT, 'dist', 'lib', 'cli', 'main.js'))) return;
  say('building…');
  const { status } = spawnSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed; see above.');
}

/** Files of programs and libraries come into the page cache before anything counts. */
async function warmUp(folder: string, targets: readonly string[], hasPython: boolean): Promise<void> {
  const drop = await makeDrop(folder, { ...WARM_UP, targets });
  for (const target of targets) {
    for (const program of programsFor(drop, target, { command: 'convert', hasPython })) await runOnce(drop, program);
  }
}

async function measureAll(drop: BenchDrop, targets: readonly string[], hasPython: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const target of targets) {
    const rows = drop.tables.get(target)?.rows ?? 0;
    for (const command of COMMANDS) {
      for (const program of programsFor(drop, target, { command, hasPython })) {
        const measured = await runOnce(drop, program);
        if (program.rowsOf(measured) !== rows)
          throw new Error(`${program.title} took ${program.rowsOf(measured)} of ${rows} rows (${target}, ${command}).`);
        const { seconds, cpuSeconds, peakBytes } = measured;
        const mediaBytes = (drop.mediaBytes * Math.min(rows, drop.images)) / drop.images;
        say(`${target} ${command}, ${program.title}: ${seconds.toFixed(1)} s`);
        outcomes.push({ target, command, title: program.title, rows, mediaBytes, seconds, cpuSeconds, peakBytes });
      }
    }
  }
  return outcomes;
}

function programsFor(
  drop: BenchDrop,
  target: string,
  { command, hasPython }: { command: Command; hasPython: boolean },
): Program[] {
  const work = { root: ROOT, drop, target, command, out: join(drop.folder, 'out') };
  return [finedrop(work, 'structure'), ...(hasPython ? [peer(work)] : []), finedrop(work, 'decode')];
}

/** Each program writes into an empty folder, which is gone afterwards. */
async function runOnce(drop: BenchDrop, { command, words }: Program): ReturnType<typeof measure> {
  const out = join(drop.folder, 'out');
  await rm(out, { recursive: true, force: true });
  try {
    return await measure(command, words);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** As it can be repeated on any machine: folders of this one are left out. */
function commandLine(words: readonly string[]): string {
  const kept = words.filter((word, place) => !/^--(?:keep|dir)/.test(word) && words[place - 1] !== '--dir');
  return kept.length === 0 ? 'npm run bench' : `npm run bench -- ${kept.join(' ')}`;
}

async function keepResults(text: string, { images }: BenchOptions): Promise<string> {
  const folder = join(ROOT, 'bench', 'results');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${new Date().toISOString().slice(0, 10)}-${images}-images.md`);
  await writeFile(path, text);
  return path;
}

/** A folder that the user named may hold other things; only what was made in it goes. */
async function removeData(folder: string, isNamed: boolean): Promise<void> {
  const made = isNamed ? [join(folder, 'drop'), join(folder, 'warm-up')] : [folder];
  for (const path of made) await rm(path, { recursive: true, force: true });
}

async function version(): Promise<string> {
  return (JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
