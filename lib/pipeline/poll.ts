import { z } from 'zod';
import { jobStateSchema, TERMINAL_JOB_STATES } from '../domain/target.ts';
import type { JobSnapshot, ProviderClient } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { type Manifest, readManifest, runReferenceSchema, targetOf } from './manifest.ts';
import type { Services } from './services.ts';
import { readStatus, writeStatus } from './status.ts';
import { step } from './step.ts';
import { canonicalFirst, type JobNote, jobNoteSchema } from './submit.ts';

const FIRST_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 600;
const WAIT_GROWTH = 1.5;
const HOUR_SECONDS = 3600;
/** A word that we do not know, or a job that the provider does not find, is waited for so long, then reported. */
const UNKNOWN_LIMIT_SECONDS = 24 * HOUR_SECONDS;
/** The longest job that anybody has reported took 22 hours; two weeks is "lost", and can be taken up again. */
const JOB_LIMIT_SECONDS = 14 * 24 * HOUR_SECONDS;

const cursorSchema = z.strictObject({
  polls: z.int(),
  since: z.string(),
  unknownSince: z.string().nullable(),
  swept: z.boolean(),
});
type Cursor = z.infer<typeof cursorSchema>;

const pollEventSchema = runReferenceSchema.extend({ target: z.string(), cursor: cursorSchema.nullish() });

/** How a target's job stands; written by every poll, the last one is the result. */
export const jobResultSchema = z.strictObject({
  ...jobNoteSchema.shape,
  state: jobStateSchema,
  providerState: z.string().nullable(),
  tunedModel: z.string().nullable(),
  error: z.string().nullable(),
  /** The time limit passed without an end. */
  lost: z.boolean(),
  /** Jobs with our key beside the one that counts; they have been cancelled. */
  duplicatesCancelled: z.array(z.string()),
});
export type JobResult = z.infer<typeof jobResultSchema>;

/** Looks at a job once; `done` when it has ended, or when it has been waited for long enough. */
export const poll = step('poll', pollEventSchema, async ({ dataset, run, target: name, cursor }, services) => {
  const manifest = await readManifest(services, { dataset, run });
  const target = targetOf(manifest, name);
  const note = await readJson(services.results, keys.work(dataset, run).job(name), (value) =>
    z.looseObject(jobNoteSchema.shape).parse(value),
  );
  if (note === null) throw new Error(`[poll] target "${name}" has no job.`);
  const client = await services.client(target.provider, target.mediaBase);
  const before = cursor ?? { polls: 0, since: services.now().toISOString(), unknownSince: null, swept: false };
  const snapshot = await client.getJob(note.id);
  const isEnded = snapshot !== null && TERMINAL_JOB_STATES.has(snapshot.state);
  const after = advance(before, services.now(), snapshot);
  const lost = !isEnded && isOverdue(after, services.now());
  const duplicatesCancelled = await sweep(services, { client, note, cursor: after, isEnded });
  await writeResult(services, manifest, name, { note, snapshot, lost, duplicatesCancelled });
  if (isEnded && snapshot.state === 'succeeded') await keepMetrics(services, manifest, name, { client, id: note.id });
  const done = (isEnded && after.swept) || lost;
  return { done, waitSeconds: waitOf(after, { isEnded, note, now: services.now() }), cursor: after };
});

/** How a target's job ended, or stands; null before it was submitted. */
export function readJobResult(
  { results }: Services,
  { dataset, run }: Pick<Manifest, 'dataset' | 'run'>,
  target: string,
): Promise<JobResult | null> {
  return readJson(results, keys.work(dataset, run).jobResult(target), (value) => jobResultSchema.parse(value));
}

function advance(before: Cursor, now: Date, snapshot: JobSnapshot | null): Cursor {
  const isUnknown = snapshot === null || snapshot.state === 'unknown';
  return {
    ...before,
    polls: before.polls + 1,
    unknownSince: isUnknown ? (before.unknownSince ?? now.toISOString()) : null,
  };
}

function isOverdue({ since, unknownSince }: Cursor, now: Date): boolean {
  const secondsSince = (moment: string) => (now.getTime() - Date.parse(moment)) / 1000;
  return (
    secondsSince(since) > JOB_LIMIT_SECONDS ||
    (unknownSince !== null && secondsSince(unknownSince) > UNKNOWN_LIMIT_SECONDS)
  );
}

/** Once the quiet time is over, every job that carries the key is known: all but the canonical one are cancelled. */
async function sweep(
  services: Services,
  { client, note, cursor, isEnded }: { client: ProviderClient; note: JobNote; cursor: Cursor; isEnded: boolean },
): Promise<string[]> {
  if (cursor.swept || services.now().getTime() < Date.parse(note.quietUntil)) return [];
  const found = canonicalFirst(await client.findJobs(note.key));
  const extras = found.filter(({ id, state }) => id !== note.id && !TERMINAL_JOB_STATES.has(state));
  for (const { id } of extras) await client.cancelJob(id);
  cursor.swept = true;
  if (extras.length > 0) services.log.info('duplicate jobs were cancelled', { jobs: extras.length, ended: isEnded });
  return extras.map(({ id }) => id);
}

async function writeResult(
  services: Services,
  manifest: Manifest,
  target: string,
  {
    note,
    snapshot,
    lost,
    duplicatesCancelled,
  }: { note: JobNote; snapshot: JobSnapshot | null; lost: boolean; duplicatesCancelled: string[] },
): Promise<void> {
  const earlier = await readJobResult(services, manifest, target);
  const result: JobResult = {
    id: note.id,
    key: note.key,
    adopted: note.adopted,
    quietUntil: note.quietUntil,
    state: snapshot?.state ?? 'unknown',
    providerState: snapshot?.providerState ?? null,
    tunedModel: snapshot?.tunedModel ?? null,
    error: snapshot?.error ?? null,
    lost,
    duplicatesCancelled: [...(earlier?.duplicatesCancelled ?? []), ...duplicatesCancelled],
  };
  await services.results.write(keys.work(manifest.dataset, manifest.run).jobResult(target), JSON.stringify(result));
  if (earlier?.providerState !== result.providerState) await tell(services, manifest, target, result);
}

/** `status.json` follows the jobs. Two targets may write at once: the last one wins, and the next change tells again. */
async function tell(
  services: Services,
  manifest: Manifest,
  name: string,
  { id, state, providerState }: JobResult,
): Promise<void> {
  const standing = await readStatus(services, manifest);
  const others = (standing?.targets ?? []).filter((target) => target.name !== name);
  const targets = [...others, { name, job: id, state, providerState }].sort((left, right) =>
    left.name < right.name ? -1 : 1,
  );
  await writeStatus(services, manifest, { targets });
  services.log.info('job state', { target: name, state, job: id });
}

async function keepMetrics(
  services: Services,
  { dataset, run }: Manifest,
  target: string,
  { client, id }: { client: ProviderClient; id: string },
): Promise<void> {
  const metrics = await client.readMetrics(id);
  if (metrics !== null)
    await services.results.write(keys.run(dataset, run).target(target, 'metrics.csv'), metrics, {
      contentType: 'text/csv',
    });
}

function waitOf(
  { polls, swept }: Cursor,
  { isEnded, note, now }: { isEnded: boolean; note: JobNote; now: Date },
): number {
  if (isEnded && !swept) return Math.max(1, Math.ceil((Date.parse(note.quietUntil) - now.getTime()) / 1000));
  return Math.min(LONGEST_WAIT_SECONDS, Math.round(FIRST_WAIT_SECONDS * WAIT_GROWTH ** (polls - 1)));
}
