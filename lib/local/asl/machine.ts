import type { EvaluationSources } from './expression.ts';
import type { Json } from './json.ts';

/** What expressions of one state see: variables by name, and `states`. */
export type ExpressionBindings = Readonly<Record<string, Json>>;

/** A JSON value of the definition in which strings may be expressions. */
export interface Template {
  /** The value itself where no expression is in it. */
  literal: Json | undefined;
  evaluate(bindings: ExpressionBindings, sources: EvaluationSources): Promise<Json>;
}

/** A parsed and checked state machine; every expression is compiled. */
export interface StateMachine extends StateChain {
  comment: string | undefined;
  timeoutSeconds: number | undefined;
  /** Function names that Task states name literally, after substitution. */
  functionNames: readonly string[];
  /** States whose results go to a bucket: the host must be able to write them. */
  resultWriters: readonly string[];
}

export interface StateChain {
  startAt: string;
  states: ReadonlyMap<string, State>;
}

export interface Bindings {
  output?: Template;
  assign?: ReadonlyMap<string, Template>;
}

interface StateBase extends Bindings {
  name: string;
}

interface Following {
  /** Undefined where the state ends its chain. */
  next: string | undefined;
}

export interface Retrier {
  errorEquals: readonly string[];
  intervalSeconds: number;
  maxAttempts: number;
  backoffRate: number;
  maxDelaySeconds: number | undefined;
  fullJitter: boolean;
}

export interface Catcher extends Bindings {
  errorEquals: readonly string[];
  next: string;
  /** `Catch[0]`, for the cause of a failing expression. */
  path: string;
}

export interface Recovery {
  retriers: readonly Retrier[];
  catchers: readonly Catcher[];
}

export interface TaskState extends StateBase, Following, Recovery {
  type: 'Task';
  functionName: Template;
  payload: Template;
  timeoutSeconds: Template | undefined;
}

export interface ChoiceRule extends Bindings {
  condition: Template;
  next: string;
  path: string;
}

export interface ChoiceState extends StateBase {
  type: 'Choice';
  rules: readonly ChoiceRule[];
  otherwise: string | undefined;
}

export interface WaitState extends StateBase, Following {
  type: 'Wait';
  seconds: Template | undefined;
  timestamp: Template | undefined;
}

interface PassState extends StateBase, Following {
  type: 'Pass';
}

interface SucceedState extends StateBase {
  type: 'Succeed';
}

export interface FailState extends StateBase {
  type: 'Fail';
  error: Template | undefined;
  cause: Template | undefined;
}

export interface ParallelState extends StateBase, Following, Recovery {
  type: 'Parallel';
  branches: readonly StateChain[];
  argument: Template | undefined;
}

export interface ItemReader {
  inputType: 'JSON' | 'JSONL';
  maxItems: Template | undefined;
  bucket: Template;
  key: Template;
  versionId: Template | undefined;
}

export interface ItemBatcher {
  maxItems: Template | undefined;
  maxBytes: Template | undefined;
  batchInput: Template | undefined;
}

export interface ResultWriter {
  bucket: Template;
  prefix: Template | undefined;
  /** COMPACT: only what children gave. NONE: their whole records. A failed child is told by its record in both. */
  transformation: 'NONE' | 'COMPACT';
  outputType: 'JSON' | 'JSONL';
}

export interface MapState extends StateBase, Following, Recovery {
  type: 'Map';
  processor: StateChain;
  distributed: boolean;
  /** Children that Step Functions ends after five minutes. */
  express: boolean;
  label: string;
  items: Template | undefined;
  reader: ItemReader | undefined;
  selector: Template | undefined;
  batcher: ItemBatcher | undefined;
  writer: ResultWriter | undefined;
  maxConcurrency: Template | undefined;
  toleratedCount: Template | undefined;
  toleratedPercentage: Template | undefined;
}

export type State =
  | TaskState
  | ChoiceState
  | WaitState
  | PassState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;
