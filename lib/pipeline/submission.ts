import { z } from 'zod';
import type { FoundJob, Provider, ProviderClient } from '../providers/provider.ts';
import { type GateTarget, readGate } from './gate-record.ts';
import { type Manifest, type RunReference, type RunTarget, readManifest, targetOf } from './manifest.ts';
import type { Services } from './services.ts';
import { readStaged, type StagedFiles } from './stage.ts';

/** What `poll` and `publish` read of a target's job. */
export const jobNoteSchema = z.strictObject({
  id: z.string(),
  key: z.string(),
  adopted: z.boolean(),
  quietUntil: z.string(),
});
export type JobNote = z.infer<typeof jobNoteSchema>;

/** One target of a run on its way to a job. */
export interface Submission {
  manifest: Manifest;
  target: RunTarget;
  provider: Provider;
  client: ProviderClient;
  decided: GateTarget;
  /** null = taken away after a refusal. */
  files: StagedFiles | null;
}

/** How one call of `submit` ends: there is a job or none will be, or it is called again after a while. */
export type Outcome =
  | { done: true; submitted: boolean }
  /** `why: null` = what was said before still holds. */
  | { done: false; waitSeconds: number; why: string | null; lookedAt: string | null };

/** Reads what the steps before decided and staged; throws unless the gate has judged the target. */
export async function openSubmission(services: Services, reference: RunReference, name: string): Promise<Submission> {
  const manifest = await readManifest(services, reference);
  const target = targetOf(manifest, name);
  const provider = await services.provider(target.provider);
  const gate = await readGate(services, manifest);
  const decided = gate?.targets.find((candidate) => candidate.name === name);
  if (provider === null || decided === undefined) {
    throw new Error(`[submit] target "${name}" has not been judged.`);
  }
  const files = await readStaged(services, manifest, name);
  const client = await services.client(target.provider, target.mediaBase);
  return { manifest, target, provider, client, decided, files };
}

/** Call again in so many seconds (one at least). */
export function waitFor(seconds: number, why: string | null, lookedAt: string | null = null): Outcome {
  return { done: false, waitSeconds: Math.max(1, Math.ceil(seconds)), why, lookedAt };
}

/** All jobs with the submission's key, canonical first; null = none. A list that fails is never "none". */
export async function look(
  services: Services,
  { client, decided, target }: Submission,
): Promise<{ found: FoundJob[] | null } | { failed: string }> {
  try {
    const found = await client.findJobs(decided.key);
    return { found: found.length === 0 ? null : canonicalFirst(found) };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    services.log.info('the look-up failed', { target: target.name, error: failed });
    return { failed };
  }
}

/** The oldest, then the smallest id: every process picks the same. A duplicate that was cancelled comes behind what lives. */
export function canonicalFirst(jobs: readonly FoundJob[]): FoundJob[] {
  const rank = ({ state }: FoundJob) => (state === 'cancelled' || state === 'stopping' ? 1 : 0);
  return [...jobs].sort(
    (left, right) =>
      rank(left) - rank(right) ||
      Date.parse(left.createdAt) - Date.parse(right.createdAt) ||
      (left.id < right.id ? -1 : 1),
  );
}
