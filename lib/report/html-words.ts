/** `1234567` as `1,234,567`. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 row`, `2 rows`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

const UNITS = ['KB', 'MB', 'GB', 'TB'] as const;

/** Bytes by thousands, as file managers show them: `812 bytes`, `91.2 KB`, `1.3 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return counted(value, 'byte');
  let amount = value / 1000;
  let unit = 0;
  while (amount >= 999.95 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${amount.toLocaleString('en-US', { maximumFractionDigits: 1 })} ${UNITS[unit]}`;
}

/** US dollars from low to high: one amount where both read the same. */
export function dollars({ low, high }: { low: number; high: number }): string {
  const [from, to] = [dollar(low), dollar(high)];
  return from === to ? from : `${from} – ${to}`;
}

function dollar(amount: number): string {
  if (amount > 0 && amount < 0.01) return 'under $0.01';
  return amount.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

/** `2026-11-23T09:00:07.123Z` as `2026-11-23 09:00:07 UTC`. */
export function moment(iso: string): string {
  return iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
}

/** The time between two moments in the largest unit that tells enough: `7 s`, `12 min`, `3.5 h`, `2.1 days`. */
export function duration(from: string, to: string): string {
  const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${number(Math.round(seconds / 360) / 10)} h`;
  return `${number(Math.round(seconds / 8640) / 10)} days`;
}

/** As a sentence begins, unless it begins with a name: those keep their case. */
export function asSentence(text: string, names: readonly string[]): string {
  const first = /^\p{Ll}/u.exec(text)?.[0];
  if (first === undefined || names.some((name) => text.startsWith(name))) return text;
  return first.toUpperCase() + text.slice(first.length);
}
