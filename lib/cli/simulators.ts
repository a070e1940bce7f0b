import { once } from 'node:events';
import { openSimulators } from '../engines/local-simulators.ts';
import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { readFaults } from './run.ts';

const DEFAULT_STATE = 'finedrop-results/.finedrop/simulators';
const LAST_PORT = 65_535;

/** Starts the simulated providers, prints their base URLs as one JSON line, and serves until it is stopped. */
export async function simulatorsCommand({ paths, values }: Arguments): Promise<number> {
  if (paths.length > 0) throw new UsageError(`simulators takes no path, but got "${paths[0]}".`);
  const stateDir = values['state']?.[0] ?? DEFAULT_STATE;
  const faults = await readFaults(values['faults']?.[0]);
  const simulators = await openSimulators({
    stateDir,
    port: portOf(values['port']?.[0]),
    ...(faults === undefined ? {} : { faults }),
  });
  process.stdout.write(`${JSON.stringify(simulators.urls)}\n`);
  const stopped = new AbortController();
  await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal: stopped.signal })));
  stopped.abort();
  await simulators.close();
  return 0;
}

function portOf(word: string | undefined): number {
  if (word === undefined) return 0;
  const port = Number(word);
  if (!Number.isInteger(port) || port < 0 || port > LAST_PORT)
    throw new UsageError(`--port takes a number from 0 to ${LAST_PORT}, not "${word}".`);
  return port;
}
