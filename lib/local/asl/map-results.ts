import { StateFailure } from './errors.ts';
import { payloadFailure, type Visit } from './execution.ts';
import { type Json, jsonBytes } from './json.ts';
import { LARGEST_PAYLOAD } from './limits.ts';

/** Results of iterations in the order of their items, kept only while they can still fit a payload. */
export interface MapResults {
  add(index: number, value: Json): void;
  /** The array, or States.DataLimitExceeded when it grew too large meanwhile. */
  all(): Json[];
}

export function mapResults(visit: Visit): MapResults {
  const kept = new Map<number, Json>();
  let bytes = 2;
  return {
    add: (index, value) => {
      bytes += jsonBytes(value) + (kept.size > 0 ? 1 : 0);
      if (bytes > LARGEST_PAYLOAD) kept.clear();
      else kept.set(index, value);
    },
    all: () => {
      if (bytes > LARGEST_PAYLOAD) throw payloadFailure('a result', visit, bytes);
      return [...kept].sort(([left], [right]) => left - right).map(([, value]) => value);
    },
  };
}

/** Failures of a distributed Map's items against what it tolerates. */
export interface FailureBudget {
  /** Counts items of a failed child; throws as soon as the threshold is passed for certain. */
  add(items: number): void;
  /** Judges the percentage once all items are known. */
  close(total: number): void;
}

export interface Tolerance {
  count: number | undefined;
  percentage: number | undefined;
  /** All items, where they are known from the start. */
  total: number | undefined;
}

/** Without any tolerance the first failed item is too many (developer guide, "Setting failure thresholds"). */
export function failureBudget(tolerance: Tolerance): FailureBudget {
  let failed = 0;
  const { count, percentage } = tolerance;
  const most = count ?? (percentage === undefined ? 0 : Number.POSITIVE_INFINITY);
  const judge = (total: number | undefined) => {
    const over = total !== undefined && percentage !== undefined && failed * 100 > percentage * total;
    if (failed <= most && !over) return;
    throw new StateFailure(
      'States.ExceedToleratedFailureThreshold',
      'The specified tolerated failure threshold was exceeded.',
    );
  };
  return {
    add: (items) => {
      failed += items;
      judge(tolerance.total);
    },
    close: judge,
  };
}
