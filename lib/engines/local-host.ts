import { TaskError } from '../local/asl/errors.ts';
import type { AslClock, AslHost, HistoryEvent } from '../local/asl/host.ts';
import { createSlots } from '../media/download-slots.ts';
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
  const slots = createSlots(HEAVY_AT_ONCE);
  return {
    clock: withoutLimits(clock),
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
      return HEAVY_STEPS.has(functionName) ? slots('heavy', call) : call();
    },
    readItems: ({ Key }) => readJsonLines(services.results, Key, (value) => value),
    writeObject: async ({ Key }, body) => void (await services.results.write(Key, body)),
  };
}

/**
 * No time limits: they are Lambda's, which ends what has outlived them. Here nothing can be ended, so that a late step would go on
 * beside its own retry; and steps that wait for their turn would be late before they began.
 */
function withoutLimits(clock: AslClock): AslClock {
  return { ...clock, deadline: () => new Promise(() => {}) };
}
