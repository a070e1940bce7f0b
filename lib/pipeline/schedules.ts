import { z } from 'zod';
import { hashOf } from '../domain/canonical.ts';
import type { DatasetState } from '../domain/history.ts';
import { resolvedRetrainSchema } from '../domain/retrain.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { changeJson } from './change-json.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';

/** When a dataset is to be trained again, and which of its occasions were taken: `.finedrop/schedules/<dataset>.json`. */
const scheduleSchema = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  simulated: z.boolean(),
  retrain: resolvedRetrainSchema,
  targets: z.array(z.strictObject({ name: z.string(), provider: z.string(), model: z.string() })),
  /** The newest run that accepted the dataset; the command line finds there how it was asked for. */
  run: z.string(),
  /** When the state was accepted whose settings these are. */
  accepted: z.iso.datetime(),
  /** From when on the schedule counts. */
  since: z.iso.datetime(),
  /** The last occasion of each kind that was taken: a moment, a state, a date. */
  taken: z.strictObject({
    schedule: z.iso.datetime().nullable(),
    rows: z.string().nullable(),
    retirement: z.string().nullable(),
  }),
});
export type ScheduleRecord = z.infer<typeof scheduleSchema>;

/** Whether anything but a drop can ask for a training. */
function isScheduled({ retrain }: Manifest['spec']): boolean {
  return retrain.schedule !== null || retrain.minNewRows !== null;
}

/** Keeps when the dataset is to be trained again, as the newest accepted state of it says. */
export async function publishSchedule(
  services: Services,
  manifest: Manifest,
  { at: accepted }: Pick<DatasetState, 'at'>,
): Promise<void> {
  const { results, simulated, now } = services;
  const { dataset, run, spec } = manifest;
  const key = keys.schedule(dataset);
  const standing = await readSchedule(results, dataset);
  if (isOutdated(standing, { accepted, simulated })) return;
  if (!isScheduled(spec)) {
    if (standing !== null) await results.remove(key);
    return;
  }
  const targets = manifest.targets.map(({ name, provider, model }) => ({ name, provider, model }));
  await changeJson<ScheduleRecord>(results, key, {
    parse: (value) => scheduleSchema.parse(value),
    change: (found) => {
      if (isOutdated(found, { accepted, simulated })) return null;
      // What was simulated has its own clock, and its occasions were none.
      const before = found?.simulated === simulated ? found : null;
      const isSame = before?.retrain.schedule === spec.retrain.schedule && before.retrain.zone === spec.retrain.zone;
      return {
        schemaVersion: 1,
        dataset,
        simulated,
        retrain: spec.retrain,
        targets,
        // How a check was asked for is no way to ask for a training.
        run: manifest.command === 'run' ? run : (before?.run ?? run),
        accepted,
        since: isSame && before !== null ? before.since : now().toISOString(),
        taken: before?.taken ?? { schedule: null, rows: null, retirement: null },
      };
    },
  });
}

/** Keeps it for a drop whose run has ended already, where it is to be trained again otherwise than was said so far. */
export async function renewSchedule(services: Services, manifest: Manifest): Promise<void> {
  const { retrain } = manifest.spec;
  const standing = await readSchedule(services.results, manifest.dataset);
  const isSame = standing === null ? !isScheduled(manifest.spec) : hashOf(standing.retrain) === hashOf(retrain);
  if (!isSame) await publishSchedule(services, manifest, { at: services.now().toISOString() });
}

/**
 * A run that trained for days ends after newer states of the drop were accepted, which may say otherwise; and what is only simulated
 * never stands in the way of a real schedule.
 */
function isOutdated(
  standing: ScheduleRecord | null,
  { accepted, simulated }: Pick<ScheduleRecord, 'accepted' | 'simulated'>,
): boolean {
  if (standing === null) return false;
  return standing.simulated === simulated ? standing.accepted > accepted : simulated;
}

/** When one dataset is to be trained again; null = nobody said. */
export function readSchedule(results: ObjectStore, dataset: string): Promise<ScheduleRecord | null> {
  return readJson(results, keys.schedule(dataset), (value) => scheduleSchema.parse(value));
}

/** The datasets that are to be trained again at some time. `onUnreadable` is told of a record that cannot be read, or was written by another version; without it that throws. */
export async function* listSchedules(
  results: ObjectStore,
  onUnreadable?: (dataset: string, error: unknown) => void,
): AsyncGenerator<ScheduleRecord> {
  for await (const { key } of results.list(keys.schedules)) {
    const dataset = key.slice(keys.schedules.length, -'.json'.length);
    try {
      const record = await readSchedule(results, dataset);
      if (record !== null) yield record;
    } catch (error) {
      if (onUnreadable === undefined) throw error;
      onUnreadable(dataset, error);
    }
  }
}

/** Notes that an occasion was taken, so that no later tick takes it again. */
export async function takeOccasion(
  results: ObjectStore,
  dataset: string,
  taken: Partial<ScheduleRecord['taken']>,
): Promise<void> {
  await changeJson(results, keys.schedule(dataset), {
    parse: (value) => scheduleSchema.parse(value),
    change: (standing) => (standing === null ? null : { ...standing, taken: { ...standing.taken, ...taken } }),
  });
}
