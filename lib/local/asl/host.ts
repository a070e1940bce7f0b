import type { Json } from './json.ts';

/** Time as the interpreter needs it; sleeps reject when their signal aborts and leave no timer behind. */
export interface AslClock {
  now(): Date;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Settles when a time limit has passed; never moves time on by itself. Without it `sleep` is used. */
  deadline?(ms: number, signal: AbortSignal): Promise<void>;
  /** Marks real work: a simulated clock stands still until it ends or sleeps itself. */
  busy?<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface TaskContext {
  executionId: string;
  stateName: string;
  /** 0 for the first try. */
  attempt: number;
  /** Aborts when the execution stops, a sibling fails, or the task's time is over. */
  signal: AbortSignal;
}

interface S3ObjectArgument {
  Bucket: string;
  Key: string;
  VersionId?: string;
}

/** One child execution as ResultWriter files and failed entries of a Map's result show it. */
export interface ChildExecutionRecord {
  ExecutionArn: string;
  Name: string;
  /** JSON text, as Step Functions writes it. */
  Input: string;
  Output?: string;
  Error?: string;
  Cause?: string;
  Status: 'SUCCEEDED' | 'FAILED';
  StartDate: string;
  StopDate: string;
}

/** What the interpreter needs from its surroundings: functions, buckets, time and chance. */
export interface AslHost {
  /** lambda:invoke; throws TaskError for the function's own failure, anything else ends the run as a fault of the host. */
  invoke(functionName: string, payload: Json, context: TaskContext): Promise<unknown>;
  /** Yields the items of one object in storage: a JSON array's elements, or one value a line. */
  readItems(argument: S3ObjectArgument, config: { InputType: 'JSON' | 'JSONL' }): AsyncIterable<unknown>;
  /** Puts one object; a Map with a ResultWriter leaves its result files and their manifest so. */
  writeObject?(place: { Bucket: string; Key: string }, body: string): Promise<void>;
  clock: AslClock;
  /** In [0, 1); feeds jitter, `$random()` and `$uuid()`. */
  random(): number;
  onEvent?(event: HistoryEvent): void;
}

type HistoryEventName =
  | 'execution-started'
  | 'execution-succeeded'
  | 'execution-failed'
  | 'execution-aborted'
  | 'state-entered'
  | 'state-exited'
  | 'state-retried'
  | 'state-caught'
  | 'state-failed'
  | 'iteration-started'
  | 'iteration-succeeded'
  | 'iteration-failed';

/** One thing that happened; `executionId` tells a distributed Map's children from their parent. */
export interface HistoryEvent {
  event: HistoryEventName;
  at: Date;
  executionId: string;
  parentExecutionId?: string;
  state?: string;
  stateType?: string;
  /** Of the Map state's item. */
  index?: number;
  /** 0 for a state's first try. */
  attempt?: number;
  /** Seconds until the next try. */
  delaySeconds?: number;
  error?: string;
  cause?: string;
}

export type ExecutionResult =
  | { status: 'SUCCEEDED'; output: Json }
  | { status: 'FAILED'; error: string; cause: string; state: string | undefined }
  | { status: 'TIMED_OUT'; error: 'States.Timeout'; cause: string; state: string | undefined }
  | { status: 'ABORTED'; cause: string };
