import { TERMINAL_JOB_STATES } from '../domain/target.ts';
import type { ProviderClient } from '../providers/provider.ts';
import { readLedger } from './ledger.ts';
import type { Services } from './services.ts';
import type { JobNote } from './submission.ts';
import type { Submitted } from './submit-outcomes.ts';

interface Sweeping {
  swept: boolean;
  failed: boolean;
  duplicates: readonly string[];
  /** The ledger names another job than the run follows. */
  instead: Submitted | null;
}

const NOT_SWEPT: Sweeping = { swept: false, failed: false, duplicates: [], instead: null };

/**
 * Once the quiet time is over, every job that carries the key should be known: all but the one in the ledger are cancelled.
 * Each poll looks again, since a duplicate that a provider took later than it should costs a whole training.
 */
export async function sweep(services: Services, client: ProviderClient, note: JobNote): Promise<Sweeping> {
  if (services.now().getTime() < Date.parse(note.quietUntil)) return NOT_SWEPT;
  try {
    const others = (await client.findJobs(note.key)).filter(({ id }) => id !== note.id);
    const alive = others.filter(({ state }) => !TERMINAL_JOB_STATES.has(state));
    const instead = alive.length === 0 ? null : await otherInLedger(services, note);
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

/** A ledger that was lost may have been written anew by a run that found another job: two that sweep by their own notes would leave none alive. */
async function otherInLedger(services: Services, { id, key }: JobNote): Promise<Submitted | null> {
  const entry = (await readLedger(services, key))?.entry;
  return entry?.state === 'submitted' && entry.job !== id ? entry : null;
}
