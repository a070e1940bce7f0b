import { z } from 'zod';
import { keys } from '../storage/keys.ts';
import {
  ConditionalConflictError,
  type ObjectStore,
  PreconditionFailedError,
  readBytes,
} from '../storage/object-store.ts';
import { findClaim } from './claims.ts';
import { readLedger } from './ledger.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';

const spendSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /**
   * By job key and run (`<key>/<run>`): a run that is tried again spends once, and so do two with the same data; but each holds
   * its own reservation, so that one that ends without a job does not give back what the other is about to spend.
   */
  jobs: z.record(
    z.string(),
    z.strictObject({
      usd: z.number().nonnegative(),
      dataset: z.string(),
      run: z.string(),
      target: z.string(),
      at: z.iso.datetime(),
    }),
  ),
});
type Spend = z.infer<typeof spendSchema>;

/** A job that is about to be paid, at the most that it may cost. */
export interface Expense {
  key: string;
  target: string;
  usd: number;
}

/** Notes what a run is about to spend on this UTC day, if that stays within the limit; all of it or nothing. `day` names the note. */
export async function reserve(
  services: Services,
  { dataset, run }: RunReference,
  { expenses, limit }: { expenses: readonly Expense[]; limit: number | null },
): Promise<{ day: string } | { spent: number }> {
  const at = services.now().toISOString();
  const day = at.slice(0, 10);
  const own = Object.fromEntries(
    expenses.map(({ key, target, usd }) => [`${key}/${run}`, { usd, dataset, run, target, at }]),
  );
  for (;;) {
    const standing = await readSpend(services, day);
    const spent = spentOn(standing.spend, expenses);
    if (limit !== null && total([{ usd: spent }, ...expenses]) > limit) return { spent };
    const spend = { ...standing.spend, jobs: { ...standing.spend.jobs, ...own } };
    if (await tryWrite(services, day, { spend, etag: standing.etag })) return { day };
  }
}

/** What other jobs than these have spent, or may yet spend, today. */
export async function spentToday(services: Services, expenses: readonly Expense[]): Promise<number> {
  const { spend } = await readSpend(services, services.now().toISOString().slice(0, 10));
  return spentOn(spend, expenses);
}

/** Gives back what was reserved for jobs that will not be: the ledger knows of none, nor of one that may come to light. */
export async function release(services: Services, { dataset, run }: RunReference, day: string): Promise<void> {
  for (;;) {
    const { spend, etag } = await readSpend(services, day);
    // Read after the note, which another execution that took the run over has changed, or will: then it is not ours to give back.
    const claim = await findClaim(services, { dataset, run });
    if (claim !== null && claim.holder.execution !== services.holder.execution) return;
    const kept = await Promise.all(
      Object.entries(spend.jobs).map(
        async ([name, job]) => job.run !== run || (await mayBePaid(services, keyOf(name))),
      ),
    );
    const jobs = Object.fromEntries(Object.entries(spend.jobs).filter((_entry, index) => kept[index]));
    if (Object.keys(jobs).length === Object.keys(spend.jobs).length) return;
    if (await tryWrite(services, day, { spend: { ...spend, jobs }, etag })) return;
  }
}

async function mayBePaid(services: Services, key: string): Promise<boolean> {
  const state = (await readLedger(services, key))?.entry.state;
  return state === 'submitted' || state === 'intent';
}

export function total(expenses: readonly { usd: number }[]): number {
  // Cents, so that 0.1 + 0.2 is 0.3.
  return Math.round(expenses.reduce((sum, { usd }) => sum + usd * 100, 0)) / 100;
}

/** What jobs other than these cost: each once, and the dearest where two runs expect different costs. */
function spentOn({ jobs }: Spend, own: readonly Expense[]): number {
  const others = new Map<string, number>();
  for (const [name, { usd }] of Object.entries(jobs))
    others.set(keyOf(name), Math.max(usd, others.get(keyOf(name)) ?? 0));
  for (const { key } of own) others.delete(key);
  return total([...others.values()].map((usd) => ({ usd })));
}

function keyOf(name: string): string {
  return name.split('/', 1)[0] ?? name;
}

/** Simulated jobs spend nothing that real ones could miss. */
function spendKey({ simulated }: Services, day: string): string {
  return keys.spend(simulated ? 'simulated' : 'live', day);
}

async function readSpend(services: Services, day: string): Promise<{ spend: Spend; etag: string | null }> {
  const key = spendKey(services, day);
  const info = await services.results.head(key);
  const bytes = info === null ? null : await readBytes(services.results, key);
  return info === null || bytes === null
    ? { spend: { schemaVersion: 1, jobs: {} }, etag: null }
    : { spend: spendSchema.parse(JSON.parse(bytes.toString('utf8'))), etag: info.etag };
}

async function tryWrite(
  services: Services,
  day: string,
  { spend, etag }: { spend: Spend; etag: string | null },
): Promise<boolean> {
  const results: ObjectStore = services.results;
  try {
    const condition = etag === null ? { ifNoneMatch: '*' as const } : { ifMatch: etag };
    await results.write(spendKey(services, day), `${JSON.stringify(spend, null, 2)}\n`, condition);
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError || error instanceof ConditionalConflictError) return false;
    throw error;
  }
}
