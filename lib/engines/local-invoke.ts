import { join } from 'node:path';
import { z } from 'zod';
import { didYouMean } from '../domain/nearest-name.ts';
import { openSimulatedClock } from '../local/simulators/clock.ts';
import { type Execution, receive } from '../pipeline/receive.ts';
import { type Due, dueFor, occasionFor } from '../pipeline/retrain.ts';
import { listSchedules } from '../pipeline/schedules.ts';
import { STEPS } from '../pipeline/steps.ts';
import { findDrop } from './local-drop.ts';
import { openEnvironment } from './local-environment.ts';
import { providerFacts } from './local-schedule.ts';
import { openResults } from './local-stores.ts';
import { UsageError } from './usage-error.ts';

export interface Invocation {
  /** As the files in `functions/` are called. */
  functionName: string;
  event: unknown;
  /** A folder whose sub-folders are drops. */
  inbox: string;
  out: string;
  allowHosts: readonly string[];
  log: (message: string, facts?: Readonly<Record<string, string | number | boolean>>) => void;
}

/** Functions that can be called, in the order of the pipeline. */
export const FUNCTION_NAMES: readonly string[] = ['receive', ...STEPS.keys(), 'retrain'];

/** Calls one function with an event, as Lambda would, with the embedded engine's stores and simulated providers. */
export async function invokeLocal(invocation: Invocation): Promise<unknown> {
  const { functionName } = invocation;
  if (functionName === 'receive') return receiveLocally(invocation);
  if (functionName === 'retrain') return retrainLocally(invocation);
  const step = STEPS.get(functionName);
  if (step === undefined)
    throw new UsageError(
      `there is no function "${functionName}".${didYouMean(functionName, FUNCTION_NAMES)} Known: ${FUNCTION_NAMES.join(', ')}.`,
    );
  const { inbox, out, allowHosts, log, event } = invocation;
  const drop = await findDrop([join(inbox, datasetIn(event))], out);
  const { services, close } = await openEnvironment({ command: 'run', paths: [], out, allowHosts, log }, drop);
  try {
    return (await step.run(event, services)) ?? null;
  } finally {
    await close();
  }
}

/** Starts nothing: which executions the events would start is what one wants to see. */
async function receiveLocally({ event, log }: Invocation): Promise<unknown> {
  const executions: Execution[] = [];
  const buckets = bucketsIn(event);
  const answer = await receive(event, {
    ...buckets,
    start: async (execution) => {
      executions.push(execution);
      return 'started';
    },
    log: { info: log },
  });
  return { ...answer, executions };
}

/** Starts nothing and takes no occasion: what the tick would start is what one wants to see. Due are simulated datasets, by simulated time. */
async function retrainLocally({ out }: Invocation): Promise<{ due: Due[] }> {
  const { now } = await openSimulatedClock(join(out, '.finedrop', 'simulators'));
  const { store: results, close } = await openResults(out, undefined);
  try {
    const due: Due[] = [];
    for await (const record of listSchedules(results)) {
      if (!record.simulated) continue;
      const occasion = await occasionFor({ results, now, provider: providerFacts(true) }, record);
      if (occasion !== null) due.push(dueFor(record.dataset, occasion));
    }
    return { due };
  } finally {
    close();
  }
}

const controlSchema = z.object({ detail: z.object({ bucket: z.object({ name: z.string() }) }) });
const recordsSchema = z.object({ Records: z.array(z.object({ body: z.string() })) });

/** Whatever bucket an event names is the right one here; control objects lie in the results bucket. */
function bucketsIn(event: unknown): { inboxBucket: string; resultsBucket: string } {
  const parsed = recordsSchema.safeParse(event);
  const bodies = parsed.success ? parsed.data.Records.map(({ body }) => body) : [];
  const nameOf = (body: string | undefined) => {
    const named = controlSchema.safeParse(body === undefined ? null : JSON.parse(body));
    return named.success ? named.data.detail.bucket.name : '';
  };
  const isControl = (body: string) => body.includes('".finedrop/control/');
  return {
    inboxBucket: nameOf(bodies.find((body) => !isControl(body))),
    resultsBucket: nameOf(bodies.find(isControl)),
  };
}

const datasetSchema = z.union([
  z.object({ dataset: z.string().min(1) }),
  z.object({ request: z.object({ dataset: z.string().min(1) }) }),
]);

function datasetIn(event: unknown): string {
  const parsed = datasetSchema.safeParse(event);
  if (!parsed.success) throw new UsageError('the event names no dataset. See events/ for an event of each function.');
  return 'dataset' in parsed.data ? parsed.data.dataset : parsed.data.request.dataset;
}
