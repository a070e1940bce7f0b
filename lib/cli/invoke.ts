import { readFile } from 'node:fs/promises';
import { FUNCTION_NAMES, invokeLocal } from '../engines/local-invoke.ts';
import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';

/** Calls one function with an event from a file and prints its answer as JSON. */
export async function invokeCommand({ paths, flags, values }: Arguments): Promise<number> {
  const [functionName, ...others] = paths;
  if (functionName === undefined || others.length > 0)
    throw new UsageError(`name one function: ${FUNCTION_NAMES.join(', ')}.`);
  const answer = await invokeLocal({
    functionName,
    event: await readEvent(values['event']?.[0]),
    inbox: values['inbox']?.[0] ?? '.',
    out: values['out']?.[0] ?? 'finedrop-results',
    allowHosts: values['allow-host'] ?? [],
    log: (message, facts) => {
      if (flags['debug'] === true) process.stderr.write(`${message} ${JSON.stringify(facts ?? {})}\n`);
    },
  });
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  return 0;
}

async function readEvent(path: string | undefined): Promise<unknown> {
  if (path === undefined) throw new UsageError('--event FILE is missing. events/ holds one for each function.');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`--event: there is no readable file "${path}".`);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${path} is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
}
