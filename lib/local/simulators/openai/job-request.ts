import { z } from 'zod';
import type { Answer } from '../http.ts';
import { refusal } from './answers.ts';
import type { JobSettings } from './documents.ts';

const nullable = <T extends z.ZodType>(schema: T) => schema.nullish();

/** Ranges of the openai-openapi specification 2.3.0. */
const hyperparameters = z.strictObject({
  n_epochs: z.union([z.literal('auto'), z.number().int().min(1).max(50)]).optional(),
  batch_size: nullable(z.union([z.literal('auto'), z.number().int().min(1).max(256)])),
  learning_rate_multiplier: z.union([z.literal('auto'), z.number().positive()]).optional(),
});

const integration = z.strictObject({
  type: z.literal('wandb'),
  wandb: z.strictObject({
    project: z.string(),
    name: nullable(z.string()),
    entity: nullable(z.string()),
    tags: z.array(z.string()).optional(),
  }),
});

const metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs are allowed');

const request = z.strictObject({
  model: z.string().min(1),
  training_file: z.string().min(1),
  validation_file: nullable(z.string().min(1)),
  suffix: nullable(z.string().min(1).max(64)),
  seed: nullable(z.number().int().min(0).max(2_147_483_647)),
  method: z
    .strictObject({
      type: z.literal('supervised', 'the simulator tunes with the method "supervised" only'),
      supervised: z.strictObject({ hyperparameters: hyperparameters.optional() }).optional(),
    })
    .optional(),
  hyperparameters: hyperparameters.optional(),
  metadata: nullable(metadata),
  integrations: nullable(z.array(integration).max(5)),
});

/** Reads the body of a job creation; an answer in OpenAI's words where it breaks the specification. */
export function readJobRequest(body: unknown): { settings: JobSettings } | Answer {
  const parsed = request.safeParse(body);
  if (!parsed.success) return refuseIssue(parsed.error.issues[0]);
  const asked = parsed.data;
  const given = asked.method?.supervised?.hyperparameters ?? asked.hyperparameters ?? {};
  return {
    settings: {
      model: asked.model,
      trainingFile: asked.training_file,
      validationFile: asked.validation_file ?? null,
      suffix: asked.suffix ?? null,
      seed: asked.seed ?? 42,
      hyperparameters: {
        n_epochs: given.n_epochs ?? 'auto',
        batch_size: given.batch_size ?? 'auto',
        learning_rate_multiplier: given.learning_rate_multiplier ?? 'auto',
      },
      metadata: asked.metadata ?? null,
      integrations: asked.integrations ?? null,
    },
  };
}

function refuseIssue(issue: z.core.$ZodIssue | undefined): Answer {
  const path = issue?.path.join('.') || null;
  if (issue?.code === 'unrecognized_keys') {
    const key = [path, issue.keys[0]].filter((part) => part !== null).join('.');
    return refusal(400, `Unrecognized request argument supplied: ${key}`, { param: key });
  }
  const where = path === null ? 'the request body' : `'${path}'`;
  return refusal(400, `Invalid ${where}: ${issue?.message ?? 'not usable'}.`, { param: path });
}
