import { type LinkedAbort, linkedAbort } from './abort.ts';
import { AslDefinitionError, ExecutionAborted, StateFailure } from './errors.ts';
import { createHistory, type Execution, emit } from './execution.ts';
import type { AslHost, ExecutionResult } from './host.ts';
import { type Json, jsonCopy } from './json.ts';
import type { StateMachine } from './machine.ts';
import { runChain } from './run-chain.ts';
import { withTimeLimit } from './time-limit.ts';
import { executionVariables } from './variables.ts';

export interface ExecutionOptions {
  host: AslHost;
  /** The execution's name; its id is an ARN that ends in it. */
  name: string;
  input: Json;
  /** Stops the execution; sleeps end at once, functions are told by their own signal and waited for. */
  signal?: AbortSignal;
  machineName?: string;
  /** Iterations at once where a Map sets no MaxConcurrency; 8 by default. */
  concurrency?: number;
}

const DEFAULT_CONCURRENCY = 8;

/** Runs a state machine to its end. A failing state is a result; only a fault of the host or of the definition throws. */
export async function startExecution(machine: StateMachine, options: ExecutionOptions): Promise<ExecutionResult> {
  checkHost(machine, options.host);
  const execution = executionOf(options);
  const scope = linkedAbort(options.signal);
  emit(execution, { event: 'execution-started' });
  try {
    const output = await runMachine(machine, execution, scope);
    emit(execution, { event: 'execution-succeeded' });
    return { status: 'SUCCEEDED', output: jsonCopy(output) };
  } catch (error) {
    return failed(error, execution, options.signal);
  } finally {
    scope.release();
  }
}

function checkHost(machine: StateMachine, host: AslHost): void {
  const [state] = machine.resultWriters;
  if (state === undefined || host.writeObject !== undefined) return;
  throw new AslDefinitionError(
    `[state machine] state "${state}", field "ResultWriter": this host cannot write results; let the children write them, and remove the field.`,
  );
}

function executionOf(options: ExecutionOptions): Execution {
  const machineName = options.machineName ?? 'finedrop';
  return {
    id: `arn:aws:states:local:000000000000:execution:${machineName}:${options.name}`,
    name: options.name,
    machineName,
    parentId: undefined,
    input: jsonCopy(options.input),
    startTime: options.host.clock.now().toISOString(),
    host: options.host,
    history: createHistory(),
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    runChain,
  };
}

async function runMachine(machine: StateMachine, execution: Execution, scope: LinkedAbort): Promise<Json> {
  const run = async () => {
    // ExecutionStarted, and at the end ExecutionSucceeded.
    execution.history.record(1);
    const frame = { execution, variables: executionVariables(), signal: scope.signal, mapItem: undefined };
    const output = await runChain(machine, execution.input, frame);
    execution.history.record(1);
    return output;
  };
  if (machine.timeoutSeconds === undefined) return run();
  try {
    return await withTimeLimit(run, { clock: execution.host.clock, seconds: machine.timeoutSeconds, scope });
  } catch (error) {
    if (error instanceof StateFailure && error.state === undefined) error.timedOut = true;
    throw error;
  }
}

function failed(error: unknown, execution: Execution, signal: AbortSignal | undefined): ExecutionResult {
  if (error instanceof ExecutionAborted) {
    const cause = signal?.reason instanceof Error ? signal.reason.message : 'The execution was stopped.';
    emit(execution, { event: 'execution-aborted', cause });
    return { status: 'ABORTED', cause };
  }
  if (!(error instanceof StateFailure)) throw error;
  const { error: name, message: cause, state } = error;
  emit(execution, { event: 'execution-failed', error: name, cause, ...(state !== undefined && { state }) });
  if (error.timedOut) return { status: 'TIMED_OUT', error: 'States.Timeout', cause, state };
  return { status: 'FAILED', error: name, cause, state };
}
