import { type LinkedAbort, linkedAbort } from './abort.ts';
import { StateFailure } from './errors.ts';
import { createHistory, type Execution, emit, type Visit } from './execution.ts';
import { numberField } from './field-values.ts';
import type { ChildExecutionRecord } from './host.ts';
import type { Json } from './json.ts';
import { TOLERATED_COUNT, TOLERATED_PERCENTAGE } from './limits.ts';
import type { MapState } from './machine.ts';
import { checkIterationInput, type Iteration, type MapSource } from './map-items.ts';
import { failureBudget, type MapResults, mapResults, type Tolerance } from './map-results.ts';
import { forEachConcurrently } from './pool.ts';
import { resultFiles } from './result-files.ts';
import { uuidFrom } from './step-functions-library.ts';
import { withTimeLimit } from './time-limit.ts';
import { executionVariables } from './variables.ts';

/** An Express execution ends after five minutes (quotas of Step Functions). */
const EXPRESS_SECONDS = 300;

interface Work {
  source: MapSource;
  pool: { limit: number; siblings: LinkedAbort };
}

/** Runs each item or batch as a child execution with its own history and variables, within the failures it tolerates. */
export async function runDistributed(state: MapState, visit: Visit, work: Work): Promise<Json> {
  const { execution } = visit.frame;
  const budget = failureBudget(await toleranceOf(state, visit, work.source.total));
  const collected = collector(state, visit);
  const mapRunArn = `arn:aws:states:local:000000000000:mapRun:${execution.machineName}/${state.label}:${uuidFrom(execution.host.random)}`;
  // MapRunStarted, and later MapRunSucceeded.
  execution.history.record(1);
  let items = 0;
  await forEachConcurrently(work.source.iterations, work.pool, async (iteration) => {
    checkIterationInput(iteration, visit);
    items += iteration.itemCount;
    const record = await runChild(state, visit, { iteration, signal: work.pool.siblings.signal });
    collected.add(iteration.index, record);
    if (record.Status === 'FAILED') budget.add(iteration.itemCount);
  });
  budget.close(items);
  execution.history.record(1);
  return collected.result(mapRunArn);
}

async function toleranceOf(state: MapState, visit: Visit, total: number | undefined): Promise<Tolerance> {
  const { toleratedCount: count, toleratedPercentage: percentage } = state;
  return {
    count: count && (await numberField(count, visit, { path: 'ToleratedFailureCount', rule: TOLERATED_COUNT })),
    percentage:
      percentage &&
      (await numberField(percentage, visit, { path: 'ToleratedFailurePercentage', rule: TOLERATED_PERCENTAGE })),
    total,
  };
}

async function runChild(
  state: MapState,
  visit: Visit,
  work: { iteration: Iteration; signal: AbortSignal },
): Promise<ChildExecutionRecord> {
  const { iteration } = work;
  const child = childOf(visit.frame.execution, state, iteration.input);
  const base = {
    ExecutionArn: child.id,
    Name: child.name,
    Input: JSON.stringify(iteration.input),
    StartDate: child.startTime,
  };
  const tell = { state: state.name, index: iteration.index };
  emit(child, { event: 'execution-started', ...tell });
  try {
    const output = await runChildChain(state, child, work.signal);
    emit(child, { event: 'execution-succeeded', ...tell });
    return {
      ...base,
      Output: JSON.stringify(output),
      Status: 'SUCCEEDED',
      StopDate: child.host.clock.now().toISOString(),
    };
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    emit(child, { event: 'execution-failed', ...tell, error: error.error, cause: error.message });
    const failed = { Error: error.error, Cause: error.message, Status: 'FAILED' } as const;
    return { ...base, ...failed, StopDate: child.host.clock.now().toISOString() };
  }
}

async function runChildChain(state: MapState, child: Execution, outer: AbortSignal): Promise<Json> {
  const own = linkedAbort(outer);
  const run = async () => {
    // ExecutionStarted, and later ExecutionSucceeded.
    child.history.record(1);
    const frame = { execution: child, variables: executionVariables(), signal: own.signal, mapItem: undefined };
    const output = await child.runChain(state.processor, child.input, frame);
    child.history.record(1);
    return output;
  };
  try {
    if (!state.express) return await run();
    return await withTimeLimit(run, { clock: child.host.clock, seconds: EXPRESS_SECONDS, scope: own });
  } finally {
    own.release();
  }
}

function childOf(parent: Execution, state: MapState, input: Json): Execution {
  const name = uuidFrom(parent.host.random);
  return {
    ...parent,
    id: `arn:aws:states:local:000000000000:execution:${parent.machineName}/${state.label}:${name}`,
    name,
    parentId: parent.id,
    input,
    startTime: parent.host.clock.now().toISOString(),
    history: createHistory(),
  };
}

interface Collector {
  add(index: number, record: ChildExecutionRecord): void;
  result(mapRunArn: string): Promise<Json>;
}

function collector(state: MapState, visit: Visit): Collector {
  return state.writer ? resultFiles(state.writer, visit) : plainCollector(mapResults(visit));
}

/**
 * Outputs in the order of the items. A tolerated failure is told with the execution's own record, as Step Functions does
 * (developer guide, "ResultWriter (Map)": results of failed executions are returned as they are, whatever the transformation).
 */
function plainCollector(results: MapResults): Collector {
  return {
    add: (index, record) => {
      const { Output: output, ...rest } = record;
      results.add(index, output === undefined ? { ...rest } : JSON.parse(output));
    },
    result: async () => results.all(),
  };
}
