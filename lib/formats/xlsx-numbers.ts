import type { NumberKind } from './xlsx-formats.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DAY_MILLISECONDS = 86_400_000;
/** 9999-12-31, the last day that spreadsheets know. */
const LAST_SERIAL_1900 = 2_958_466;
/** Serial numbers count from here; the day that Lotus 1-2-3 invented (1900-02-29) shifts all that follow it by one. */
const BEFORE_1900 = Date.UTC(1899, 11, 31);
const LOTUS_DAY = 60;
const START_1904 = Date.UTC(1904, 0, 1);
const DAYS_1904 = 1462;

/** A stored number as a person reads it: shortest digits, ISO 8601 for dates and times, hours:minutes:seconds for durations. */
export function showNumber(stored: string, kind: NumberKind, from1904: boolean): string {
  const written = stored.trim();
  if (!NUMBER.test(written)) return stored;
  const value = Number(written);
  if (!Number.isFinite(value)) return written;
  if (kind === 'date') return showDate(value, from1904) ?? showPlain(value);
  return kind === 'duration' && value >= 0 ? showClock(Math.round(value * DAY_MILLISECONDS)) : showPlain(value);
}

/** JavaScript's own shortest form has no exponent between 1e-6 and 1e21; minus zero is zero. */
function showPlain(value: number): string {
  return String(value === 0 ? 0 : value);
}

/** Null outside of the days that spreadsheets know; a bare time of day where there is no day. */
function showDate(serial: number, from1904: boolean): string | null {
  const total = Math.round(serial * DAY_MILLISECONDS);
  const day = Math.floor(total / DAY_MILLISECONDS);
  const milliseconds = total - day * DAY_MILLISECONDS;
  if (serial < 0 || day >= LAST_SERIAL_1900 - (from1904 ? DAYS_1904 : 0)) return null;
  if (day === 0 && !from1904) return showClock(milliseconds);
  const date = showDay(day, from1904);
  return milliseconds === 0 ? date : `${date}T${showClock(milliseconds)}`;
}

function showDay(day: number, from1904: boolean): string {
  if (!from1904 && day === LOTUS_DAY) return '1900-02-29';
  const start = from1904 ? START_1904 : BEFORE_1900 - (day > LOTUS_DAY ? DAY_MILLISECONDS : 0);
  return new Date(start + day * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

function showClock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  const rest = milliseconds % 1000;
  return rest === 0 ? clock : `${clock}.${String(rest).padStart(3, '0')}`;
}

/** A date cell that is stored as text already (`t="d"`), without a time of midnight. */
export function showStoredDate(stored: string): string {
  return stored.trim().replace(/T00:00(:00(\.0+)?)?Z?$/, '');
}
