import { z } from 'zod';
import type { Answer } from '../http.ts';
import { exception } from './answers.ts';
import { isName, type NameKind, parseS3Uri } from './names.ts';
import { HYPERPARAMETERS } from './rules.ts';

const named = (kind: NameKind) => z.string().refine((text) => isName(kind, text), 'must match the documented pattern');

const s3Uri = z.string().refine((uri) => parseS3Uri(uri) !== null, 'must be an S3 URI of the documented pattern');
const jsonlUri = s3Uri.refine((uri) => uri.endsWith('.jsonl'), 'must name a .jsonl file');

export const tagList = z
  .array(z.strictObject({ key: named('tagKey'), value: named('tagValue') }))
  .refine((tags) => new Set(tags.map((tag) => tag.key)).size === tags.length, 'must not have a key twice');

const MAXIMUM_TAGS = 200;

const hyperParameters = z.record(z.string(), z.string()).superRefine((values, context) => {
  for (const [name, value] of Object.entries(values)) {
    const fault = checkHyperparameter(name, value);
    if (fault !== null) context.addIssue({ code: 'custom', path: [name], message: fault });
  }
});

function checkHyperparameter(name: string, value: string): string | null {
  const range = HYPERPARAMETERS.get(name);
  if (range === undefined) return 'is not a hyperparameter of this model';
  const pattern = range.integer ? /^\d{1,9}$/ : /^\d{0,9}\.?\d{1,18}(?:[eE][+-]?\d{1,2})?$/;
  const number = pattern.test(value) ? Number(value) : Number.NaN;
  if (number >= range.least && number <= range.most) return null;
  return `must be ${range.integer ? 'an integer' : 'a number'} from ${range.least} to ${range.most}`;
}

const vpcConfig = z.strictObject({
  subnetIds: z
    .array(z.string().regex(/^[-0-9a-zA-Z]{1,32}$/))
    .min(1)
    .max(16),
  securityGroupIds: z
    .array(z.string().regex(/^[-0-9a-zA-Z]{1,32}$/))
    .min(1)
    .max(5),
});

const request = z.strictObject({
  jobName: named('jobName'),
  customModelName: named('customModelName'),
  roleArn: named('roleArn'),
  clientRequestToken: named('clientRequestToken').optional(),
  baseModelIdentifier: z.string().min(1).max(2048),
  customizationType: z.literal('FINE_TUNING', 'the simulator knows FINE_TUNING only').optional(),
  customModelKmsKeyId: z.string().min(1).max(2048).optional(),
  jobTags: tagList.optional(),
  customModelTags: tagList.optional(),
  trainingDataConfig: z.strictObject({ s3Uri: jsonlUri }),
  validationDataConfig: z
    .strictObject({ validators: z.array(z.strictObject({ s3Uri: jsonlUri })).max(1, 'Nova takes one validation file') })
    .optional(),
  outputDataConfig: z.strictObject({ s3Uri }),
  hyperParameters: hyperParameters.optional(),
  vpcConfig: vpcConfig.optional(),
});

export type JobRequest = z.infer<typeof request>;

/** Reads the body of CreateModelCustomizationJob; a ValidationException that names the first faulty member otherwise. */
export function readJobRequest(body: unknown): { request: JobRequest } | Answer {
  const parsed = request.safeParse(body);
  if (!parsed.success) return refuseIssue(parsed.error.issues[0]);
  const tagged = [parsed.data.jobTags, parsed.data.customModelTags];
  if (tagged.some((tags) => (tags?.length ?? 0) > MAXIMUM_TAGS)) {
    return exception('TooManyTagsException', `A resource may have at most ${MAXIMUM_TAGS} tags.`);
  }
  return { request: parsed.data };
}

/** The ValidationException for the first issue that a schema found. */
export function refuseIssue(issue: z.core.$ZodIssue | undefined): Answer {
  const path = issue?.path.join('.') || 'request';
  const extra = issue?.code === 'unrecognized_keys' ? `unknown member "${issue.keys[0]}"` : issue?.message;
  return exception('ValidationException', `1 validation error detected: Value at '${path}' ${extra}.`);
}
