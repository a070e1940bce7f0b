import { z } from 'zod';
import { jobStateSchema, TERMINAL_JOB_STATES } from '../domain/target.ts';
import type { JobSnapshot, ProviderClient } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { isCancelled } from './claims.ts';
import { type Manifest, readManifest, runReferenceSchema, targetOf } from './manifest.ts';
import type { Services } from './services.ts';
import { readStatus, writeStatus } from './status.ts';
import { step } from './step.ts';
import { type JobNote, jobNoteSchema } from './submission.ts';
import { type Counting, sweep } from './sweep.ts';
import { keepTraining } from './training-record.ts';

const FIRST_WAIT_SECONDS = 60;
const LONG_WAIT_SECONDS = 600;
const WAIT_GROWTH = 1.5;
const HOUR_SECONDS = 3600;
/**
 * A job of more than a day is looked at less often still: a look costs nine events of the 25,000 that an execution's history holds,
 * and three more for each retry. Two weeks of ten minutes are 18,000; so they are 8,000, and every look may fail twice.
 */
const WAIT_SHARE = 0.005;
const LONGEST_WAIT_SECONDS = 1800;
/** A word that we do not know, or a job that the provider does not find, is waited for so long, then reported. */
const UNKNOWN_LIMIT_SECONDS = 24 * HOUR_SECONDS;
/** The longest job that anybody has reported took 22 hours; two weeks is "lost", and can be taken up again. */
const JOB_LIMIT_SECONDS = 14 * 24 * HOUR_SECONDS;

const cursorSchema = z.strictObject({
  polls: z.int(),
  since: z.string(),
  unknownSince: z.string().nullable(),
  swept: z.boolean(),
  /** How often the provider was asked to cancel the job. */
  cancels: z.int().default(0),
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
  /** 0..1 when the provider tells. */
  progress: z.number().nullable().default(null),
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
  const note = await readNote(services, manifest, name);
  const client = await services.client(target.provider, target.mediaBase);
  const now = services.now();
  const before = cursor ?? { polls: 0, since: now.toISOString(), unknownSince: null, swept: false, cancels: 0 };
  const sight = await lookAtJob(services, client, note);
  const ended = endOf(sight);
  const isEnded = ended !== null;
  const cancelled = await isCancelled(services, manifest);
  const isStopping = !isEnded && cancelled;
  if (isStopping) await cancelJob(services, client, note);
  const sweeping = await sweep(services, client, { note, isCancelled: cancelled });
  if (sweeping.instead !== null) await follow(services, manifest, name, { note, entry: sweeping.instead });
  const swept = sweeping.instead === null && (before.swept || sweeping.swept);
  const cancels = before.cancels + (isStopping ? 1 : 0);
  const after = advance({ ...before, cancels }, now, {
    swept,
    isKnown: isKnown(sight) && !(isEnded && sweeping.failed && !swept),
  });
  const isOverdue = overdue(after, now);
  await writeResult(services, manifest, name, {
    note,
    sight,
    lost: isOverdue && !isEnded,
    duplicates: sweeping.duplicates,
  });
  const done = isOverdue || (isEnded && after.swept);
  if (done && ended !== null) await keepTraining(services, manifest, target, { client, snapshot: ended });
  return { done, waitSeconds: waitOf(after, { isEnded, note, now }), cursor: after };
});

/** How a target's job ended, or stands; null before it was submitted. */
export function readJobResult(
  { results }: Services,
  { dataset, run }: Pick<Manifest, 'dataset' | 'run'>,
  target: string,
): Promise<JobResult | null> {
  return readJson(results, keys.work(dataset, run).jobResult(target), (value) => jobResultSchema.parse(value));
}

async function readNote({ results }: Services, { dataset, run }: Manifest, target: string): Promise<JobNote> {
  const note = await readJson(results, keys.work(dataset, run).job(target), (value) => jobNoteSchema.parse(value));
  if (note === null) throw new Error(`[poll] target "${target}" has no job.`);
  return note;
}

/** What one look showed; `seen: false` = the provider could not be asked, which says nothing of the job. */
type Sight = { seen: true; snapshot: JobSnapshot | null } | { seen: false; snapshot: null };

/** A job trains for hours: an outage of its provider is waited for like a word that we do not know. */
async function lookAtJob(services: Services, client: ProviderClient, { id }: JobNote): Promise<Sight> {
  try {
    return { seen: true, snapshot: await client.getJob(id) };
  } catch (error) {
    services.log.info('the job could not be looked at', { job: id, error: sentence(error) });
    return { seen: false, snapshot: null };
  }
}

