import { setMaxListeners } from 'node:events';
import { ExecutionAborted } from './errors.ts';

/** A controller that follows an outer signal; `release` unlinks it, so that long-lived signals keep no listeners. */
export interface LinkedAbort {
  signal: AbortSignal;
  abort(reason?: unknown): void;
  release(): void;
}

/** AbortSignal.any would do, but Node 20 keeps its sources alive as long as the outer signal lives. */
export function linkedAbort(outer: AbortSignal | undefined): LinkedAbort {
  const controller = new AbortController();
  // Hundreds of a Map's children may follow one signal: that is no leak to warn people of.
  setMaxListeners(0, controller.signal);
  const follow = () => controller.abort(outer?.reason);
  if (outer?.aborted === true) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => outer?.removeEventListener('abort', follow),
  };
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new ExecutionAborted('the execution was stopped.', { cause: signal.reason });
}
