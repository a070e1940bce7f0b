import type { NumberRule } from './fields.ts';

/** Input, output, arguments and results of a state (quotas of Step Functions, "Quotas related to state machine executions"). */
export const LARGEST_PAYLOAD = 256 * 1024;
/** One variable, and all variables that one Assign sets (developer guide, "Passing data between states with variables"). */
export const LARGEST_ASSIGN = 256 * 1024;
/** All variables of an execution together (same page). */
export const LARGEST_VARIABLES = 10 * 1024 * 1024;
/** Events in one execution's history (quotas of Step Functions). */
export const LONGEST_HISTORY = 25_000;

const SECONDS = 99_999_999;
const COUNT = Number.MAX_SAFE_INTEGER;

export const WAIT_SECONDS: NumberRule = { integer: true, least: 0, most: SECONDS };
export const TIMEOUT_SECONDS: NumberRule = { integer: true, least: 1, most: SECONDS };
export const MAX_CONCURRENCY: NumberRule = { integer: true, least: 0, most: COUNT };
export const TOLERATED_COUNT: NumberRule = { integer: true, least: 0, most: COUNT };
export const TOLERATED_PERCENTAGE: NumberRule = { integer: false, least: 0, most: 100 };
/** A Map Run reads at most a hundred million items (developer guide, "ItemReader (Map)"). */
export const MAX_ITEMS: NumberRule = { integer: true, least: 1, most: 100_000_000 };
export const MAX_ITEMS_PER_BATCH: NumberRule = { integer: true, least: 1, most: 100_000_000 };
export const MAX_INPUT_BYTES_PER_BATCH: NumberRule = { integer: true, least: 1, most: LARGEST_PAYLOAD };
