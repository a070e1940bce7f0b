import { linkedAbort } from './abort.ts';
import { StateFailure, TaskError } from './errors.ts';
import { checkPayload, evaluateField, type Visit } from './execution.ts';
import { numberField, textField } from './field-values.ts';
import { finish, type Step } from './finish.ts';
import type { AslClock, TaskContext } from './host.ts';
import { type Json, jsonCopy } from './json.ts';
import { TIMEOUT_SECONDS } from './limits.ts';
import type { TaskState } from './machine.ts';

/** One try of a Task state: arguments, the function, then Output and Assign. */
export async function runTask(state: TaskState, visit: Visit): Promise<Step> {
  const functionName = await textField(state.functionName, visit, 'Arguments/FunctionName');
  const payload = await evaluateField(state.payload, visit);
  checkPayload({ FunctionName: functionName, Payload: payload }, 'arguments', visit);
  const timeout = state.timeoutSeconds;
  const seconds = timeout && (await numberField(timeout, visit, { path: 'TimeoutSeconds', rule: TIMEOUT_SECONDS }));
  const { history } = visit.frame.execution;
  // TaskScheduled and TaskStarted; then TaskSucceeded, TaskFailed or TaskTimedOut.
  history.record(2);
  const answer = await settle(visit, { functionName, payload, seconds });
  history.record(1);
  if (answer instanceof StateFailure) throw answer;
  const result = { ExecutedVersion: '$LATEST', Payload: answer.value, StatusCode: 200 };
  checkPayload(result, 'a task result', visit);
  return finish(visit, state, { next: state.next, fallback: result, available: { result } });
}

interface Call {
  functionName: string;
  payload: Json;
  seconds: number | undefined;
}

async function settle(visit: Visit, call: Call): Promise<{ value: Json } | StateFailure> {
  try {
    return await invoke(visit, call);
  } catch (error) {
    if (error instanceof StateFailure) return error;
    if (error instanceof TaskError) return taskFailure(error);
    throw error;
  }
}

async function invoke(visit: Visit, call: Call): Promise<{ value: Json }> {
  const { execution, signal } = visit.frame;
  const { host } = execution;
  const limit = linkedAbort(signal);
  const context: TaskContext = {
    executionId: execution.id,
    stateName: visit.state.name,
    attempt: visit.retryCount,
    signal: limit.signal,
  };
  const work = async () => {
    const answer = host.invoke(call.functionName, jsonCopy(call.payload), context);
    if (call.seconds === undefined) return answer;
    return Promise.race([answer, timeLimit(host.clock, call.seconds, limit.signal)]);
  };
  try {
    return { value: jsonCopy(await (host.clock.busy?.(work) ?? work())) };
  } finally {
    // Ends the time limit's timer, and tells a function that outlived it.
    limit.abort();
    limit.release();
  }
}

/** Rejects when the time is over; never settles otherwise. */
async function timeLimit(clock: AslClock, seconds: number, signal: AbortSignal): Promise<never> {
  try {
    await (clock.deadline?.(seconds * 1000, signal) ?? clock.sleep(seconds * 1000, signal));
  } catch {
    return new Promise(() => undefined);
  }
  throw new StateFailure('States.Timeout', `The function did not answer within ${seconds} s.`);
}

/** Errors of the function itself carry JSON as their cause, those of the Lambda service plain text, as on AWS. */
function taskFailure(error: TaskError): StateFailure {
  if (/^(Lambda|States|Sandbox)\./.test(error.errorName)) return new StateFailure(error.errorName, error.message);
  const cause = { errorType: error.errorName, errorMessage: error.message, ...(error.trace && { trace: error.trace }) };
  return new StateFailure(error.errorName, JSON.stringify(cause));
}
