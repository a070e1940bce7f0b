import { z } from 'zod';
import type { FoundJob, Provider, ProviderClient } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { type GateTarget, readGate } from './gate.ts';
import { changeLedger, type Intent, readLedger, type StandingEntry } from './ledger.ts';
import { type Manifest, type RunTarget, readManifest, runReferenceSchema, targetOf } from './manifest.ts';
import type { Services } from './services.ts';
import { readStaged, type StagedFiles } from './stage.ts';
import { step } from './step.ts';

// The protocol's times, in seconds. Providers do not document how late an accepted create shows up in their lists;
// these are the proposal that a simulation of crashes and delays was run with.
const CREATE_DEADLINE = 60;
/** The provider may accept a request after we have given it up. */
const LATE_ACCEPTANCE = 30;
/** A job that was made may be missing in lists for so long. */
const LIST_LAG = 60;
const CLOCK_SKEW = 5;
const QUIET = CLOCK_SKEW + CREATE_DEADLINE + LATE_ACCEPTANCE + LIST_LAG + CLOCK_SKEW;
/** Two looks that find nothing, this far apart, decide that there is nothing. */
const BETWEEN_LOOKS = 15;
const LOOK_AGAIN = 30;

const submitEventSchema = runReferenceSchema.extend({
  target: z.string(),
  /** When the list was first found empty after the quiet time. */
  cursor: z.strictObject({ lookedAt: z.string() }).nullish(),
});

/** What `poll` and `publish` read of a target's job. */
export const jobNoteSchema = z.strictObject({
  id: z.string(),
  key: z.string(),
  adopted: z.boolean(),
  quietUntil: z.string(),
});
export type JobNote = z.infer<typeof jobNoteSchema>;

type Answer =
  | { done: true; submitted: boolean }
  | { done: false; waitSeconds: number; cursor: { lookedAt: string } | null };

/** Submits a target's job exactly once: a retry finds the job, or makes sure that there is none before it tries again. */
export const submit = step('submit', submitEventSchema, async ({ dataset, run, target: name, cursor }, services) => {
  const manifest = await readManifest(services, { dataset, run });
  const submission = await openSubmission(services, manifest, targetOf(manifest, name));
  const standing = await readLedger(services, submission.decided.key);
  if (standing?.entry.state === 'submitted') {
    return finish(services, submission, {
      job: standing.entry.job,
      quietUntil: standing.entry.quietUntil,
      adopted: standing.entry.run !== run,
    });
  }
  if (standing?.entry.state === 'refused' && standing.entry.execution === services.holder.execution)
    return { done: true, submitted: false };
  return standing?.entry.state === 'intent'
    ? resume(services, submission, standing, cursor?.lookedAt ?? null)
    : attempt(services, submission, standing);
});

interface Submission {
  manifest: Manifest;
  target: RunTarget;
  provider: Provider;
  client: ProviderClient;
  decided: GateTarget;
  files: StagedFiles;
}

async function openSubmission(services: Services, manifest: Manifest, target: RunTarget): Promise<Submission> {
  const provider = await services.provider(target.provider);
  const gate = await readGate(services, manifest);
  const decided = gate?.targets.find((candidate) => candidate.name === target.name);
  const files = await readStaged(services, manifest, target.name);
  if (provider === null || decided?.verdict !== 'accepted' || files === null) {
    throw new Error(`[submit] target "${target.name}" has not been accepted and staged.`);
  }
  return {
    manifest,
    target,
    provider,
    client: await services.client(target.provider, target.mediaBase),
    decided,
    files,
  };
}

/** An intent stands: somebody may have created the job. Wait until that would show, then look twice. */
async function resume(
  services: Services,
  submission: Submission,
  standing: StandingEntry,
  lookedAt: string | null,
): Promise<Answer> {
  const now = services.now().getTime();
  const quiet = Date.parse(standing.entry.quietUntil);
  if (now < quiet && !submission.provider.createIsIdempotent) return wait((quiet - now) / 1000);
  const found = await look(services, submission);
  if (found === 'unknown') return wait(LOOK_AGAIN);
  if (found !== null)
    return adopt(services, submission, standing, { found, isOurs: standing.entry.run === submission.manifest.run });
  if (submission.provider.createIsIdempotent) return attempt(services, submission, standing);
  if (lookedAt === null) return wait(BETWEEN_LOOKS, { lookedAt: services.now().toISOString() });
  const sinceFirstLook = (now - Date.parse(lookedAt)) / 1000;
  return sinceFirstLook < BETWEEN_LOOKS
    ? wait(BETWEEN_LOOKS - sinceFirstLook, { lookedAt })
    : attempt(services, submission, standing);
}

/** Writes the intent, looks, and creates: in this order, so that no create is without a trace. */
async function attempt(services: Services, submission: Submission, standing: StandingEntry | null): Promise<Answer> {
  const { manifest, decided } = submission;
  const now = services.now().getTime();
  const intent: Intent = {
    state: 'intent',
    key: decided.key,
    attempt: (standing?.entry.attempt ?? 0) + 1,
    writer: services.uuid(),
    dataset: manifest.dataset,
    run: manifest.run,
    postBy: new Date(now + CLOCK_SKEW * 1000).toISOString(),
    quietUntil: new Date(now + QUIET * 1000).toISOString(),
  };
  // The ledger may have been lost: a job that carries the key is ours whatever the ledger says.
  const found = await look(services, submission);
  if (found === 'unknown') return wait(LOOK_AGAIN);
  const written = await changeLedger(services, intent, standing);
  if (written === null) return wait(1);
  const mine = { entry: intent, etag: written.etag };
  const wasOurs = standing?.entry.state === 'intent' && standing.entry.run === manifest.run;
  if (found !== null) return adopt(services, submission, mine, { found, isOurs: wasOurs });
  // Self-fence: a create that is sent late would not be waited for by whoever looks next.
  if (services.now().getTime() > Date.parse(intent.postBy)) return takeBack(services, mine, 1);
  return create(services, submission, mine);
}

