import { z } from 'zod';
import { type Collection, openCollection } from '../state.ts';
import { SERVICE_NAMES } from './rules.ts';

/** Times in these documents are simulated milliseconds. */
const storedFile = z.object({
  id: z.string(),
  filename: z.string(),
  purpose: z.string(),
  bytes: z.number(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
});

const storedUpload = z.object({
  id: z.string(),
  filename: z.string(),
  purpose: z.string(),
  bytes: z.number(),
  createdAt: z.number(),
  status: z.enum(['pending', 'completed', 'cancelled']),
  fileId: z.string().nullable(),
});

const storedPart = z.object({ id: z.string(), uploadId: z.string(), bytes: z.number(), createdAt: z.number() });

const setting = z.union([z.literal('auto'), z.number()]);

/** What the client asked for, as checked by `readJobRequest`. */
const jobSettings = z.object({
  model: z.string(),
  trainingFile: z.string(),
  validationFile: z.string().nullable(),
  suffix: z.string().nullable(),
  seed: z.number(),
  hyperparameters: z.object({ n_epochs: setting, batch_size: setting, learning_rate_multiplier: setting }),
  metadata: z.record(z.string(), z.string()).nullable(),
  integrations: z.array(z.unknown()).nullable(),
});

const control = z.object({ action: z.enum(['pause', 'resume', 'cancel']), at: z.number() });

/** What a fault rule does to the job that is made, rather than to its making. */
export const JOB_FAULTS = [
  'lost-job',
  'reject-file',
  'fail-job',
  'poor-training',
  'fail-without-reason',
  'odd-state',
  'null-fields',
  'encode-results',
] as const;

const storedJob = z.object({
  id: z.string(),
  createdAt: z.number(),
  settings: jobSettings,
  controls: z.array(control),
  fault: z.enum(JOB_FAULTS).nullable(),
  /** With the fault `odd-state`: the word that the job shows, or goes through. */
  oddState: z.string().nullable().default(null),
  /** By whose rules it is judged. */
  service: z.enum(SERVICE_NAMES).default('openai'),
});

/** What reading the job's files led to; written once, when simulated time has passed the validation. */
const verdict = z.discriminatedUnion('valid', [
  z.object({ valid: z.literal(true), examples: z.number(), tokens: z.number() }),
  z.object({ valid: z.literal(false), code: z.string(), message: z.string(), param: z.string().nullable() }),
]);

export type StoredFile = z.infer<typeof storedFile>;
export type StoredUpload = z.infer<typeof storedUpload>;
export type StoredPart = z.infer<typeof storedPart>;
export type StoredJob = z.infer<typeof storedJob>;
export type JobSettings = z.infer<typeof jobSettings>;
export type Verdict = z.infer<typeof verdict>;

export interface Documents {
  files: Collection<StoredFile>;
  uploads: Collection<StoredUpload>;
  parts: Collection<StoredPart>;
  jobs: Collection<StoredJob>;
  verdicts: Collection<Verdict>;
}

export function openDocuments(stateDir: string): Documents {
  return {
    files: openCollection(stateDir, 'openai/files', storedFile),
    uploads: openCollection(stateDir, 'openai/uploads', storedUpload),
    parts: openCollection(stateDir, 'openai/parts', storedPart),
    jobs: openCollection(stateDir, 'openai/jobs', storedJob),
    verdicts: openCollection(stateDir, 'openai/verdicts', verdict),
  };
}
