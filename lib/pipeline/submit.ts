import { z } from 'zod';
import { mayBegin } from './claims.ts';
import { changeLedger, type Intent, readLedger, type StandingEntry } from './ledger.ts';
import { runReferenceSchema } from './manifest.ts';
import type { Services } from './services.ts';
import type { StagedFiles } from './stage.ts';
import { step } from './step.ts';
import { look, type Outcome, openSubmission, type Submission, waitFor } from './submission.ts';
import {
  adopt,
  cleanAfterRefusal,
  finish,
  noteJob,
  noteNone,
  refuse,
  type StandingIntent,
  takeBack,
} from './submit-outcomes.ts';

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
/** A provider that cannot be asked, or is full, stays so for minutes or hours: waits grow with the time that has passed. */
const SHORTEST_PATIENCE = 30;
const LONGEST_PATIENCE = 600;
const PATIENCE_SHARE = 0.25;
/** A provider that takes no job in a day is told of; the ledger keeps what stands for the next run. */
const SUBMIT_LIMIT = 24 * 3600;

const cursorSchema = z.strictObject({
  /** When this execution began to submit. */
  since: z.string(),
  /** When the list was first found empty after the quiet time. */
  lookedAt: z.string().nullable(),
  /** What it waits for, for people. */
  why: z.string(),
});
type Cursor = z.infer<typeof cursorSchema>;

const submitEventSchema = runReferenceSchema.extend({ target: z.string(), cursor: cursorSchema.nullish() });

/** Submits a target's job exactly once: a retry finds the job, or makes sure that there is none before it tries again, if it may. */
export const submit = step('submit', submitEventSchema, async ({ dataset, run, target, cursor }, services) => {
  const submission = await openSubmission(services, { dataset, run }, target);
  const before = cursor ?? {
    since: services.now().toISOString(),
    lookedAt: null,
    why: 'an earlier attempt may still succeed',
  };
  const outcome = await advance(services, submission, before);
  if (outcome.done) return outcome;
  const why = outcome.why ?? before.why;
  if (secondsSince(services, before.since) > SUBMIT_LIMIT) {
    const known = submission.decided.mayCreate ? 'has no job' : 'may have a job, which could not be looked for';
    throw new Error(`[submit] target "${target}" ${known} after 24 hours: ${why}. Run again to go on.`);
  }
  return { done: false, waitSeconds: outcome.waitSeconds, cursor: { ...before, lookedAt: outcome.lookedAt, why } };
});

/** One move, decided by what the ledger says. */
async function advance(services: Services, submission: Submission, cursor: Cursor): Promise<Outcome> {
  const standing = await readLedger(services, submission.decided.key);
  switch (standing?.entry.state) {
    case 'submitted':
      return finish(services, submission, standing.entry);
    case 'intent':
      return resume(services, submission, { standing: { ...standing, entry: standing.entry }, cursor });
    case 'refused':
      return standing.entry.execution === services.holder.execution
        ? cleanAfterRefusal(services, submission)
        : attempt(services, submission, { standing, cursor });
    default:
      return attempt(services, submission, { standing, cursor });
  }
}

/** An intent stands: somebody may have created the job. Wait until that would show, then look twice. */
async function resume(
  services: Services,
  submission: Submission,
  { standing, cursor }: { standing: StandingIntent; cursor: Cursor },
): Promise<Outcome> {
  const now = services.now().getTime();
  const quiet = Date.parse(standing.entry.quietUntil);
  const { createIsIdempotent } = submission.provider;
  if (now < quiet && !createIsIdempotent) return waitFor((quiet - now) / 1000, null);
  const looked = await look(services, submission);
  if ('failed' in looked) return waitFor(patience(services, cursor), looked.failed);
  if (looked.found !== null) return adopt(services, submission, standing, { found: looked.found, adopted: false });
  if (createIsIdempotent) return attempt(services, submission, { standing, cursor });
  const { lookedAt } = cursor;
  // A look from before the quiet time's end says nothing of this intent: another run has written it since.
  if (lookedAt === null || Date.parse(lookedAt) < quiet)
    return waitFor(BETWEEN_LOOKS, null, new Date(now).toISOString());
  const sinceFirstLook = (now - Date.parse(lookedAt)) / 1000;
  return sinceFirstLook < BETWEEN_LOOKS
    ? waitFor(BETWEEN_LOOKS - sinceFirstLook, null, lookedAt)
    : attempt(services, submission, { standing, cursor });
}

