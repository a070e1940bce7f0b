/** `npm run bundle`: how large each function is and how long it takes to load; ends with 1 where one is over its budget. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { budgetProblems, START_BUDGET_BYTES, WHOLE_BUDGET_BYTES } from './budgets.ts';
import { type Bundle, bundleFunction, functionNames } from './bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
/** Odd, so that there is one in the middle; the first brings the files into the page cache and does not count. */
const LOADS = 7;

process.exitCode = await report();

async function report(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'finedrop-bundle-'));
  try {
    const rows: Row[] = [];
    for (const name of functionNames(ROOT)) rows.push(measure(await bundleFunction(ROOT, name), join(folder, name)));
    process.stdout.write(`${table(rows)}\n`);
    const problems = budgetProblems(rows);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Row {
  name: string;
  startBytes: number;
  bundleBytes: number;
  loadMilliseconds: number;
}

function measure({ name, files, startBytes }: Bundle, folder: string): Row {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file.name)), { recursive: true });
    writeFileSync(join(folder, file.name), file.bytes);
  }
  const entry = join(folder, 'functions', `${name}.mjs`);
  loadMilliseconds(entry, name);
  const times = Array.from({ length: LOADS }, () => loadMilliseconds(entry, name)).sort((left, right) => left - right);
  const bundleBytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return { name, startBytes, bundleBytes, loadMilliseconds: times[Math.floor(LOADS / 2)] ?? 0 };
}

/** In a process of its own, whose own start does not count. */
function loadMilliseconds(entry: string, name: string): number {
  const script = `
    const started = performance.now();
    await import(${JSON.stringify(pathToFileURL(entry).href)});
    process.stdout.write(String(performance.now() - started));
    process.exit(0);`;
  const env = { PATH: process.env['PATH'] ?? '', AWS_LAMBDA_FUNCTION_NAME: name, AWS_REGION: 'us-east-1' };
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env, encoding: 'utf8' }));
}

function table(rows: readonly Row[]): string {
  const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1000)} KB`;
  const line = (cells: readonly string[]) =>
    cells.map((cell, place) => (place === 0 ? cell.padEnd(10) : cell.padStart(12))).join('');
  return [
    line(['function', 'at start', 'in all', 'loads in']),
    ...rows.map(({ name, startBytes, bundleBytes, loadMilliseconds: ms }) =>
      line([name, kilobytes(startBytes), kilobytes(bundleBytes), `${ms.toFixed(0)} ms`]),
    ),
    line(['budget', kilobytes(START_BUDGET_BYTES), kilobytes(WHOLE_BUDGET_BYTES), '']).trimEnd(),
  ].join('\n');
}