async function create(
  services: Services,
  submission: Submission,
  intent: StandingEntry & { entry: Intent },
): Promise<Answer> {
  const { client, decided, target, manifest, files } = submission;
  const outcome = await client.createJob(
    { key: decided.key, target, dataset: manifest.dataset, training: files.train, validation: files.validation },
    { deadlineMs: CREATE_DEADLINE * 1000 },
  );
  services.log.info('create answered', { target: target.name, outcome: outcome.outcome });
  switch (outcome.outcome) {
    case 'created':
      return note(services, submission, intent, { id: outcome.id, adopted: false });
    case 'refused':
      return refuse(services, submission, intent, outcome);
    case 'later':
      return takeBack(services, intent, outcome.afterSeconds);
    case 'conflict':
    case 'unknown':
      return wait(secondsUntil(services, intent.entry.quietUntil, submission));
  }
}

/** The provider said for certain that it took nothing: the next attempt needs no quiet time, just patience. */
async function takeBack(
  services: Services,
  intent: StandingEntry & { entry: Intent },
  afterSeconds: number,
): Promise<Answer> {
  const now = services.now().toISOString();
  await changeLedger(services, { ...intent.entry, writer: services.uuid(), quietUntil: now }, intent);
  return wait(afterSeconds);
}

async function refuse(
  services: Services,
  submission: Submission,
  intent: StandingEntry & { entry: Intent },
  { code, message }: { code: string; message: string },
): Promise<Answer> {
  const { execution } = services.holder;
  await changeLedger(
    services,
    { ...intent.entry, state: 'refused', writer: services.uuid(), execution, code, message },
    intent,
  );
  const { train, validation } = submission.files;
  await submission.client.removeStaged(validation === null ? [train] : [train, validation]);
  // A later attempt stages again: what was noted as staged is gone.
  const { dataset, run } = submission.manifest;
  await services.results.remove(keys.work(dataset, run).staged(submission.target.name));
  return { done: true, submitted: false };
}

/** A job with our key was found: the oldest is the one, others are cancelled. */
async function adopt(
  services: Services,
  submission: Submission,
  standing: StandingEntry,
  { found, isOurs }: { found: FoundJob[]; isOurs: boolean },
): Promise<Answer> {
  const [canonical, ...extras] = found;
  if (canonical === undefined) return wait(LOOK_AGAIN);
  for (const { id } of extras) await submission.client.cancelJob(id);
  return note(services, submission, standing, { id: canonical.id, adopted: !isOurs });
}

async function note(
  services: Services,
  submission: Submission,
  intent: StandingEntry,
  { id, adopted }: { id: string; adopted: boolean },
): Promise<Answer> {
  const { key, attempt: number, writer, dataset, run, postBy, quietUntil } = intent.entry;
  const submittedAt = services.now().toISOString();
  const entry = {
    state: 'submitted' as const,
    key,
    attempt: number,
    writer,
    dataset,
    run,
    postBy,
    quietUntil,
    job: id,
    submittedAt,
  };
  const written = await changeLedger(services, entry, intent);
  // Another writer was first: what the ledger says then is found by the next look.
  return written === null ? wait(1) : finish(services, submission, { job: id, quietUntil, adopted });
}

async function finish(
  services: Services,
  { manifest, target, decided }: Submission,
  { job, quietUntil, adopted }: { job: string; quietUntil: string; adopted: boolean },
): Promise<Answer> {
  const note: JobNote = { id: job, key: decided.key, adopted, quietUntil };
  await services.results.write(keys.work(manifest.dataset, manifest.run).job(target.name), JSON.stringify(note));
  services.progress.add('submit', { jobs: 1 });
  return { done: true, submitted: true };
}

/** All jobs with the key, canonical first; null = none; a list that fails is never "none". */
async function look(
  services: Services,
  { client, decided, target }: Submission,
): Promise<FoundJob[] | null | 'unknown'> {
  try {
    const found = await client.findJobs(decided.key);
    return found.length === 0 ? null : canonicalFirst(found);
  } catch (error) {
    services.log.info('the look-up failed', {
      target: target.name,
      error: error instanceof Error ? error.message : String(error),
    });
    return 'unknown';
  }
}

/** The oldest, then the smallest id: every process picks the same. */
export function canonicalFirst(jobs: readonly FoundJob[]): FoundJob[] {
  return [...jobs].sort(
    (left, right) => Date.parse(left.createdAt) - Date.parse(right.createdAt) || (left.id < right.id ? -1 : 1),
  );
}

function secondsUntil(services: Services, quietUntil: string, { provider }: Submission): number {
  return provider.createIsIdempotent ? BETWEEN_LOOKS : (Date.parse(quietUntil) - services.now().getTime()) / 1000;
}

function wait(seconds: number, cursor: { lookedAt: string } | null = null): Answer {
  return { done: false, waitSeconds: Math.max(1, Math.ceil(seconds)), cursor };
}
