import { Cron } from 'croner';

/** When something is due: `next` is the first moment after `after`, in UTC; null = never again. */
export interface Schedule {
  next(after: Date): Date | null;
}

const RATE = /^rate\(\s*(\d{1,5})\s+(minute|hour|day)s?\s*\)$/i;
const CRON = /^cron\((.*)\)$/is;
const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** The stack looks every so often: what is due more often is not. */
const SHORTEST_MS = 15 * 60_000;
const CRON_FIELDS = 5;

const SCHEDULE_HINT = 'write "rate(7 days)", or "cron(0 6 * * MON)" with minute, hour, day, month and weekday';

/**
 * Reads `rate(7 days)` or `cron(0 6 * * MON)` (the word around the five fields may be left out). A rate counts from `anchor`; a cron
 * expression is told by the clocks of `zone`, an IANA name, UTC when absent.
 */
export function readSchedule(
  text: string,
  { anchor = new Date(0), zone = 'UTC' }: { anchor?: Date; zone?: string } = {},
): { schedule: Schedule } | { problem: string } {
  const rate = RATE.exec(text.trim());
  if (rate !== null) return readRate(Number(rate[1]), rate[2] ?? '', anchor);
  if (/^rate\b/i.test(text.trim())) return { problem: `"${text}" is no rate: ${SCHEDULE_HINT}` };
  if (!isZone(zone)) return { problem: `"${zone}" is no time zone: write one such as "Europe/Berlin"` };
  return readCron((CRON.exec(text.trim())?.[1] ?? text).trim(), zone);
}

function readRate(count: number, unit: string, anchor: Date): { schedule: Schedule } | { problem: string } {
  const every = count * (UNIT_MS[unit.toLowerCase()] ?? 0);
  if (every < SHORTEST_MS)
    return { problem: 'schedules are looked at every 15 minutes: write a rate of at least that' };
  const next = (after: Date): Date => {
    const turns = Math.max(1, Math.floor((after.getTime() - anchor.getTime()) / every) + 1);
    return new Date(anchor.getTime() + turns * every);
  };
  return { schedule: { next } };
}

function readCron(expression: string, zone: string): { schedule: Schedule } | { problem: string } {
  const fields = expression.split(/\s+/);
  if (fields.length !== CRON_FIELDS) {
    const more = fields.length === CRON_FIELDS + 1 ? '; leave out the year' : '';
    return { problem: `"${expression}" has ${fields.length} fields, not 5: ${SCHEDULE_HINT}${more}` };
  }
  try {
    // AWS writes "?" for the day that is not meant, croner's "?" is the present one.
    const cron = new Cron(fields.map((field) => (field === '?' ? '*' : field)).join(' '), {
      timezone: zone,
      paused: true,
    });
    if (cron.nextRun(new Date(0)) === null) return { problem: `"${expression}" never comes: ${SCHEDULE_HINT}` };
    return { schedule: { next: (after) => cron.nextRun(after) } };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return { problem: `"${expression}" is no schedule (${why}): ${SCHEDULE_HINT}` };
  }
}

/** Whether there is a time zone of this name. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
