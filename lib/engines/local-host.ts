import { TaskError } from '../local/asl/errors.ts';
import type { AslClock, AslHost, HistoryEvent } from '../local/asl/host.ts';
import type { Services } from '../pipeline/services.ts';
import { STEPS } from '../pipeline/steps.ts';
import { readJsonLines } from '../storage/object-store.ts';

/** Steps that hold tens of megabytes each: as many at once as keep two cores busy. Lambda gives each its own machine. */
const HEAVY_STEPS: ReadonlySet<string> = new Set(['normalize', 'collect', 'convert', 'stage']);
const HEAVY_AT_ONCE = 2;

/** Runs the machine's functions as plain calls in this process; events and answers cross as JSON, as they would on Lambda. */
export function localHost(
  services: Services,
  { clock, onEvent }: { clock: AslClock; onEvent: (event: HistoryEvent) => void },
): AslHost {
  const inTurn = limiter(HEAVY_AT_ONCE);
  return {
    clock,
    onEvent,
    random: Math.random,
    invoke: async (functionName, payload) => {
      const step = STEPS.get(functionName);
      if (step === undefined)
        throw new TaskError('Lambda.ResourceNotFoundException', `there is no function "${functionName}"`);
      const call = async () => {
        try {
          return await step.run(payload, services);
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          services.log.info(`${functionName} failed`, { error: error.message });
          throw new TaskError(error.name, error.message, error.stack?.split('\n').slice(0, 10));
        }
      };
      return HEAVY_STEPS.has(functionName) ? inTurn(call) : call();
    },
    readItems: ({ Key }) => readJsonLines(services.results, Key, (value) => value),
  };
}

function limiter(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
