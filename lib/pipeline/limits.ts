const MEBIBYTE = 1024 ** 2;

/**
 * What one call of a step takes on. A Lambda ends after 900 seconds, and its time cannot be asked for here, so that calls are sized by
 * what they move: at 5 MB/s, a fifth of what a slow line to a provider gives, none of them comes near 300 seconds. The machine calls again
 * for the rest. None of it is held in memory.
 */
export interface CallLimits {
  /** Bytes of training lines that one call joins; those that S3 joins itself cost next to nothing. */
  joinedBytes: number;
  /** Rows whose place in the source is numbered by one call: about twenty seconds. */
  joinedRows: number;
  joinedShards: number;
  /** Bytes that go through one call on their way to a provider. */
  stagedBytes: number;
}

/** An 8-GB training file of ten million rows is ten calls that join it and eight that bring it. */
export const CALL_LIMITS: CallLimits = {
  joinedBytes: 1024 * MEBIBYTE,
  joinedRows: 1_000_000,
  joinedShards: 2000,
  stagedBytes: 1024 * MEBIBYTE,
};

/** With more shards, each target is weighed by a call of its own: thirty thousand small objects each, about a minute. */
export const WEIGHED_SHARDS = 500;
/** A run of more shards is published in several calls: of ten thousand, findings, lock or refused rows alone take minutes each. */
export const PUBLISHED_SHARDS = 500;

/** Ten million rows are ten thousand shards: small objects are read so many at once, or they would take a Lambda's whole life. */
export const SMALL_READS_AT_ONCE = 32;
