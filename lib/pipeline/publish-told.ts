import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import type { RunReference } from './manifest.ts';
import type { FindingsTold } from './publish-findings.ts';
import type { MediaTold } from './publish-lock.ts';
import type { Services } from './services.ts';

/** What the parts of the results say together, and the report says again. */
export interface Told {
  findings: FindingsTold;
  /** null where the rows were never judged. */
  media: MediaTold | null;
  /** Names of the files of refused rows. */
  rejected: readonly string[];
}

export const NOTHING_TOLD: Told = {
  findings: { counts: { errors: 0, warnings: 0, infos: 0, byCode: {} }, shown: [] },
  media: null,
  rejected: [],
};

/** Keeps it for the call that writes the next part. */
export async function writeTold({ results }: Services, { dataset, run }: RunReference, told: Told): Promise<void> {
  await results.write(keys.work(dataset, run).told, JSON.stringify(told));
}

/** What the calls before kept. */
export async function readTold({ results }: Services, { dataset, run }: RunReference): Promise<Told> {
  const told = await readJson(results, keys.work(dataset, run).told, (value) => value as Told);
  if (told === null) throw new Error(`[publish] what was published of run ${run} is missing. Run again.`);
  return told;
}
