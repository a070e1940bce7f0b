import { throwIfAborted } from './abort.ts';
import { StateFailure } from './errors.ts';
import { checkPayload, emit, type Frame, type Visit } from './execution.ts';
import { finish, type Step } from './finish.ts';
import type { Json } from './json.ts';
import type { State, StateChain } from './machine.ts';
import { withRecovery } from './recovery.ts';
import { runMap } from './run-map.ts';
import { runParallel } from './run-parallel.ts';
import { runChoice, runFail, runWait } from './run-simple-states.ts';
import { runTask } from './run-task.ts';

/** Runs states from StartAt to one that ends the chain, and gives its output; throws StateFailure or ExecutionAborted. */
export async function runChain(chain: StateChain, input: Json, frame: Frame): Promise<Json> {
  let step: Step = { output: input, next: chain.startAt };
  while (step.next !== undefined) {
    const state = chain.states.get(step.next);
    if (state === undefined) throw new Error(`[state machine] the state "${step.next}" is missing.`);
    step = await runState(state, step.output, frame);
  }
  return step.output;
}

async function runState(state: State, input: Json, frame: Frame): Promise<Step> {
  throwIfAborted(frame.signal);
  const visit = enter(state, input, frame);
  try {
    checkPayload(input, 'an input', visit);
    const step = await runByType(state, visit);
    throwIfAborted(frame.signal);
    frame.execution.history.record(1);
    emit(frame.execution, {
      event: 'state-exited',
      state: state.name,
      stateType: state.type,
      attempt: visit.retryCount,
    });
    return step;
  } catch (error) {
    throwIfAborted(frame.signal);
    if (error instanceof StateFailure) noteFailure(error, visit);
    throw error;
  }
}

function enter(state: State, input: Json, frame: Frame): Visit {
  const { execution } = frame;
  const eventId = execution.history.record(1);
  emit(execution, { event: 'state-entered', state: state.name, stateType: state.type, attempt: 0 });
  return { state, input, frame, eventId, enteredTime: execution.host.clock.now().toISOString(), retryCount: 0 };
}

function noteFailure(failure: StateFailure, visit: Visit): void {
  failure.state ??= visit.state.name;
  emit(visit.frame.execution, {
    event: 'state-failed',
    state: visit.state.name,
    stateType: visit.state.type,
    attempt: visit.retryCount,
    error: failure.error,
    cause: failure.message,
  });
}

function runByType(state: State, visit: Visit): Promise<Step> {
  switch (state.type) {
    case 'Task':
      return withRecovery(visit, state, () => runTask(state, visit));
    case 'Map':
      return withRecovery(visit, state, () => runMap(state, visit));
    case 'Parallel':
      return withRecovery(visit, state, () => runParallel(state, visit));
    case 'Choice':
      return runChoice(state, visit);
    case 'Wait':
      return runWait(state, visit);
    case 'Pass':
      return finish(visit, state, { next: state.next, fallback: visit.input });
    case 'Succeed':
      return finish(visit, state, { next: undefined, fallback: visit.input });
    case 'Fail':
      return runFail(state, visit);
  }
}
