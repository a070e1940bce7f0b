import { z } from 'zod';
import type { StepRecord } from '../domain/run.ts';
import { withoutSecrets } from '../domain/secrets.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { inParallel } from './in-parallel.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';

/** A long run leaves tens of thousands of records; one after another they would take a Lambda's whole life. */
const READ_AT_ONCE = 32;

const callSchema = z.strictObject({
  step: z.string(),
  event: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
});

/** Notes that a step was called; `event` is the hash of what it was called with. */
export async function recordCall(
  services: Services,
  { dataset, run }: RunReference,
  call: { step: string; event: string; startedAt: Date },
): Promise<void> {
  const record = { ...call, startedAt: call.startedAt.toISOString(), finishedAt: services.now().toISOString() };
  await services.results.write(keys.work(dataset, run).step(call.step, services.uuid()), JSON.stringify(record));
}

/** Every step that ran, with how often and when. A step may be unable to read, so that attempts are counted here. */
export async function readStepRecords(results: ObjectStore, { dataset, run }: RunReference): Promise<StepRecord[]> {
  const records = new Map<string, StepRecord & { events: Set<string> }>();
  await inParallel(results.list(keys.work(dataset, run).steps), READ_AT_ONCE, async ({ key }) => {
    const call = await readJson(results, key, (value) => callSchema.parse(value));
    if (call === null) return;
    const { step, event, startedAt, finishedAt } = call;
    const record = records.get(step) ?? { step, attempts: 0, repeated: 0, startedAt, finishedAt, events: new Set() };
    records.set(step, record);
    record.attempts += 1;
    record.repeated += record.events.has(event) ? 1 : 0;
    record.events.add(event);
    if (startedAt < record.startedAt) record.startedAt = startedAt;
    if (finishedAt > record.finishedAt) record.finishedAt = finishedAt;
  });
  const all = [...records.values()].map(({ events: _events, ...record }) => record);
  return all.sort(
    (left, right) => compare(left.startedAt, right.startedAt) || compare(left.finishedAt, right.finishedAt),
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const failureSchema = z.strictObject({ at: z.string(), message: z.string() });

/** Notes why a call failed: of a Map's child that gives up, the state machine tells that it did, and not why. */
export async function noteFailure(
  services: Services,
  { dataset, run }: RunReference,
  { step, event, error }: { step: string; event: unknown; error: unknown },
): Promise<void> {
  const message = withoutSecrets(error instanceof Error ? error.message : String(error));
  const note = JSON.stringify({ at: services.now().toISOString(), message });
  try {
    await services.results.write(keys.work(dataset, run).failure(nameOf(step, targetIn(event))), note);
  } catch (problem) {
    // The failure itself is what must be thrown, most of all where it is the store that fails.
    services.log.info('a failure could not be noted', { step, error: String(problem) });
  }
}

/** Why a step (of one target) failed last since `since` (ISO time), or null. */
export async function readFailure(
  { results }: Services,
  { dataset, run }: RunReference,
  { step, target, since }: { step: string; target?: string; since: string },
): Promise<string | null> {
  const key = keys.work(dataset, run).failure(nameOf(step, target));
  const failure = await readJson(results, key, (value) => failureSchema.parse(value));
  return failure === null || failure.at < since ? null : failure.message;
}

function nameOf(step: string, target: string | undefined): string {
  return target === undefined ? step : `${step}.${target}`;
}

/** The target that a call is about, where it is about one. */
function targetIn(event: unknown): string | undefined {
  const parsed = z.looseObject({ target: z.string() }).safeParse(event);
  return parsed.success ? parsed.data.target : undefined;
}
