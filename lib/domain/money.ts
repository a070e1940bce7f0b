import type { Cost } from './job-plan.ts';

/** `$0.52–$0.70`. */
export function range(cost: Cost | null): string {
  if (cost === null) return 'an unknown cost';
  return cost.low === cost.high ? dollars(cost.high) : `${dollars(cost.low)}–${dollars(cost.high)}`;
}

export function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}

/** `20,872–31,308`, or one number where both are the same. */
export function span({ low, high }: { low: number; high: number }): string {
  const [from, to] = [low, high].map((one) => one.toLocaleString('en-US'));
  return from === to ? `${to}` : `${from}–${to}`;
}
