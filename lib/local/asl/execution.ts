import { errorOutput, StateFailure } from './errors.ts';
import type { AslHost, HistoryEvent } from './host.ts';
import { type Json, type JsonObject, jsonBytes } from './json.ts';
import { LARGEST_PAYLOAD, LONGEST_HISTORY } from './limits.ts';
import type { State, StateChain, Template } from './machine.ts';
import { QueryFailure } from './template.ts';
import type { Variables } from './variables.ts';

/** One execution: the machine's, or a child of a distributed Map with a history of its own. */
export interface Execution {
  id: string;
  name: string;
  machineName: string;
  parentId: string | undefined;
  input: Json;
  startTime: string;
  host: AslHost;
  history: History;
  /** Concurrent iterations where a Map sets no MaxConcurrency. */
  concurrency: number;
  /** Handed in, for Map and Parallel states run chains and chains run states. */
  runChain(chain: StateChain, input: Json, frame: Frame): Promise<Json>;
}

/** Where a chain of states runs: the execution, or one inline iteration or branch of it. */
export interface Frame {
  execution: Execution;
  variables: Variables;
  signal: AbortSignal;
  mapItem: { Index: number; Value: Json } | undefined;
}

/** One state being run. */
export interface Visit {
  state: State;
  input: Json;
  frame: Frame;
  eventId: number;
  enteredTime: string;
  retryCount: number;
}

export interface History {
  /** Counts events as Step Functions lists them; past the limit the execution fails with States.Runtime. */
  record(events: number): number;
}

export function createHistory(): History {
  let events = 0;
  return {
    record: (added) => {
      events += added;
      if (events <= LONGEST_HISTORY) return events;
      const cause = `The execution reached the maximum number of history events (${LONGEST_HISTORY}).`;
      throw new StateFailure('States.Runtime', cause, true);
    },
  };
}

export function emit(
  execution: Execution,
  event: Omit<HistoryEvent, 'at' | 'executionId' | 'parentExecutionId'>,
): void {
  execution.host.onEvent?.({
    ...event,
    at: execution.host.clock.now(),
    executionId: execution.id,
    ...(execution.parentId !== undefined && { parentExecutionId: execution.parentId }),
  });
}

/** What `$states` holds at one place besides input and context. */
export interface Available {
  result?: Json;
  failure?: StateFailure;
  mapItem?: { Index: number; Value: Json };
}

/** Evaluates a field of the visited state; a failing expression becomes States.QueryEvaluationError. */
export async function evaluateField(template: Template, visit: Visit, available: Available = {}): Promise<Json> {
  if (template.literal !== undefined) return template.literal;
  const { host } = visit.frame.execution;
  const bindings = { ...visit.frame.variables.all(), states: statesOf(visit, available) };
  try {
    return await template.evaluate(bindings, { random: host.random, now: () => host.clock.now() });
  } catch (error) {
    if (!(error instanceof QueryFailure)) throw error;
    throw queryFailure(visit, error.message);
  }
}

/** States.QueryEvaluationError in the words of Step Functions. */
export function queryFailure(visit: Visit, sentence: string): StateFailure {
  visit.frame.execution.history.record(1);
  const opening = `An error occurred while executing the state '${visit.state.name}' (entered at the event id #${visit.eventId}).`;
  return new StateFailure('States.QueryEvaluationError', `${opening} ${sentence}`);
}

function statesOf(visit: Visit, available: Available): Json {
  const states: JsonObject = { input: visit.input, context: contextOf(visit, available) };
  if (available.result !== undefined) states['result'] = available.result;
  if (available.failure !== undefined) states['errorOutput'] = errorOutput(available.failure);
  return states;
}

function contextOf(visit: Visit, available: Available): Json {
  const { execution } = visit.frame;
  const item = available.mapItem ?? visit.frame.mapItem;
  return {
    Execution: {
      Id: execution.id,
      Input: execution.input,
      Name: execution.name,
      RoleArn: 'arn:aws:iam::000000000000:role/local',
      StartTime: execution.startTime,
    },
    State: { Name: visit.state.name, EnteredTime: visit.enteredTime, RetryCount: visit.retryCount },
    StateMachine: {
      Id: `arn:aws:states:local:000000000000:stateMachine:${execution.machineName}`,
      Name: execution.machineName,
    },
    ...(item !== undefined && { Map: { Item: { ...item } } }),
  };
}

/** Fails with States.DataLimitExceeded when a value is too large to pass between states. */
export function checkPayload(value: Json, what: string, visit: Visit): void {
  const bytes = jsonBytes(value);
  if (bytes > LARGEST_PAYLOAD) throw payloadFailure(what, visit, bytes);
}

export function payloadFailure(what: string, visit: Visit, bytes: number): StateFailure {
  const size = `${bytes} bytes, more than the ${LARGEST_PAYLOAD} that Step Functions passes between states`;
  return new StateFailure('States.DataLimitExceeded', `The state '${visit.state.name}' has ${what} of ${size}.`);
}
