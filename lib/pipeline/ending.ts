import { z } from 'zod';
import { runStatusSchema } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
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

/** The ending that a step has decided, or null. */
export function readEnding({ results }: Services, { dataset, run }: RunReference): Promise<Ending | null> {
  return readJson(results, keys.work(dataset, run).ending, (value) => endingSchema.parse(value));
}
