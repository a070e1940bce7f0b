import type { Json } from './json.ts';

/** A state machine that cannot be run here; the message is one line that names state, field and remedy. */
export class AslDefinitionError extends Error {
  override readonly name = 'AslDefinitionError';
}

/** A function's own failure: `errorName` is what Retry and Catch match (the class name on Lambda). */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly errorName: string;
  readonly trace: readonly string[] | undefined;
  constructor(errorName: string, message: string, trace?: readonly string[]) {
    super(message);
    this.errorName = errorName;
    this.trace = trace;
  }
}

/** A state failed with an error name; inside the interpreter only. `fatal` ones pass every Retry and Catch. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly error: string;
  readonly fatal: boolean;
  /** The state that failed first; outer Map and Parallel states keep it. */
  state: string | undefined;
  /** The whole execution ran out of time, not one of its states. */
  timedOut: boolean = false;
  constructor(error: string, cause: string, fatal: boolean = false) {
    super(cause);
    this.error = error;
    this.fatal = fatal;
  }
}

/** The execution was stopped from outside, or timed out, or a sibling failed. */
export class ExecutionAborted extends Error {
  override readonly name = 'ExecutionAborted';
}

/** `$states.errorOutput` of a failure. */
export function errorOutput(failure: StateFailure): Json {
  return { Error: failure.error, Cause: failure.message };
}
