import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchDrop, Verify } from './drop.ts';
import type { Measured } from './measure.ts';

export type Command = 'check' | 'convert';

/** One thing to measure, and how to tell from its output that it did the whole work. */
export interface Program {
  title: string;
  command: string;
  words: readonly string[];
  /** Rows that it accepted, as it says itself. */
  rowsOf(measured: Measured): number;
}

interface Work {
  root: string;
  drop: BenchDrop;
  target: string;
  command: Command;
  out: string;
}

/** The built finedrop, as a user installs it. */
export function finedrop({ root, drop, target, command, out }: Work, verify: Verify): Program {
  const table = drop.tables.get(target)?.path ?? '';
  const base = command === 'convert' && target === 'bedrock' ? ['--media-base', 's3://bench-bucket/media'] : [];
  return {
    title: `finedrop, ${verify}`,
    command: process.execPath,
    words: [
      join(root, 'dist', 'lib', 'cli', 'main.js'),
      command,
      table,
      drop.archive,
      ...['--target', target, '--spec', drop.specs[verify], '--out', out, '--json'],
      ...base,
    ],
    rowsOf: ({ stdout }) =>
      (JSON.parse(stdout) as { targets: { rows: { accepted: number } }[] }).targets[0]?.rows.accepted ?? 0,
  };
}

/** The plain script of the standard library, at the depth of `structure`. */
export function peer({ root, drop, target, command, out }: Work): Program {
  const table = drop.tables.get(target)?.path ?? '';
  return {
    title: 'plain Python script',
    command: 'python3',
    words: [join(root, 'bench', 'peer.py'), command, target, table, drop.archive, out],
    rowsOf: ({ stdout }) => (JSON.parse(stdout) as { rows: number }).rows,
  };
}

/** Python's version, or null where there is none. */
export function pythonVersion(): string | null {
  const { status, stdout } = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
