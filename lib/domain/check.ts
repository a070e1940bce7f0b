/** What one look at a setting, a permission or a place found; `skipped` = nobody could look, or there was nothing to look at. */
export interface Check {
  /** What was looked at, as people call it: `openai model gpt-4o-2024-08-06`. */
  name: string;
  result: CheckResult;
  /** A sentence without its full stop; holds no secret. */
  message: string;
  /** What to do about it: one sentence, with its full stop unless it ends in a command. */
  fix?: string;
}

export type CheckResult = 'ok' | 'warning' | 'failed' | 'skipped';

/** What is asked of a provider's checks: the base models that somebody means to tune, and the day it is. */
export interface Examination {
  models: readonly string[];
  now: Date;
}

/** A check by its parts; without a fix where none is given. */
export function checked(
  name: string,
  result: CheckResult,
  [message, fix]: readonly [string, (string | undefined)?],
): Check {
  return { name, result, message: message.replace(/[.\s]+$/, ''), ...(fix === undefined ? {} : { fix }) };
}

const DAY_MS = 24 * 3600 * 1000;
/** As long before its end a model is warned about. */
const DYING_DAYS = 60;

/** Whether a model lives long enough: `failed` from its last day on, `warning` in the 60 days before; null when it does. `endsOn` is an ISO date. */
export function checkEnd(name: string, endsOn: string, { what, now }: { what: string; now: Date }): Check | null {
  const days = Math.ceil((Date.parse(endsOn) - now.getTime()) / DAY_MS);
  const fix = 'Choose another model: finedrop targets lists them with their ends.';
  if (days <= 0) return checked(name, 'failed', [`${what} since ${endsOn}`, fix]);
  return days > DYING_DAYS ? null : checked(name, 'warning', [`${what} from ${endsOn}: ${days} days from now`, fix]);
}
