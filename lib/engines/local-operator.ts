import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { didYouMean } from '../domain/nearest-name.ts';
import type { OperatorSettings } from '../pipeline/services.ts';
import { isObjectBucket } from '../rows/object-uri.ts';
import { UsageError } from './usage-error.ts';

/** Beside where the command is called, never in a drop: whoever uploads must not be able to widen it. */
export const OPERATOR_FILE = 'finedrop.config.yaml';

const usd = z.number('write an amount such as 25').nonnegative('write an amount such as 25');

const configSchema = z.strictObject({
  targets: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('"provider" or "provider:model"; nothing else may be trained.'),
  budget: z
    .strictObject({
      usdPerRun: usd.optional().describe('Dollars that the jobs of a run may cost at most.'),
      usdPerDay: usd.optional().describe('Dollars that all jobs of a UTC day may cost at most.'),
    })
    .optional(),
  approve: z.enum(['required']).optional().describe('Every plan must be approved before anything is paid.'),
  links: z
    .strictObject({
      allow: z.boolean().optional().describe('false refuses every web link.'),
      allowHosts: z.array(z.string()).optional().describe('HOST[:PORT] that may be private; as --allow-host.'),
    })
    .optional(),
  objects: z
    .strictObject({
      buckets: z
        .array(
          z
            .string()
            .refine(
              isObjectBucket,
              'each is the name of an S3 bucket, such as "my-photos", or "gs://my-photos" of Cloud Storage',
            ),
        )
        .optional()
        .describe(
          'Buckets whose objects rows may name: "my-photos" as s3://my-photos/key, "gs://my-photos" as gs://my-photos/key; whoever may drop can then read all of them.',
        ),
    })
    .optional(),
});

const KEYS: Readonly<Record<string, readonly string[]>> = {
  budget: ['usdPerRun', 'usdPerDay'],
  links: ['allow', 'allowHosts'],
  objects: ['buckets'],
};

/** The operator's limits: from `finedrop.config.yaml` in the working folder, if there is one, and from flags. */
export async function readOperatorSettings(allowHosts: readonly string[]): Promise<OperatorSettings> {
  const text = await readFile(OPERATOR_FILE, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new UsageError(`${OPERATOR_FILE} cannot be read: ${error.message}.`);
  });
  const { targets, budget, approve, links, objects } = parseConfig(text);
  return {
    targets: targets ?? null,
    linksAllowed: links?.allow ?? true,
    allowHosts: [...new Set([...(links?.allowHosts ?? []), ...allowHosts])],
    objectBuckets: [...new Set(objects?.buckets ?? [])],
    usdPerRun: budget?.usdPerRun ?? null,
    usdPerDay: budget?.usdPerDay ?? null,
    approve: approve === 'required',
    settleSeconds: 0,
  };
}

function parseConfig(text: string): z.infer<typeof configSchema> {
  const parsed = configSchema.safeParse(parseText(text) ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = KEYS[String(issue.path[0] ?? '')] ?? Object.keys(configSchema.shape);
    throw new UsageError(
      `${OPERATOR_FILE}: "${[...issue.path, key].join('.')}" is not a key of it.${didYouMean(key, known)} Known here: ${known.join(', ')}.`,
    );
  }
  throw new UsageError(`${OPERATOR_FILE}: "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'is not valid'}.`);
}

function parseText(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new UsageError(
      `${OPERATOR_FILE} is no valid YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
    );
  }
}
