import { z } from 'zod';
import { type Cost, heldBySchema, type PlannedTarget } from '../domain/job-plan.ts';
import { dollars, range, span } from '../domain/money.ts';
import { keys } from '../storage/keys.ts';
import { readBytes } from '../storage/object-store.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';
import { type Expense, reserve, spentToday, total } from './spend.ts';

/** A target that may be trained, as far as money is concerned. */
export type Priced = Pick<PlannedTarget, 'name' | 'billed' | 'epochs' | 'usdPerMillionTokens' | 'cost' | 'key' | 'job'>;

export const moneySchema = z.strictObject({
  /** Why nothing is paid yet, in sentences that end with what to do; null = go on. */
  held: z.string().nullable(),
  heldBy: heldBySchema.nullable(),
  /** The day on which what this run may spend is noted; null = nothing is. */
  reservedOn: z.string().nullable(),
});
export type Money = z.infer<typeof moneySchema>;

export const NO_MONEY: Money = { held: null, heldBy: null, reservedOn: null };

/** Decides whether the jobs that do not exist yet may be paid: budget, then approval, then the day's limit. */
export async function judgeMoney(
  services: Services,
  manifest: Manifest,
  { plan, targets }: { plan: string; targets: readonly Priced[] },
): Promise<Money> {
  const unpaid = targets.filter(({ job }) => job === null);
  if (unpaid.length === 0) return NO_MONEY;
  const tooDear = overBudget(manifest, unpaid);
  if (tooDear !== null) return { held: tooDear, heldBy: 'budget', reservedOn: null };
  const unknown = unpriced(services, unpaid);
  if (unknown !== null) return { held: unknown, heldBy: 'day', reservedOn: null };
  const waiting = await unapproved(services, manifest, { plan, unpaid });
  if (waiting !== null) return { held: waiting, heldBy: 'approval', reservedOn: null };
  return judgeDay(services, manifest, unpaid);
}

function overBudget({ spec: { budget } }: Manifest, unpaid: readonly Priced[]): string | null {
  if (budget.usd === null) return null;
  const unknown = unpaid.filter(({ cost }) => cost === null);
  const who =
    budget.by === 'operator'
      ? `whoever runs finedrop allows ${dollars(budget.usd)} a run`
      : `budget.usd is ${dollars(budget.usd)}`;
  if (unknown.length > 0)
    return `${who}, and no price is known for ${listed(unknown)}, so that nobody can say what that would cost. Train it in a drop without a budget, or leave it out.`;
  const high = total(unpaid.map(highest));
  if (high <= budget.usd) return null;
  const raise = budget.by === 'operator' ? 'Ask them for more' : 'Raise budget.usd in finedrop.yaml';
  return `the jobs may cost ${dollars(high)}, and ${who}: ${arithmetic(unpaid)}. ${raise}, set fewer epochs, or train fewer targets or rows.`;
}

/** A day's limit holds for what has a price only. */
function unpriced({ operator }: Services, unpaid: readonly Priced[]): string | null {
  const unknown = unpaid.filter(({ cost }) => cost === null);
  if (operator.usdPerDay === null || unknown.length === 0) return null;
  return `whoever runs finedrop allows ${dollars(operator.usdPerDay)} a day, and no price is known for ${listed(unknown)}. Leave it out, or ask them.`;
}

const approvalSchema = z.object({ plan: z.string() });

async function unapproved(
  { results }: Services,
  { dataset, run, spec, command }: Manifest,
  { plan, unpaid }: { plan: string; unpaid: readonly Priced[] },
): Promise<string | null> {
  if (!spec.approve) return null;
  const key = keys.control(dataset, run, 'approve');
  const approved = command === 'run' ? await readApproval(await readBytes(results, key)) : null;
  if (approved === plan) return null;
  const cost = range(sumOf(unpaid));
  if (command !== 'run') return `the jobs would wait for approval of ${cost}. Run it, and approve the run.`;
  const before =
    approved === null
      ? 'the jobs wait for approval'
      : `another plan was approved ("${approved.slice(0, 40)}"), this one waits`;
  return `${before}; together they cost ${cost}. Approve plan ${plan} with finedrop approve ${dataset} ${run}, or by writing {"plan": "${plan}"} to ${key} in the results bucket.`;
}

/** What an approval quotes; null = there is none, '' = it quotes nothing. */
async function readApproval(bytes: Uint8Array | null): Promise<string | null> {
  if (bytes === null) return null;
  try {
    return approvalSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data?.plan ?? '';
  } catch {
    return '';
  }
}

async function judgeDay(services: Services, manifest: Manifest, unpaid: readonly Priced[]): Promise<Money> {
  const { operator } = services;
  const expenses: Expense[] = unpaid.map((target) => ({ key: target.key, target: target.name, ...highest(target) }));
  const limit = operator.usdPerDay;
  if (manifest.command !== 'run') {
    const spent = limit === null ? 0 : await spentToday(services, expenses);
    const held = limit === null ? null : overDay(limit, spent, unpaid);
    return { held, heldBy: held === null ? null : 'day', reservedOn: null };
  }
  const reserved = await reserve(services, manifest, { expenses, limit });
  if ('day' in reserved) return { held: null, heldBy: null, reservedOn: reserved.day };
  return { held: overDay(limit ?? 0, reserved.spent, unpaid), heldBy: 'day', reservedOn: null };
}

function overDay(limit: number, spent: number, unpaid: readonly Priced[]): string | null {
  const high = total(unpaid.map(highest));
  if (total([{ usd: spent }, { usd: high }]) <= limit) return null;
  return `the jobs may cost ${dollars(high)}, ${dollars(spent)} of today's ${dollars(limit)} are spent or reserved: ${arithmetic(unpaid)}. Run it again tomorrow (UTC), or ask whoever runs finedrop for more.`;
}

const highest = ({ cost }: Pick<Priced, 'cost'>) => ({ usd: cost?.high ?? 0 });

/** The cost of several jobs; null = the price of one is not known. */
export function sumOf(targets: readonly Pick<Priced, 'cost'>[]): Cost | null {
  const costs = targets.map(({ cost }) => cost);
  if (costs.includes(null)) return null;
  const side = (of: 'low' | 'high') => total(costs.map((cost) => ({ usd: cost?.[of] ?? 0 })));
  return { currency: 'USD', low: side('low'), high: side('high') };
}

function listed(targets: readonly Pick<Priced, 'name'>[]): string {
  return targets.map(({ name }) => name).join(', ');
}

/** `openai $0.52–$0.70 (20,872 tokens x 1–3 epochs x $25.00 a million)`, for each. */
function arithmetic(targets: readonly Priced[]): string {
  return targets
    .map(({ name, billed, epochs, usdPerMillionTokens, cost }) => {
      const price = usdPerMillionTokens === null ? 'no published price' : `${dollars(usdPerMillionTokens)} a million`;
      return `${name} ${range(cost)} (${span(billed)} tokens x ${span(epochs)} epochs x ${price})`;
    })
    .join('; ');
}
