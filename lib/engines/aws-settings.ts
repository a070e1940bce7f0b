import { z } from 'zod';

const words = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  );

const name = z.string().trim().min(1).optional().catch(undefined);

/** Empty = no limit. What is no amount must not pass for none. */
const dollars = z
  .string()
  .trim()
  .regex(/^(\d+(\.\d+)?)?$/, 'is no amount of dollars')
  .default('')
  .transform((text) => (text === '' ? null : Number(text)));

const settingsSchema = z.object({
  /** `fetch` is given the results bucket alone. */
  INBOX_BUCKET: name,
  RESULTS_BUCKET: z.string().trim().min(1),
  STATE_MACHINE_ARN: name,
  TOPIC_ARN: name,
  EVENT_BUS_NAME: name,
  OPENAI_API_KEY_SECRET: name,
  GOOGLE_CREDENTIALS_SECRET: name,
  GOOGLE_CREDENTIALS_CONFIG: name,
  /** Reads the buckets that rows may name, and nothing else: `collect` alone is told, and it is told nothing of the tuning credentials. */
  GOOGLE_READER_CONFIG: name,
  FINEDROP_TARGETS: words,
  FINEDROP_LINKS: z.enum(['true', 'false']).default('true'),
  FINEDROP_ALLOW_HOSTS: words,
  FINEDROP_SETTLE_SECONDS: z.coerce.number().int().min(0).max(3600).default(60),
  FINEDROP_OBJECT_BUCKETS: words,
  FINEDROP_USD_PER_RUN: dollars,
  FINEDROP_USD_PER_DAY: dollars,
  FINEDROP_APPROVE: z.enum(['true', 'false']).default('false'),
});

export type Environment = Readonly<Record<string, string | undefined>>;

export type AwsSettings = z.infer<typeof settingsSchema> & { environment: Environment };

/** What the stack's template tells a function; throws, naming what is wrong, since then the stack is broken. */
export function readAwsSettings(environment: Environment): AwsSettings {
  const parsed = settingsSchema.safeParse(environment);
  if (parsed.success) return { ...parsed.data, environment };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`[aws] the function's environment is not usable: ${problems.join('; ')}. Deploy the stack again.`);
}
