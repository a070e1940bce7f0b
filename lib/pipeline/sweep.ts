import { TERMINAL_JOB_STATES } from '../domain/target.ts';
import type { FoundJob, ProviderClient } from '../providers/provider.ts';
import { readLedger } from './ledger.ts';
import type { Services } from './services.ts';
import { canonicalFirst, type JobNote } from './submission.ts';
import type { Submitted } from './submit-outcomes.ts';

/** The job that a run should follow, as the ledger tells of it. */
export type Counting = Pick<Submitted, 'job' | 'adopted' | 'run' | 'quietUntil'>;

interface Sweeping {
  swept: boolean;
  failed: boolean;
  duplicates: readonly string[];
  /** Another job counts than the one that the run follows. */
  instead: Counting | null;
}

const NOT_SWEPT: Sweeping = { swept: false, failed: false, duplicates: [], instead: null };

/**
 * Once the quiet time is over, every job that carries the key should be known: all but the one in the ledger are cancelled.
 * Each poll looks again, since a duplicate that a provider took later than it should costs a whole training.
 */
export async function sweep(
  services: Services,
  client: ProviderClient,
  { note, isCancelled }: { note: JobNote; isCancelled: boolean },
): Promise<Sweeping> {
  if (services.now().getTime() < Date.parse(note.quietUntil)) return NOT_SWEPT;
  try {
    const found = await client.findJobs(note.key);
    const others = found.filter(({ id }) => id !== note.id);
    const alive = others.filter(({ state }) => !TERMINAL_JOB_STATES.has(state));
    const isSettled = others.length === 0 || (alive.length === 0 && !isGone(found, note.id));
    const instead = isSettled ? null : await otherThatCounts(services, note, { found, isCancelled });
    if (instead !== null) return { ...NOT_SWEPT, instead };
    for (const { id } of alive) await client.cancelJob(id);
    // Each is money that should not have been spent: an alarm watches this count.
    if (alive.length > 0) services.progress.add('poll', { duplicateJobs: alive.length });
    // Those that an earlier call cancelled before it died are told as well.
    const duplicates = others.filter(({ state }) => state !== 'succeeded' && state !== 'failed').map(({ id }) => id);
    if (duplicates.length > 0) services.log.info('duplicate jobs were cancelled', { jobs: duplicates.length });
    return { swept: true, failed: false, duplicates, instead: null };
  } catch (error) {
    services.log.info('duplicate jobs could not be looked for', {
      job: note.id,
      error: error instanceof Error ? error.message : String(error),
    });
    return { ...NOT_SWEPT, failed: true };
  }
}

/**
 * Where the ledger was lost, runs may follow different jobs, and two that sweep by their own notes would leave none alive. What the ledger
 * says now counts; where it says nothing, the job that whoever adopts would take. So does that job where the ledger's own was cancelled, for
 * the sake of one that it named before, or by somebody at the provider. Throws when that cannot be told yet.
 */
async function otherThatCounts(
  services: Services,
  note: JobNote,
  { found, isCancelled }: { found: readonly FoundJob[]; isCancelled: boolean },
): Promise<Counting | null> {
  const entry = (await readLedger(services, note.key))?.entry;
  if (entry?.state === 'submitted') {
    const [living] = canonicalFirst(found.filter(({ id, state }) => state !== 'failed' && !isGone(found, id)));
    const isOver = !isCancelled && living !== undefined && isGone(found, entry.job);
    const counting = isOver ? asCounting(living, note) : entry;
    return counting.job === note.id ? null : counting;
  }
  if (!found.some(({ id }) => id === note.id)) throw new Error('the list does not show the job that the run follows');
  const [first] = canonicalFirst(found);
  if (first === undefined || first.id === note.id) return null;
  return asCounting(first, note);
}

function asCounting({ id }: FoundJob, { quietUntil }: JobNote): Counting {
  return { job: id, adopted: true, run: '', quietUntil };
}

function isGone(found: readonly FoundJob[], job: string): boolean {
  return found.some(({ id, state }) => id === job && (state === 'cancelled' || state === 'stopping'));
}
