import type { StoredJob, TuningRequest } from './documents.ts';
import type { Violation } from './refusal.ts';
import { MODELS } from './rules.ts';
import { type JobPosition, positionAt } from './timeline.ts';
import { checkpointIds, modelName } from './view.ts';

/** Where a job's model begins, and which version of which model it becomes. */
export interface Source {
  /** The base of it all. */
  model: string;
  /** The model that gets a new version; null = the job makes a model of its own. */
  versionOf: string | null;
  version: number;
}

interface Here {
  project: string;
  location: string;
  jobs: readonly StoredJob[];
  now: number;
}

/**
 * Continuous tuning, by Google's page on it (2026-11-23): a model resource with a version, an alias, or neither for the default one; its
 * key for encryption; no new model but where another display name is given. No page says that a model may lie in another location.
 */
export function sourceOf(request: TuningRequest, here: Here): Source | Violation {
  const { preTunedModel, tunedModelDisplayName, encryptionSpec } = request;
  const field = 'tuning_job.pre_tuned_model.tuned_model_name';
  const named = preTunedModel?.tunedModelName ?? '';
  const [name = '', version = DEFAULT] = named.split('@');
  const versions = here.jobs.filter((job) => modelName(job) === name);
  const found = pick(
    versions.filter((job) => isDone(positionAt(job, here.now))),
    version,
  );
  if (found === null || found.project !== here.project || found.location !== here.location)
    return { field, description: `${named.slice(0, 200)} is not a tuned model.` };
  if (MODELS.get(found.model)?.continues !== true)
    return { field, description: `Continuous tuning is not supported for ${found.model}.` };
  const checkpoint = preTunedModel?.checkpointId;
  if (checkpoint !== undefined && !checkpointIds(found).includes(checkpoint))
    return {
      field: 'tuning_job.pre_tuned_model.checkpoint_id',
      description: `There is no checkpoint ${checkpoint.slice(0, 80)}.`,
    };
  if (encryptionSpec?.kmsKeyName !== found.request.encryptionSpec?.kmsKeyName)
    return { field: 'tuning_job.encryption_spec', description: 'Must be the key of the pre-tuned model.' };
  const isNew = tunedModelDisplayName !== undefined && tunedModelDisplayName !== found.request.tunedModelDisplayName;
  return isNew
    ? { model: found.model, versionOf: null, version: 1 }
    : { model: found.model, versionOf: name, version: 1 + Math.max(...versions.map((job) => job.version)) };
}

const DEFAULT = 'default';

/** A version by its number; the default one is the newest here. Other aliases are set in the Model Registry, which nobody simulates. */
function pick(versions: readonly StoredJob[], version: string): StoredJob | null {
  const known = [...versions].sort((left, right) => right.version - left.version);
  return (version === DEFAULT ? known[0] : known.find((job) => String(job.version) === version)) ?? null;
}

function isDone({ state }: JobPosition): boolean {
  return state === 'SUCCEEDED' || state === 'PARTIALLY_SUCCEEDED';
}
