import { z } from 'zod';
import { changeLedger, type Intent, readLedger, type StandingEntry } from './ledger.ts';
import { runReferenceSchema } from './manifest.ts';
import type { Services } from './services.ts';
import type { StagedFiles } from './stage.ts';
import { step } from './step.ts';
import { look, type Outcome, openSubmission, type Submission, waitFor } from './submission.ts';
import { adopt, cleanAfterRefusal, finish, noteJob, refuse, type StandingIntent, takeBack } from './submit-outcomes.ts';

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
// A provider that is full stays so for minutes or hours: patience grows, so that the execution's history does not fill up.
const FIRST_PATIENCE = 15;
const PATIENCE_GROWTH = 1.5;
const LONGEST_PATIENCE = 600;
/** A provider that takes no job in a day, or cannot be asked, is told of; the ledger keeps what stands for the next run. */
const SUBMIT_LIMIT = 24 * 3600;

const submitEventSchema = runReferenceSchema.extend({
  target: z.string(),
  cursor: z
    .strictObject({
      /** When this execution began to submit. */
      since: z.string(),
      /** When the list was first found empty after the quiet time. */
      lookedAt: z.string().nullable(),
    })
    .nullish(),
});

/** Submits a target's job exactly once: a retry finds the job, or makes sure that there is none before it tries again. */
export const submit = step('submit', submitEventSchema, async ({ dataset, run, target, cursor }, services) => {
  const submission = await openSubmission(services, { dataset, run }, target);
  const since = cursor?.since ?? services.now().toISOString();
  const outcome = await advance(services, submission, cursor?.lookedAt ?? null);
  if (outcome.done) return outcome;
  if (services.now().getTime() - Date.parse(since) > SUBMIT_LIMIT * 1000) {
    throw new Error(`[submit] target "${target}" has no job after 24 hours: ${outcome.why}. Run again to go on.`);
  }
  return { done: false, waitSeconds: outcome.waitSeconds, cursor: { since, lookedAt: outcome.lookedAt } };
});

/** One move, decided by what the ledger says. */
async function advance(services: Services, submission: Submission, lookedAt: string | null): Promise<Outcome> {
  const standing = await readLedger(services, submission.decided.key);
  switch (standing?.entry.state) {
    case 'submitted':
      return finish(services, submission, standing.entry);
    case 'intent':
      return resume(services, submission, { standing: { ...standing, entry: standing.entry }, lookedAt });
    case 'refused':
      return standing.entry.execution === services.holder.execution
        ? cleanAfterRefusal(services, submission)
        : attempt(services, submission, standing);
    default:
      return attempt(services, submission, null);
  }
}

/** An intent stands: somebody may have created the job. Wait until that would show, then look twice. */
async function resume(
  services: Services,
  submission: Submission,
  { standing, lookedAt }: { standing: StandingIntent; lookedAt: string | null },
): Promise<Outcome> {
  const now = services.now().getTime();
  const quiet = Date.parse(standing.entry.quietUntil);
  const { createIsIdempotent } = submission.provider;
  if (now < quiet && !createIsIdempotent) return waitFor((quiet - now) / 1000, 'an earlier attempt may still succeed');
  const looked = await look(services, submission);
  if ('failed' in looked) return waitFor(LOOK_AGAIN, looked.failed);
  if (looked.found !== null) return adopt(services, submission, standing, { found: looked.found, adopted: false });
  if (createIsIdempotent) return attempt(services, submission, standing);
  const why = 'an earlier attempt left no trace yet';
  // A look from before the quiet time's end says nothing of this intent: another run has written it since.
  if (lookedAt === null || Date.parse(lookedAt) < quiet)
    return waitFor(BETWEEN_LOOKS, why, new Date(now).toISOString());
  const sinceFirstLook = (now - Date.parse(lookedAt)) / 1000;
  return sinceFirstLook < BETWEEN_LOOKS
    ? waitFor(BETWEEN_LOOKS - sinceFirstLook, why, lookedAt)
    : attempt(services, submission, standing);
}

/** Looks, writes the intent, and creates: in this order, so that no create is without a trace. */
async function attempt(services: Services, submission: Submission, standing: StandingEntry | null): Promise<Outcome> {
  // Also the first time, when the ledger may have been lost: a job that carries the key is ours whatever the ledger says.
  const looked = await look(services, submission);
  if ('failed' in looked) return waitFor(LOOK_AGAIN, looked.failed);
  if (looked.found !== null && standing?.entry.state === 'intent') {
    return adopt(services, submission, { ...standing, entry: standing.entry }, { found: looked.found, adopted: false });
  }
  const { files } = submission;
  if (looked.found === null && files === null) {
    throw new Error(`[submit] target "${submission.target.name}" has not been staged.`);
  }
  const intent = intentOf(services, submission, standing);
  const written = await changeLedger(services, intent, standing);
  if (written === null) return waitFor(1, 'another run is submitting the same data');
  const mine = { entry: intent, etag: written.etag };
  if (looked.found !== null || files === null) {
    return adopt(services, submission, mine, { found: looked.found ?? [], adopted: true });
  }
  // Self-fence: a create that is sent late would not be waited for by whoever looks next.
  if (services.now().getTime() > Date.parse(intent.postBy)) {
    return takeBack(services, mine, { seconds: 1, why: 'the ledger was too slow' });
  }
  return create(services, { ...submission, files }, mine);
}

function intentOf(services: Services, { manifest, decided }: Submission, standing: StandingEntry | null): Intent {
  const now = services.now().getTime();
  return {
    state: 'intent',
    key: decided.key,
    attempt: (standing?.entry.attempt ?? 0) + 1,
    writer: services.uuid(),
    dataset: manifest.dataset,
    run: manifest.run,
    postBy: new Date(now + CLOCK_SKEW * 1000).toISOString(),
    quietUntil: new Date(now + QUIET * 1000).toISOString(),
  };
}

async function create(
  services: Services,
  submission: Submission & { files: StagedFiles },
  intent: StandingIntent,
): Promise<Outcome> {
  const { client, decided, target, manifest, files, provider } = submission;
  const outcome = await client.createJob(
    { key: decided.key, target, dataset: manifest.dataset, training: files.train, validation: files.validation },
    { deadlineMs: CREATE_DEADLINE * 1000 },
  );
  services.log.info('create answered', { target: target.name, outcome: outcome.outcome });
  switch (outcome.outcome) {
    case 'created':
      return noteJob(services, submission, intent, { id: outcome.id, adopted: false });
    case 'refused':
      return refuse(services, submission, intent, outcome);
    case 'later': {
      const seconds = Math.max(outcome.afterSeconds, patience(intent.entry.attempt));
      return takeBack(services, intent, { seconds, why: outcome.message });
    }
    case 'conflict':
    case 'unknown': {
      const untilQuiet = (Date.parse(intent.entry.quietUntil) - services.now().getTime()) / 1000;
      return waitFor(provider.createIsIdempotent ? BETWEEN_LOOKS : untilQuiet, outcome.message);
    }
  }
}

function patience(attempt: number): number {
  return Math.min(LONGEST_PATIENCE, FIRST_PATIENCE * PATIENCE_GROWTH ** (attempt - 1));
}
