import { z } from 'zod';
import { type Collection, openCollection } from '../state.ts';

const distribution = z.object({
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  median: z.number(),
  p5: z.number(),
  p95: z.number(),
  buckets: z.array(z.object({ count: z.number(), left: z.number(), right: z.number() })),
});

const dataset = z.object({
  examples: z.number(),
  characters: z.number(),
  tokens: z.number(),
  inputTokens: distribution,
  outputTokens: distribution,
  messages: distribution,
  /** Contents of the first example. */
  sample: z.array(z.unknown()),
  dropped: z.number(),
  /** A sample: the 1-based example and why it was dropped. */
  droppedSample: z.array(z.object({ index: z.number(), reason: z.string() })),
});

const outcome = z.discriminatedUnion('sound', [
  z.object({ sound: z.literal(true), dataset }),
  z.object({ sound: z.literal(false), message: z.string() }),
]);

const spec = z.object({
  trainingDatasetUri: z.string(),
  validationDatasetUri: z.string().optional(),
  hyperParameters: z
    .object({
      epochCount: z.string().optional(),
      learningRateMultiplier: z.number().optional(),
      adapterSize: z.string().optional(),
    })
    .optional(),
  exportLastCheckpointOnly: z.boolean().optional(),
});

const request = z.object({
  baseModel: z.string().optional(),
  preTunedModel: z
    .object({ tunedModelName: z.string(), checkpointId: z.string().optional(), baseModel: z.string().optional() })
    .optional(),
  supervisedTuningSpec: spec,
  tunedModelDisplayName: z.string().optional(),
  description: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  serviceAccount: z.string().optional(),
  encryptionSpec: z.object({ kmsKeyName: z.string() }).optional(),
});

/** JobState without its prefix, and of TuningJobState the wait for quota; `RUNNING` is a job that never comes to an end. */
export const ODD_STATES = [
  'WAITING_FOR_QUOTA',
  'PAUSED',
  'UPDATING',
  'RUNNING',
  'EXPIRED',
  'PARTIALLY_SUCCEEDED',
] as const;

/** Times are simulated milliseconds. */
const storedJob = z.object({
  id: z.string(),
  project: z.string(),
  location: z.string(),
  createdAt: z.number(),
  /** The base of it all, also where a tuned model is tuned on. */
  model: z.string(),
  /** The model that gets a new version, where a tuned one is tuned on; null = a model of its own. */
  versionOf: z.string().nullable().default(null),
  version: z.number().default(1),
  request,
  /** What processing the dataset came to; null until somebody looks at a job that is that far. */
  outcome: outcome.nullable(),
  cancelledAt: z.number().nullable(),
  fault: z.enum(['lost-job', 'reject-file', 'fail-job', 'null-fields']).nullable(),
  /** A state that jobs rarely have: this one goes through it, or ends in it. */
  oddState: z.enum(ODD_STATES).nullable().default(null),
});

export type Distribution = z.infer<typeof distribution>;
export type DatasetStats = z.infer<typeof dataset>;
export type Outcome = z.infer<typeof outcome>;
/** A request that was accepted, with its fields in camel case. */
export type TuningRequest = z.infer<typeof request>;
export type OddState = (typeof ODD_STATES)[number];
export type StoredJob = z.infer<typeof storedJob>;

/** The tuning jobs of a state folder. */
export function openJobs(stateDir: string): Collection<StoredJob> {
  return openCollection(stateDir, 'vertex-jobs', storedJob);
}
