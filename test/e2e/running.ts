import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { exitCodeOf } from '../../lib/cli/exit-code.ts';
import { type LocalResult, runLocal } from '../../lib/engines/local.ts';
import type { LocalOptions } from '../../lib/engines/local-options.ts';
import type { SCRIPTS } from '../scripts.ts';
import { expectSound } from './results.ts';

/** Runs a drop in this process and holds the results to what every run promises; `exit` is the command line's code. */
export async function runSound(options: LocalOptions): Promise<LocalResult & { exit: number }> {
  const result = await runLocal(options);
  await expectSound(result);
  return { ...result, exit: exitCodeOf(result.report, result.ended) };
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Spawning {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Called with the growing standard output. */
  onOutput?: (text: string, stop: () => void) => void;
  /** Once this has settled, the process is told to stop. */
  stopAfter?: Promise<unknown>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Runs the command line as its users do: a process of its own, without this one's environment. */
export function finedrop(words: readonly string[], spawning: Spawning = {}): Promise<Ended> {
  return runScript('cli', words, spawning);
}

/** Runs one of the built scripts in a process of its own. */
export function runScript(script: keyof typeof SCRIPTS, words: readonly string[], spawning?: Spawning): Promise<Ended> {
  return runFile(join(inject('scripts'), `${script}.mjs`), words, spawning);
}

/** Runs a JavaScript file in a process of its own. */
export function runFile(
  path: string,
  words: readonly string[],
  { cwd, env, onOutput, stopAfter }: Spawning = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [path, ...words], {
    cwd: cwd ?? ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => child.kill('SIGTERM');
  stopAfter?.then(stop, stop);
  const ended: Ended = { code: null, signal: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.stdout += text;
    onOutput?.(ended.stdout, stop);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ended.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ ...ended, code, signal }));
  });
}
