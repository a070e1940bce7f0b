import type { PlannedTarget } from '../domain/job-plan.ts';
import type { DatasetTotals, Provider } from '../providers/provider.ts';
import { modelOf } from './convert-target.ts';
import type { RunTarget } from './manifest.ts';

/** What a target's data cost to train, as far as its provider tells. */
export function priceOf(
  provider: Provider,
  target: RunTarget,
  totals: DatasetTotals,
): Pick<PlannedTarget, 'billed' | 'epochs' | 'usdPerMillionTokens' | 'cost'> {
  const price = modelOf(provider, target).usdPerMillionTokens?.value ?? null;
  const epochs = provider.estimateEpochs(totals, target);
  const { tokens, tokensAtMost = tokens } = totals;
  const billed = provider.billedTokens?.(totals) ?? { low: tokens.train, high: tokensAtMost.train };
  if (price === null) return { billed, epochs, usdPerMillionTokens: null, cost: null };
  const dollars = (many: number, times: number) => Math.round((many * times * price) / 10_000) / 100;
  const low = dollars(billed.low, epochs.low);
  return {
    billed,
    epochs,
    usdPerMillionTokens: price,
    cost: { currency: 'USD', low, high: dollars(billed.high, epochs.high) },
  };
}
