import { type LinkedAbort, linkedAbort } from './abort.ts';
import { StateFailure } from './errors.ts';
import { emit, type Visit } from './execution.ts';
import { numberField } from './field-values.ts';
import { finish, type Step } from './finish.ts';
import type { Json } from './json.ts';
import { MAX_CONCURRENCY } from './limits.ts';
import type { MapState } from './machine.ts';
import { checkIterationInput, type Iteration, type MapSource, mapSource } from './map-items.ts';
import { mapResults } from './map-results.ts';
import { forEachConcurrently } from './pool.ts';
import { runDistributed } from './run-distributed-map.ts';

/** Most iterations at once (developer guide: 40 inline, 10,000 child executions). */
const MOST_INLINE = 40;
const MOST_CHILDREN = 10_000;

/** One try of a Map state. */
export async function runMap(state: MapState, visit: Visit): Promise<Step> {
  const { frame } = visit;
  const limit = await concurrencyOf(state, visit);
  const source = await mapSource(state, visit);
  // MapStateStarted, and later MapStateSucceeded.
  frame.execution.history.record(1);
  const siblings = linkedAbort(frame.signal);
  try {
    const pool = { limit, siblings };
    const result = state.distributed
      ? await runDistributed(state, visit, { source, pool })
      : await runInline(state, visit, { source, pool });
    frame.execution.history.record(1);
    return await finish(visit, state, { next: state.next, fallback: result, available: { result } });
  } finally {
    siblings.release();
  }
}

async function concurrencyOf(state: MapState, visit: Visit): Promise<number> {
  const asked = state.maxConcurrency
    ? await numberField(state.maxConcurrency, visit, { path: 'MaxConcurrency', rule: MAX_CONCURRENCY })
    : 0;
  const wanted = asked === 0 ? visit.frame.execution.concurrency : asked;
  return Math.min(wanted, state.distributed ? MOST_CHILDREN : MOST_INLINE);
}

/** Iterations share the execution's history; the first that fails stops the others and fails the state with its own error. */
async function runInline(
  state: MapState,
  visit: Visit,
  work: { source: MapSource; pool: { limit: number; siblings: LinkedAbort } },
): Promise<Json> {
  const results = mapResults(visit);
  await forEachConcurrently(work.source.iterations, work.pool, async (iteration) => {
    checkIterationInput(iteration, visit);
    results.add(iteration.index, await runIteration(state, visit, { iteration, signal: work.pool.siblings.signal }));
  });
  return results.all();
}

async function runIteration(
  state: MapState,
  visit: Visit,
  work: { iteration: Iteration; signal: AbortSignal },
): Promise<Json> {
  const { frame } = visit;
  const { execution } = frame;
  const { iteration } = work;
  const tell = { state: state.name, stateType: state.type, index: iteration.index };
  execution.history.record(1);
  emit(execution, { event: 'iteration-started', ...tell });
  try {
    const inner = { ...frame, variables: frame.variables.inner(), mapItem: iteration.item, signal: work.signal };
    const output = await execution.runChain(state.processor, iteration.input, inner);
    execution.history.record(1);
    emit(execution, { event: 'iteration-succeeded', ...tell });
    return output;
  } catch (error) {
    if (error instanceof StateFailure) {
      emit(execution, { event: 'iteration-failed', ...tell, error: error.error, cause: error.message });
    }
    throw error;
  }
}
