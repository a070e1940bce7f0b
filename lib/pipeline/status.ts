import { type Status, statusSchema } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import type { Manifest, RunReference } from './manifest.ts';
import type { Services } from './services.ts';

/** Writes `status.json` anew: what is given replaces what stood, the rest stays. */
export async function writeStatus(
  services: Services,
  { dataset, run, command, simulated }: Pick<Manifest, 'dataset' | 'run' | 'command' | 'simulated'>,
  change: Partial<Status>,
): Promise<Status> {
  const now = services.now().toISOString();
  const standing = await readStatus(services, { dataset, run });
  const fresh: Status = {
    schemaVersion: 1,
    dataset,
    run,
    command,
    status: 'running',
    simulated,
    attempt: 1,
    startedAt: now,
    updatedAt: now,
    targets: [],
    steps: [],
  };
  const status = statusSchema.parse({ ...fresh, ...standing, ...change, updatedAt: now });
  await services.results.write(keys.run(dataset, run).status, `${JSON.stringify(status, null, 2)}\n`, {
    contentType: 'application/json',
  });
  return status;
}

/** The run's status as it stands, or null. */
export function readStatus({ results }: Services, { dataset, run }: RunReference): Promise<Status | null> {
  return readJson(results, keys.run(dataset, run).status, (value) => statusSchema.parse(value));
}
