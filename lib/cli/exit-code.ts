import type { Report } from '../domain/report.ts';
import type { RunStatus } from '../domain/run.ts';
import type { TargetStatus } from '../domain/target.ts';

/** Usage, or a machine that is broken. */
export const BROKEN = 1;
/** Data that is refused, missing or superseded. */
export const REFUSED = 2;
/** Waits for approval, or costs too much. */
export const HELD = 3;

const JOB_FAILED: ReadonlySet<TargetStatus> = new Set(['failed', 'lost']);
const DATA_REFUSED: ReadonlySet<RunStatus> = new Set(['rejected', 'waiting', 'superseded', 'cancelled']);

/** The exit code of a run by its report: the first meaning that applies. `ended` is how the run itself ended, duplicates included. */
export function exitCodeOf({ targets }: Report, ended: RunStatus): number {
  if (targets.some(({ status, job }) => JOB_FAILED.has(status) || (status === 'cancelled' && job !== null))) return 4;
  if (ended === 'failed') return BROKEN;
  if (DATA_REFUSED.has(ended) || targets.some(({ status }) => status === 'refused')) return REFUSED;
  if (ended === 'held' || targets.some(({ status }) => status === 'held')) return HELD;
  return 0;
}
