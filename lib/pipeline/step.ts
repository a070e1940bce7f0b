import { z } from 'zod';
import { hashOf } from '../domain/canonical.ts';
import type { StepRecord } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import { ObjectChangedError, type ObjectStore, readJson } from '../storage/object-store.ts';
import { writeEnding } from './ending.ts';
import { type RunReference, runReferenceSchema } from './manifest.ts';
import type { Services, Step } from './services.ts';

/** Makes a step: the event is parsed at the door and nowhere inside, and each call leaves a record of when it ran. */
export function step<T>(
  name: string,
  schema: z.ZodType<T>,
  run: (event: T, services: Services) => Promise<unknown>,
): Step {
  return {
    name,
    run: async (event, services) => {
      const parsed = schema.safeParse(event);
      if (!parsed.success)
        throw new EventError(
          name,
          parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
        );
      const startedAt = services.now();
      const answer = await supersededOnChange(services, event, () => run(parsed.data, services));
      const reference = referenceIn(event) ?? startedRun(answer);
      if (reference !== null) await recordCall(services, reference, { step: name, event: hashOf(event), startedAt });
      return answer;
    },
  };
}

/** An event that no version of the state machine sends: a broken machine, never bad data. */
export class EventError extends Error {
  override name = 'EventError';
  constructor(stepName: string, problems: string) {
    super(`[${stepName}] the event is not one that this step takes: ${problems}. Check functions/pipeline.asl.json.`);
  }
}

const callSchema = z.strictObject({
  step: z.string(),
  event: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
});

/** Every step that ran, with how often and when. A step may be unable to read, so that attempts are counted here. */
export async function readStepRecords(results: ObjectStore, { dataset, run }: RunReference): Promise<StepRecord[]> {
  const records = new Map<string, StepRecord & { events: Set<string> }>();
  for await (const { key } of results.list(keys.work(dataset, run).steps)) {
    const call = await readJson(results, key, (value) => callSchema.parse(value));
    if (call === null) continue;
    const { step: name, event, startedAt, finishedAt } = call;
    const record = records.get(name) ?? { step: name, attempts: 0, repeated: 0, startedAt, finishedAt, events: new Set() };
    records.set(name, record);
    record.attempts += 1;
    record.repeated += record.events.has(event) ? 1 : 0;
    record.events.add(event);
    if (startedAt < record.startedAt) record.startedAt = startedAt;
    if (finishedAt > record.finishedAt) record.finishedAt = finishedAt;
  }
  const all = [...records.values()].map(({ events: _events, ...record }) => record);
  return all.sort((left, right) => (left.startedAt < right.startedAt ? -1 : 1));
}

/** An object of the drop that changes under a run ends it: what has been read belongs to a state that is gone. */
async function supersededOnChange<T>(services: Services, event: unknown, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reference = referenceIn(event);
    if (error instanceof ObjectChangedError && reference !== null) {
      const message = `"${error.key}" was changed while the run was reading it; the new state of the drop is a run of its own.`;
      await writeEnding(services, reference, { status: 'superseded', message });
    }
    throw error;
  }
}

async function recordCall(
  services: Services,
  { dataset, run }: RunReference,
  call: { step: string; event: string; startedAt: Date },
): Promise<void> {
  const record = { ...call, startedAt: call.startedAt.toISOString(), finishedAt: services.now().toISOString() };
  await services.results.write(keys.work(dataset, run).step(call.step, services.uuid()), JSON.stringify(record));
}

/** `survey` tells which run it began; a duplicate leaves no trace in the run of another. */
function startedRun(answer: unknown): RunReference | null {
  const isDuplicate = z.looseObject({ outcome: z.literal('duplicate') }).safeParse(answer).success;
  return isDuplicate ? null : referenceIn(answer);
}

function referenceIn(value: unknown): RunReference | null {
  const parsed = runReferenceSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
