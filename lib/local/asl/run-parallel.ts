import { linkedAbort } from './abort.ts';
import { checkPayload, evaluateField, type Visit } from './execution.ts';
import { finish, type Step } from './finish.ts';
import { type Json, jsonCopy } from './json.ts';
import type { ParallelState } from './machine.ts';
import { allOrFirstFailure } from './pool.ts';

/** One try of a Parallel state: all branches at once; the first that fails stops the others and fails the state. */
export async function runParallel(state: ParallelState, visit: Visit): Promise<Step> {
  const { frame } = visit;
  const { execution } = frame;
  const input = state.argument ? await evaluateField(state.argument, visit) : visit.input;
  checkPayload(input, 'arguments', visit);
  // ParallelStateStarted and ParallelStateSucceeded.
  execution.history.record(1);
  const siblings = linkedAbort(frame.signal);
  try {
    const branches = state.branches.map((branch) =>
      execution.runChain(branch, jsonCopy(input), {
        ...frame,
        variables: frame.variables.inner(),
        signal: siblings.signal,
      }),
    );
    const result: Json[] = await allOrFirstFailure(branches, siblings);
    execution.history.record(1);
    checkPayload(result, 'a result', visit);
    return await finish(visit, state, { next: state.next, fallback: result, available: { result } });
  } finally {
    siblings.release();
  }
}