/** Asked for at every look until the job has ended: a provider that cannot be reached now may be later. */
async function cancelJob(services: Services, client: ProviderClient, { id }: JobNote): Promise<void> {
  try {
    await client.cancelJob(id);
  } catch (error) {
    services.log.info('the job could not be cancelled', { job: id, error: sentence(error) });
  }
}

function endOf({ snapshot }: Sight): JobSnapshot | null {
  return snapshot !== null && TERMINAL_JOB_STATES.has(snapshot.state) ? snapshot : null;
}

function isKnown({ snapshot }: Sight): boolean {
  return snapshot !== null && snapshot.state !== 'unknown';
}

function advance(before: Cursor, now: Date, { isKnown, swept }: { isKnown: boolean; swept: boolean }): Cursor {
  return {
    ...before,
    polls: before.polls + 1,
    swept,
    unknownSince: isKnown ? null : (before.unknownSince ?? now.toISOString()),
  };
}

function overdue({ since, unknownSince }: Cursor, now: Date): boolean {
  const secondsSince = (moment: string) => (now.getTime() - Date.parse(moment)) / 1000;
  return (
    secondsSince(since) > JOB_LIMIT_SECONDS ||
    (unknownSince !== null && secondsSince(unknownSince) > UNKNOWN_LIMIT_SECONDS)
  );
}

/** From the next look on the run is about the job that counts. */
async function follow(
  services: Services,
  manifest: Manifest,
  target: string,
  { note, entry: { job: id, adopted, run, quietUntil } }: { note: JobNote; entry: Counting },
): Promise<void> {
  services.log.info('another job counts', { target, job: id, instead: note.id });
  const followed: JobNote = { ...note, id, adopted: adopted || run !== manifest.run, quietUntil };
  await services.results.write(keys.work(manifest.dataset, manifest.run).job(target), JSON.stringify(followed));
}

async function writeResult(
  services: Services,
  manifest: Manifest,
  target: string,
  { note, sight, lost, duplicates }: { note: JobNote; sight: Sight; lost: boolean; duplicates: readonly string[] },
): Promise<void> {
  const earlier = await readJobResult(services, manifest, target);
  const known = sight.seen ? sight.snapshot : earlier;
  const result: JobResult = {
    ...note,
    state: known?.state ?? 'unknown',
    providerState: known?.providerState ?? null,
    tunedModel: known?.tunedModel ?? null,
    error: known?.error ?? null,
    progress: known?.progress ?? null,
    lost,
    duplicatesCancelled: [...new Set([...(earlier?.duplicatesCancelled ?? []), ...duplicates])].sort(),
  };
  await services.results.write(keys.work(manifest.dataset, manifest.run).jobResult(target), JSON.stringify(result));
  const isNews = earlier?.providerState !== result.providerState || percent(earlier) !== percent(result);
  if (isNews) await tell(services, manifest, target, result);
}

function percent({ progress }: Pick<JobResult, 'progress'>): number | null {
  return progress === null ? null : Math.floor(progress * 100);
}

/** `status.json` follows the jobs. Two targets may write at once: the last one wins, and the next change tells again. */
async function tell(
  services: Services,
  manifest: Manifest,
  name: string,
  { id, state, providerState, progress }: JobResult,
): Promise<void> {
  const standing = await readStatus(services, manifest);
  const others = (standing?.targets ?? []).filter((target) => target.name !== name);
  const targets = [...others, { name, job: id, state, providerState, progress }].sort((left, right) =>
    left.name < right.name ? -1 : 1,
  );
  await writeStatus(services, manifest, { targets });
  services.log.info('job state', { target: name, state, job: id });
}

function waitOf(
  { polls, since, swept, cancels }: Cursor,
  { isEnded, note, now }: { isEnded: boolean; note: JobNote; now: Date },
): number {
  const untilQuiet = Math.ceil((Date.parse(note.quietUntil) - now.getTime()) / 1000);
  if (isEnded && !swept && untilQuiet > 0) return untilQuiet;
  const followed = (now.getTime() - Date.parse(since)) / 1000;
  const longest = Math.min(LONGEST_WAIT_SECONDS, Math.max(LONG_WAIT_SECONDS, WAIT_SHARE * followed));
  // Whoever cancels a job waits for its end: waits begin anew.
  const looks = cancels > 0 ? cancels : polls;
  return Math.round(Math.min(longest, FIRST_WAIT_SECONDS * WAIT_GROWTH ** (looks - 1)));
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
