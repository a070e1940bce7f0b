import { type JsonObject, own } from '../json-value.ts';
import type { TuningRequest } from './documents.ts';
import type { Violation } from './refusal.ts';
import { ADAPTER_SIZES, LABEL_KEY, LABEL_VALUE, LONGEST_DISPLAY_NAME, MODELS, MOST_LABELS } from './rules.ts';
import { readMessage, type Shape } from './spell.ts';

/** TuningJob as far as a Gemini job may set it; `opaque` are the service's own outputs, which it ignores in a request. */
const REQUEST_SHAPE: Shape = {
  baseModel: 'string',
  preTunedModel: { tunedModelName: 'string', checkpointId: 'string', baseModel: 'opaque' },
  supervisedTuningSpec: {
    trainingDatasetUri: 'string',
    validationDatasetUri: 'string',
    hyperParameters: { epochCount: 'int64', learningRateMultiplier: 'number', adapterSize: 'enum' },
    exportLastCheckpointOnly: 'boolean',
  },
  tunedModelDisplayName: 'string',
  description: 'string',
  labels: 'map',
  serviceAccount: 'string',
  encryptionSpec: { kmsKeyName: 'string' },
  ...Object.fromEntries(
    ['name', 'state', 'createTime', 'startTime', 'endTime', 'updateTime', 'error', 'experiment'].map((field) => [
      field,
      'opaque' as const,
    ]),
  ),
  tunedModel: 'opaque',
  tuningDataStats: 'opaque',
};

const SERVICE_ACCOUNT = /^[a-z0-9-]{1,63}@[a-z0-9.-]{1,200}\.gserviceaccount\.com$/;
const KMS_KEY = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;

/** Reads the body of a create; what depends on other resources (files, tuned models) is checked by the caller. */
export function readTuningRequest(body: unknown): { request: TuningRequest; violations: Violation[] } {
  const { message, violations } = readMessage(body, REQUEST_SHAPE, 'tuning_job');
  const request = withoutOutputs(message);
  violations.push(...checkSource(request), ...checkSpec(request), ...checkNames(request), ...checkLabels(request));
  return { request, violations };
}

/** Fields were typed by the shape; a required one that is missing is told by the checks. */
function withoutOutputs(message: JsonObject): TuningRequest {
  const kept = Object.entries(message).filter(([field]) => REQUEST_SHAPE[field] !== 'opaque');
  const hyperParameters = readHyperParameters(message);
  const spec = own(message, 'supervisedTuningSpec') as TuningRequest['supervisedTuningSpec'] | undefined;
  const supervisedTuningSpec = {
    ...spec,
    trainingDatasetUri: spec?.trainingDatasetUri ?? '',
    ...(hyperParameters === undefined ? {} : { hyperParameters }),
  };
  return { ...(Object.fromEntries(kept) as Partial<TuningRequest>), supervisedTuningSpec };
}

/** An enum may come as its number, as the gRPC client sends it. */
function readHyperParameters(message: JsonObject) {
  const spec = own(message, 'supervisedTuningSpec') as JsonObject | undefined;
  const given = spec === undefined ? undefined : (own(spec, 'hyperParameters') as JsonObject | undefined);
  if (given === undefined) return undefined;
  const size = own(given, 'adapterSize');
  const named = Object.entries(ADAPTER_SIZES).find(([, number]) => number === size)?.[0];
  return { ...given, ...(size === undefined || size === 0 ? {} : { adapterSize: named ?? String(size) }) };
}

function checkSource({ baseModel, preTunedModel }: TuningRequest): Violation[] {
  if ((baseModel === undefined) === (preTunedModel === undefined)) {
    const description = 'Exactly one of base_model and pre_tuned_model must be set.';
    return [{ field: 'tuning_job.source_model', description }];
  }
  if (baseModel !== undefined && !MODELS.has(baseModel)) {
    return [{ field: 'tuning_job.base_model', description: `Base model ${baseModel.slice(0, 80)} is not supported.` }];
  }
  return [];
}

function checkSpec({ supervisedTuningSpec: spec }: TuningRequest): Violation[] {
  const field = 'tuning_job.supervised_tuning_spec';
  const violations = checkUri(spec.trainingDatasetUri, `${field}.training_dataset_uri`);
  if (spec.validationDatasetUri !== undefined) {
    violations.push(...checkUri(spec.validationDatasetUri, `${field}.validation_dataset_uri`));
  }
  const { epochCount, learningRateMultiplier } = spec.hyperParameters ?? {};
  if (epochCount !== undefined && BigInt(epochCount) < 1n) {
    violations.push({ field: `${field}.hyper_parameters.epoch_count`, description: 'Must be at least 1.' });
  }
  if (learningRateMultiplier !== undefined && learningRateMultiplier <= 0) {
    violations.push({ field: `${field}.hyper_parameters.learning_rate_multiplier`, description: 'Must be positive.' });
  }
  return violations;
}

function checkUri(uri: string, field: string): Violation[] {
  if (uri === '') return [{ field, description: 'Required field is not set.' }];
  if (/^gs:\/\/[a-z0-9][a-z0-9._-]+\/.*[^/]\.jsonl$/.test(uri)) return [];
  return [{ field, description: `${uri.slice(0, 200)} should be a GCS object of type JSONL.` }];
}

function checkNames(request: TuningRequest): Violation[] {
  const violations: Violation[] = [];
  const { tunedModelDisplayName, serviceAccount, encryptionSpec } = request;
  if ((tunedModelDisplayName?.length ?? 0) > LONGEST_DISPLAY_NAME) {
    violations.push({ field: 'tuning_job.tuned_model_display_name', description: 'Must be at most 128 characters.' });
  }
  if (serviceAccount !== undefined && !SERVICE_ACCOUNT.test(serviceAccount)) {
    violations.push({ field: 'tuning_job.service_account', description: 'Is not the address of a service account.' });
  }
  if (encryptionSpec !== undefined && !KMS_KEY.test(encryptionSpec.kmsKeyName ?? '')) {
    violations.push({ field: 'tuning_job.encryption_spec.kms_key_name', description: 'Is not the name of a key.' });
  }
  return violations;
}

function checkLabels({ labels = {} }: TuningRequest): Violation[] {
  const field = 'tuning_job.labels';
  const entries = Object.entries(labels);
  const violations = entries
    .filter(([key, value]) => !(LABEL_KEY.test(key) && LABEL_VALUE.test(value)))
    .map(([key, value]) => ({
      field,
      description: `Label ${JSON.stringify(`${key}:${value}`.slice(0, 200))} is invalid.`,
    }));
  if (entries.length > MOST_LABELS)
    violations.push({ field, description: `At most ${MOST_LABELS} labels are allowed.` });
  return violations;
}

/** What depends on the model: its adapter sizes and encryption. */
export function checkForModel({ supervisedTuningSpec, encryptionSpec }: TuningRequest, model: string): Violation[] {
  const rules = MODELS.get(model);
  if (rules === undefined) return [];
  const violations: Violation[] = [];
  const size = supervisedTuningSpec.hyperParameters?.adapterSize;
  if (size !== undefined && !rules.adapterSizes.some((known) => known === size)) {
    const field = 'tuning_job.supervised_tuning_spec.hyper_parameters.adapter_size';
    violations.push({
      field,
      description: `${size} is not supported for ${model}; use ${rules.adapterSizes.join(', ')}.`,
    });
  }
  if (encryptionSpec !== undefined && !rules.encryption) {
    violations.push({ field: 'tuning_job.encryption_spec', description: `CMEK is not supported for ${model}.` });
  }
  return violations;
}