/** Looks, writes the intent, and creates: in this order, so that no create is without a trace. */
async function attempt(
  services: Services,
  submission: Submission,
  { standing, cursor }: { standing: StandingEntry | null; cursor: Cursor },
): Promise<Outcome> {
  const quietIn = secondsOpen(services, standing);
  // Also the first time, when the ledger may have been lost: a job that carries the key is ours whatever the ledger says.
  const looked = await look(services, submission);
  if ('failed' in looked) return waitFor(patience(services, cursor), looked.failed);
  if (looked.found === null && !(await mayCreate(services, submission))) {
    // Where creates are idempotent, repeating one needs no quiet time; giving up does: the last may still be on its way.
    return quietIn > 0 ? waitFor(quietIn, 'an earlier attempt may still succeed') : noteNone(services, standing);
  }
  if (looked.found !== null && standing?.entry.state === 'intent') {
    return adopt(services, submission, { ...standing, entry: standing.entry }, { found: looked.found, adopted: false });
  }
  const { files } = submission;
  if (looked.found === null && files === null) {
    throw new Error(`[submit] target "${submission.target.name}" has not been staged.`);
  }
  const intent = intentOf(services, submission, standing);
  const earlier = standing?.entry.state === 'intent' ? standing.entry.quietUntil : null;
  const written = await changeLedger(services, intent, standing);
  if (written === null) return waitFor(1, 'another run is submitting the same data');
  const mine = { entry: intent, etag: written.etag };
  if (looked.found !== null || files === null) {
    return adopt(services, submission, mine, { found: looked.found ?? [], adopted: true });
  }
  return begin(services, { ...submission, files }, { intent: mine, earlier, cursor });
}

/** Whether the plan allows a new job, and the run still goes on. */
async function mayCreate(services: Services, { decided, manifest }: Submission): Promise<boolean> {
  return decided.mayCreate && (await mayBegin(services, manifest));
}

interface Creating {
  intent: StandingIntent;
  /** Until when the create of an earlier intent may come to light (ISO time); null = there was none. */
  earlier: string | null;
  cursor: Cursor;
}

type Staged = Submission & { files: StagedFiles };

/** Creates, if the run may still have a job now that its intent stands, and if that is in time. */
async function begin(services: Services, submission: Staged, creating: Creating): Promise<Outcome> {
  const { intent, earlier } = creating;
  // Asked again after the intent: whoever ends a run then gives back the money of what has none.
  if (!(await mayBegin(services, submission.manifest))) {
    return takeBack(services, intent, { seconds: 1, why: 'the run was cancelled, or has ended', earlier });
  }
  // Self-fence: a create that is sent late would not be waited for by whoever looks next.
  if (services.now().getTime() > Date.parse(intent.entry.postBy)) {
    return takeBack(services, intent, { seconds: 1, why: 'the ledger was too slow', earlier });
  }
  return create(services, submission, creating);
}

/** For how long what an earlier intent sent may yet come to light; 0 = that has passed, or none stands. */
function secondsOpen(services: Services, standing: StandingEntry | null): number {
  return standing?.entry.state === 'intent' ? Math.max(0, -secondsSince(services, standing.entry.quietUntil)) : 0;
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

async function create(services: Services, submission: Staged, { intent, earlier, cursor }: Creating): Promise<Outcome> {
  const { client, decided, target, manifest, files, provider } = submission;
  const outcome = await client.createJob(
    { key: decided.key, target, dataset: manifest.dataset, training: files.train, validation: files.validation },
    { deadlineMs: CREATE_DEADLINE * 1000 },
  );
  services.log.info('create answered', { target: target.name, outcome: outcome.outcome });
  const untilQuiet = -secondsSince(services, intent.entry.quietUntil);
  switch (outcome.outcome) {
    case 'created':
      return noteJob(services, submission, intent, { id: outcome.id, adopted: false });
    case 'refused':
      // This create was refused, an earlier one may still be taken: the next attempt's answer is about all of them.
      if (earlier !== null && secondsSince(services, earlier) < 0) return waitFor(untilQuiet, outcome.message);
      return refuse(services, submission, intent, outcome);
    case 'later': {
      const seconds = Math.max(outcome.afterSeconds, patience(services, cursor));
      return takeBack(services, intent, { seconds, why: outcome.message, earlier });
    }
    case 'conflict':
    case 'unknown': {
      const least = provider.createIsIdempotent ? BETWEEN_LOOKS : untilQuiet;
      // A day of short waits would be more events than an execution's history holds.
      return waitFor(Math.max(least, patience(services, cursor)), outcome.message);
    }
  }
}

function patience(services: Services, { since }: Cursor): number {
  return Math.min(LONGEST_PATIENCE, Math.max(SHORTEST_PATIENCE, PATIENCE_SHARE * secondsSince(services, since)));
}

function secondsSince(services: Services, moment: string): number {
  return (services.now().getTime() - Date.parse(moment)) / 1000;
}
