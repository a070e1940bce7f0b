import { z } from 'zod';
import { runStatusSchema } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectChangedError, readJson } from '../storage/object-store.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';

const endingSchema = z.strictObject({
  status: runStatusSchema,
  /** One sentence for people. */
  message: z.string(),
  missing: z.array(z.string()).optional(),
});
export type Ending = z.infer<typeof endingSchema>;

/** Notes how the run ends, when a step decides it before any target is tried. */
export async function writeEnding(
  { results }: Services,
  { dataset, run }: RunReference,
  ending: Ending,
): Promise<void> {
  await results.write(keys.work(dataset, run).ending, JSON.stringify(ending));
}

/** An object of the drop that changes under a run ends it: what has been read belongs to a state that is gone. */
export function writeSuperseded(
  services: Services,
  reference: RunReference,
  { key }: ObjectChangedError,
): Promise<void> {
  const message = `"${key}" was changed or taken away while the run was reading it; the new state of the drop is a run of its own.`;
  return writeEnding(services, reference, { status: 'superseded', message });
}

/** The ending that a step has decided, or null. */
export function readEnding({ results }: Services, { dataset, run }: RunReference): Promise<Ending | null> {
  return readJson(results, keys.work(dataset, run).ending, (value) => endingSchema.parse(value));
}
