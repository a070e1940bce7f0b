import type { LinkedAbort } from './abort.ts';
import { ExecutionAborted, StateFailure } from './errors.ts';
import type { AslClock } from './host.ts';

/** Runs work inside `scope`, which is stopped after some seconds of the clock; that ends in States.Timeout. */
export async function withTimeLimit<Result>(
  run: () => Promise<Result>,
  options: { clock: AslClock; seconds: number; scope: LinkedAbort },
): Promise<Result> {
  const timer = new AbortController();
  let over = false;
  const expire = () => {
    over = true;
    options.scope.abort();
  };
  const wait = options.clock.deadline?.(options.seconds * 1000, timer.signal);
  (wait ?? options.clock.sleep(options.seconds * 1000, timer.signal)).then(expire, () => undefined);
  try {
    return await run();
  } catch (error) {
    if (!over || !(error instanceof ExecutionAborted)) throw error;
    throw new StateFailure('States.Timeout', `The execution did not end within ${options.seconds} s.`);
  } finally {
    timer.abort();
  }
}
