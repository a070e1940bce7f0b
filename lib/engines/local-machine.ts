import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { StateMachine } from '../local/asl/machine.ts';
import { parseStateMachine } from '../local/asl/parse-state-machine.ts';
import { STEPS } from '../pipeline/steps.ts';

/** The state machine that is deployed, with this engine's names for functions and buckets. */
export async function loadMachine(): Promise<StateMachine> {
  const folder = await packageRoot();
  const text = await readFile(join(folder, 'functions', 'pipeline.asl.json'), 'utf8');
  return parseStateMachine(text, { ...functionNames(), ResultsBucket: RESULTS_BUCKET });
}

/** What the machine's item readers call the results store. */
export const RESULTS_BUCKET = 'results';

/** The folder of the package: sources and build lie at different depths in it. */
export async function packageRoot(): Promise<string> {
  const packageSchema = z.looseObject({ name: z.literal('finedrop') });
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
    const parsed = text === null ? null : packageSchema.safeParse(JSON.parse(text));
    if (parsed?.success === true) return folder;
  }
  throw new Error('[finedrop] the package is incomplete: its package.json is missing. Install it again.');
}

function functionNames(): Record<string, string> {
  return Object.fromEntries(
    [...STEPS.keys()].map((name) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}Function`, name]),
  );
}
