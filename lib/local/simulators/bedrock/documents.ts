import { z } from 'zod';
import { type Collection, openCollection } from '../state.ts';

/** What a fault rule does to the job that is made, rather than to its making. */
export const JOB_FAULTS = ['reject-file', 'fail-job', 'poor-training'] as const;

const tags = z.array(z.object({ key: z.string(), value: z.string() }));

/** A job as it was asked for; times are simulated milliseconds. */
const storedJob = z.object({
  id: z.string(),
  arn: z.string(),
  modelArn: z.string(),
  model: z.string(),
  region: z.string(),
  createdAt: z.number(),
  stopRequestedAt: z.number().nullable(),
  fault: z.enum(JOB_FAULTS).nullable(),
  jobName: z.string(),
  customModelName: z.string(),
  roleArn: z.string(),
  clientRequestToken: z.string().nullable(),
  trainingUri: z.string(),
  validationUri: z.string().nullable(),
  outputUri: z.string(),
  hyperParameters: z.record(z.string(), z.string()),
});

/** What reading the dataset led to; `step` is where the job fails. */
const verdict = z.discriminatedUnion('valid', [
  z.object({ valid: z.literal(true), rows: z.number() }),
  z.object({ valid: z.literal(false), step: z.enum(['validation', 'processing']), message: z.string() }),
]);

const tagSet = z.object({ arn: z.string(), tags });

export type StoredJob = z.infer<typeof storedJob>;
export type Verdict = z.infer<typeof verdict>;
export type TagSet = z.infer<typeof tagSet>;

export interface Documents {
  jobs: Collection<StoredJob>;
  verdicts: Collection<Verdict>;
  /** Created once, when a finished job's metrics lie in its bucket. */
  artefacts: Collection<{ written: boolean }>;
  tags: Collection<TagSet>;
}

export function openDocuments(stateDir: string): Documents {
  return {
    jobs: openCollection(stateDir, 'bedrock/jobs', storedJob),
    verdicts: openCollection(stateDir, 'bedrock/verdicts', verdict),
    artefacts: openCollection(stateDir, 'bedrock/artefacts', z.object({ written: z.boolean() })),
    tags: openCollection(stateDir, 'bedrock/tags', tagSet),
  };
}
