import { MODELS } from './rules.ts';

/** The service model's patterns, in forms that take linear time (its own for job names takes exponential time). */
const PATTERNS = {
  jobName: { longest: 63, pattern: /^[a-zA-Z0-9][a-zA-Z0-9+.-]*$/ },
  customModelName: { longest: 63, pattern: /^(?:[0-9a-zA-Z][_-]?){1,63}$/ },
  clientRequestToken: { longest: 256, pattern: /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/ },
  roleArn: { longest: 2048, pattern: /^arn:aws(?:-[^:]+)?:iam::(?:[0-9]{12})?:role\/.+$/ },
  tagKey: { longest: 128, pattern: /^[a-zA-Z0-9\s._:/=+@-]+$/ },
  tagValue: { longest: 256, pattern: /^[a-zA-Z0-9\s._:/=+@-]*$/ },
} as const;

export type NameKind = keyof typeof PATTERNS;

export function isName(kind: NameKind, text: string): boolean {
  const { longest, pattern } = PATTERNS[kind];
  return text.length <= longest && pattern.test(text);
}

export interface S3Location {
  bucket: string;
  key: string;
}

const BUCKET = /^[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]$/;
const SEGMENT = /^[-!_*'().a-z0-9A-Z]+$/;

/** Reads an `s3Uri` of the API: a bucket and segments without empty ones, one slash at the end allowed; else null. */
export function parseS3Uri(uri: string): S3Location | null {
  if (uri.length > 1024 || !uri.startsWith('s3://')) return null;
  const [bucket = '', ...segments] = uri.slice('s3://'.length).split('/');
  if (segments.at(-1) === '') segments.pop();
  if (!BUCKET.test(bucket) || !segments.every((segment) => SEGMENT.test(segment))) return null;
  return { bucket, key: segments.join('/') };
}

/** Reads the URI of a media object in a training row, whose key knows fewer characters; else null. */
export function parseMediaUri(uri: string): S3Location | null {
  const location = uri.endsWith('/') ? null : parseS3Uri(uri);
  return location !== null && /^[A-Za-z0-9_/.-]+$/.test(location.key) ? location : null;
}

const FOUNDATION_MODEL = /^arn:aws(?:-[^:]+)?:bedrock:[a-z0-9-]{1,20}::foundation-model\/(.+)$/;

/** The base model that an id or a foundation model ARN names; null for all others, custom models among them. */
export function foundationModelOf(identifier: string): string | null {
  const id = FOUNDATION_MODEL.exec(identifier)?.[1] ?? identifier;
  return MODELS.has(id) ? id : null;
}

export function foundationModelArn(region: string, model: string): string {
  return `arn:aws:bedrock:${region}::foundation-model/${model}`;
}

/** The ARN of a job or of the model that it makes; `id` is 12 lower-case letters or digits. */
export function resourceArn(
  kind: 'model-customization-job' | 'custom-model',
  { region, account, model, id }: { region: string; account: string; model: string; id: string },
): string {
  return `arn:aws:bedrock:${region}:${account}:${kind}/${model}/${id}`;
}
