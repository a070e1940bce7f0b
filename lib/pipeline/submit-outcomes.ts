import type { FoundJob, StagedFile } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { changeLedger, type Intent, type LedgerEntry, type StandingEntry } from './ledger.ts';
import type { Services } from './services.ts';
import { readStaged } from './stage.ts';
import { type JobNote, type Outcome, type Submission, waitFor } from './submission.ts';

export type Submitted = Extract<LedgerEntry, { state: 'submitted' }>;
export type StandingIntent = StandingEntry & { entry: Intent };

/** Another writer was first: what the ledger says then is found by the next look. */
const LOST_RACE = () => waitFor(1, 'another run is submitting the same data');

/** The job exists: what `poll` follows is noted in the run's work. */
export async function finish(
  services: Services,
  { manifest, target, decided }: Submission,
  { job, run, adopted, quietUntil }: Submitted,
): Promise<Outcome> {
  const note: JobNote = { id: job, key: decided.key, adopted: adopted || run !== manifest.run, quietUntil };
  await services.results.write(keys.work(manifest.dataset, manifest.run).job(target.name), JSON.stringify(note));
  services.progress.add('submit', { jobs: 1 });
  return { done: true, submitted: true };
}

/** Writes into the ledger which job it is; only the writer whose intent still stands may. */
export async function noteJob(
  services: Services,
  submission: Submission,
  standing: StandingIntent,
  { id, adopted }: { id: string; adopted: boolean },
): Promise<Outcome> {
  const entry: Submitted = {
    ...standing.entry,
    state: 'submitted',
    // Two runs that adopt at once start from the same intent: each write has a name of its own.
    writer: services.uuid(),
    job: id,
    adopted,
    submittedAt: services.now().toISOString(),
  };
  const written = await changeLedger(services, entry, standing);
  return written === null ? LOST_RACE() : finish(services, submission, entry);
}

/**
 * A job with our key was found: the first is the one. `poll` cancels the others, once the ledger says which one counts:
 * another run may have seen fewer of them, and chosen differently.
 */
export async function adopt(
  services: Services,
  submission: Submission,
  standing: StandingIntent,
  { found, adopted }: { found: readonly FoundJob[]; adopted: boolean },
): Promise<Outcome> {
  const [canonical] = found;
  if (canonical === undefined) return waitFor(1, 'no job was found');
  return noteJob(services, submission, standing, { id: canonical.id, adopted });
}

/** The provider said for certain that it took nothing: the next attempt needs no quiet time, just patience. What an `earlier` intent sent stays open. */
export async function takeBack(
  services: Services,
  standing: StandingIntent,
  { seconds, why, earlier }: { seconds: number; why: string; earlier: string | null },
): Promise<Outcome> {
  const now = services.now().toISOString();
  const quietUntil = earlier !== null && Date.parse(earlier) > Date.parse(now) ? earlier : now;
  await changeLedger(services, { ...standing.entry, writer: services.uuid(), quietUntil }, standing);
  return waitFor(seconds, why);
}

/** There is no job and none will be. An intent that nothing came of holds nobody up any more, nor what was reserved for it. */
export async function noteNone(services: Services, standing: StandingEntry | null): Promise<Outcome> {
  if (standing?.entry.state !== 'intent') return { done: true, submitted: false };
  const entry: LedgerEntry = { ...standing.entry, state: 'none', writer: services.uuid() };
  const written = await changeLedger(services, entry, standing);
  return written === null ? LOST_RACE() : { done: true, submitted: false };
}

/** A refusal holds for this execution; a later one may try again, with files that it stages anew. */
export async function refuse(
  services: Services,
  submission: Submission,
  standing: StandingIntent,
  { code, message }: { code: string; message: string },
): Promise<Outcome> {
  const { execution } = services.holder;
  const entry: LedgerEntry = {
    ...standing.entry,
    state: 'refused',
    writer: services.uuid(),
    execution,
    code,
    message,
  };
  const written = await changeLedger(services, entry, standing);
  return written === null ? LOST_RACE() : cleanAfterRefusal(services, submission);
}

/** Takes away what was staged for a job that will not be. What cannot be removed stays: the refusal is what people must read. */
export async function cleanAfterRefusal(services: Services, submission: Submission): Promise<Outcome> {
  const { client, files, manifest, target } = submission;
  if (files !== null) {
    const shared = await referencesOfOthers(services, submission);
    const own = [files.train, files.validation].filter((file): file is StagedFile => file !== null);
    const unshared = own.filter(({ reference }) => !shared.has(reference));
    try {
      if (unshared.length > 0) await client.removeStaged(unshared);
      await services.results.remove(keys.work(manifest.dataset, manifest.run).staged(target.name));
    } catch (error) {
      services.log.info('staged files were not removed', { target: target.name, error: String(error) });
    }
  }
  return { done: true, submitted: false };
}

/** Two targets of one provider with equal lines stage one file: a job of the other may be reading it. */
async function referencesOfOthers(services: Services, { manifest, target }: Submission): Promise<ReadonlySet<string>> {
  const references = new Set<string>();
  for (const other of manifest.targets) {
    if (other.name === target.name || other.provider !== target.provider) continue;
    const files = await readStaged(services, manifest, other.name);
    if (files !== null) references.add(files.train.reference);
    if (files?.validation) references.add(files.validation.reference);
  }
  return references;
}
