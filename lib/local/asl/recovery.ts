import { errorOutput, StateFailure } from './errors.ts';
import { emit, type Visit } from './execution.ts';
import { finish, type Step } from './finish.ts';
import type { Recovery, Retrier } from './machine.ts';

/** Wildcards never match these (developer guide, "Handling errors"); States.Runtime matches nothing at all. */
const BEYOND_WILDCARDS = ['States.DataLimitExceeded', 'States.Runtime'];

/** Runs a state with its Retry and Catch: sleeps between tries on the host's clock, and hands a caught error on. */
export async function withRecovery(visit: Visit, recovery: Recovery, attempt: () => Promise<Step>): Promise<Step> {
  const used = new Map<Retrier, number>();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StateFailure) || error.fatal || visit.frame.signal.aborted) throw error;
      const delaySeconds = nextDelay(error.error, recovery.retriers, used, visit.frame.execution.host.random);
      if (delaySeconds === undefined) return await caught(visit, recovery, error);
      await pause(visit, error, delaySeconds);
    }
  }
}

/** Whether an ErrorEquals list matches an error name. */
export function matchesError(errorEquals: readonly string[], error: string): boolean {
  if (errorEquals.includes(error)) return error !== 'States.Runtime';
  if (BEYOND_WILDCARDS.includes(error)) return false;
  if (errorEquals.includes('States.ALL')) return true;
  return errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout';
}

/** Seconds until the next try by the first retrier that matches; undefined when none does, or it has no tries left. */
function nextDelay(
  error: string,
  retriers: readonly Retrier[],
  used: Map<Retrier, number>,
  random: () => number,
): number | undefined {
  const retrier = retriers.find(({ errorEquals }) => matchesError(errorEquals, error));
  if (retrier === undefined) return undefined;
  const tries = used.get(retrier) ?? 0;
  if (tries >= retrier.maxAttempts) return undefined;
  used.set(retrier, tries + 1);
  const grown = retrier.intervalSeconds * retrier.backoffRate ** tries;
  const capped = Math.min(grown, retrier.maxDelaySeconds ?? Number.MAX_SAFE_INTEGER);
  return retrier.fullJitter ? capped * random() : capped;
}

async function pause(visit: Visit, failure: StateFailure, delaySeconds: number): Promise<void> {
  const { execution, signal } = visit.frame;
  visit.retryCount += 1;
  emit(execution, {
    event: 'state-retried',
    state: visit.state.name,
    stateType: visit.state.type,
    attempt: visit.retryCount,
    delaySeconds,
    error: failure.error,
    cause: failure.message,
  });
  await execution.host.clock.sleep(delaySeconds * 1000, signal);
}

async function caught(visit: Visit, recovery: Recovery, failure: StateFailure): Promise<Step> {
  const catcher = recovery.catchers.find(({ errorEquals }) => matchesError(errorEquals, failure.error));
  if (catcher === undefined) throw failure;
  emit(visit.frame.execution, {
    event: 'state-caught',
    state: visit.state.name,
    stateType: visit.state.type,
    attempt: visit.retryCount,
    error: failure.error,
    cause: failure.message,
  });
  return finish(visit, catcher, { next: catcher.next, fallback: errorOutput(failure), available: { failure } });
}
