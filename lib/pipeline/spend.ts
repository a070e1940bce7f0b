import { z } from 'zod';
import { keys } from '../storage/keys.ts';
import {
  ConditionalConflictError,
  type ObjectStore,
  PreconditionFailedError,
  readBytes,
} from '../storage/object-store.ts';
import { readLedger } from './ledger.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';

const spendSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** By job key: a run that is tried again spends once. */
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
  const own = Object.fromEntries(expenses.map(({ key, target, usd }) => [key, { usd, dataset, run, target, at }]));
  for (;;) {
    const standing = await readSpend(services, day);
    const spent = spentOn(standing.spend, new Set(Object.keys(own)));
    if (limit !== null && total([{ usd: spent }, ...expenses]) > limit) return { spent };
    const spend = { ...standing.spend, jobs: { ...standing.spend.jobs, ...own } };
    if (await tryWrite(services, day, { spend, etag: standing.etag })) return { day };
  }
}

/** What other jobs than these have spent, or may yet spend, today. */
export async function spentToday(services: Services, expenses: readonly Expense[]): Promise<number> {
  const { spend } = await readSpend(services, services.now().toISOString().slice(0, 10));
  return spentOn(spend, new Set(expenses.map(({ key }) => key)));
}

/** Gives back what was reserved for jobs that will not be: the ledger knows of none, nor of one that may come to light. */
export async function release(services: Services, { run }: RunReference, day: string): Promise<void> {
  for (;;) {
    const { spend, etag } = await readSpend(services, day);
    const kept = await Promise.all(
      Object.entries(spend.jobs).map(async ([key, job]) => job.run !== run || (await mayBePaid(services, key))),
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

function spentOn({ jobs }: Spend, own: ReadonlySet<string>): number {
  return total(Object.entries(jobs).flatMap(([key, job]) => (own.has(key) ? [] : [job])));
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
