import { z } from 'zod';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { inParallel } from './in-parallel.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';

const REMOVED_AT_ONCE = 16;

const basisSchema = z.strictObject({
  /** Another version may cut shards, or write records, in another way: pieces of both do not fit together. */
  version: z.string(),
  /** What was concluded must not stand in the next attempt's way: servers that were away may be back. */
  isOver: z.boolean(),
});

/** Makes the run's work fit to go on from: what another version left, or a run that must begin anew, is removed. */
export async function openWork(services: Services, { dataset, run }: RunReference): Promise<void> {
  const { results, version } = services;
  const work = keys.work(dataset, run);
  const basis = await readJson(results, work.basis, (value) => basisSchema.safeParse(value).data ?? null);
  if (basis !== null && (basis.isOver || basis.version !== version)) await clearWork(services, { dataset, run });
  await results.write(work.basis, JSON.stringify({ version, isOver: false }));
}

/** The next attempt begins anew. Nothing is removed yet: a step that is called again must find what it read. */
export async function endWork({ results, version }: Services, { dataset, run }: RunReference): Promise<void> {
  await results.write(keys.work(dataset, run).basis, JSON.stringify({ version, isOver: true }));
}

/** Removes a run's work but for what `isKept`. The basis goes last: what it says holds until the rest is gone. */
export async function clearWork(
  { results }: Pick<Services, 'results'>,
  { dataset, run }: RunReference,
  isKept: (key: string) => boolean = () => false,
): Promise<void> {
  const { root, basis } = keys.work(dataset, run);
  await inParallel(results.list(root), REMOVED_AT_ONCE, async ({ key }) => {
    if (key !== basis && !isKept(key)) await results.remove(key);
  });
  if (!isKept(basis)) await results.remove(basis);
}
