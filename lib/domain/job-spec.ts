import { z } from 'zod';
import { ADAPT_LEVELS } from './adjustments.ts';
import { excerpt } from './excerpt.ts';
import { limitsSchema } from './limits.ts';
import { didYouMean } from './nearest-name.ts';
import { continuingSpecSchema, retrainSpecSchema } from './retrain.ts';
import { whatToWrite } from './schema-words.ts';

const hyperparametersSchema = z
  .record(z.string(), z.union([z.string(), z.number()], 'write a number, or a word such as "auto"'))
  .describe('Training settings by the provider’s own names, such as {"n_epochs": 3}.');

/** What stands beside the targets' folders in a run's results; in lower case, since some file systems do not tell the cases apart. */
const RESULT_NAMES: ReadonlySet<string> = new Set([
  'status.json',
  'report.json',
  'report.html',
  'plan.json',
  'findings.jsonl',
  'lock.json',
  'fetches.jsonl',
  'rejected',
]);

const ADAPT_HINT = 'write "all", "safe" or "none", or options such as {"level": "safe", "frames": 3}';
const adaptLevelSchema = z.enum(ADAPT_LEVELS);
const SIDE_HINT = 'write "useful", or a number of pixels such as 1024';
const sideSchema = z.union([z.literal('useful', SIDE_HINT), z.int(SIDE_HINT).min(64).max(8000)], SIDE_HINT);

/** What every provider knows; each judges the rest, and its own options, in `checkTarget`. */
const adaptOptionsSchema = z.looseObject({
  level: adaptLevelSchema.optional().describe('How much may be changed: "all" (default), "safe" or "none".'),
  frames: z
    .int()
    .min(1)
    .optional()
    .describe('So many frames of an animation become images, spread over it; 1 takes the first.'),
  pdfPages: z
    .int()
    .min(1)
    .optional()
    .describe('Draws the first so many pages of each PDF as images, where a provider takes images only.'),
  maxSide: sideSchema
    .optional()
    .describe('Scales images down to this longest side in pixels; "useful" is what the provider looks at.'),
  metadata: z
    .enum(['strip', 'keep'])
    .optional()
    .describe(
      'Whether EXIF (with places), XMP and comments of images are left out. "strip" unless the level is "none".',
    ),
});

const SHARE_HINT = 'write a number of rows such as 5, or a share such as "1%"';
const shareSchema = z.union(
  [z.int(SHARE_HINT).nonnegative(SHARE_HINT), z.string().regex(/^\d{1,3}(\.\d+)?%$/, SHARE_HINT)],
  SHARE_HINT,
);

export const targetSpecSchema = z.strictObject({
  provider: z.string().describe('"openai", "vertex" or "bedrock".'),
  model: z.string().optional().describe('The base model; the provider’s default when left out.'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'write letters, digits, ".", "_" and "-", at most 64 of them')
    .refine((name) => !RESULT_NAMES.has(name.toLowerCase()), 'a file of the results has this name; choose another one')
    .optional()
    .describe('The folder of this target in the results.'),
  hyperparameters: hyperparametersSchema.optional(),
  maxExcluded: shareSchema.optional().describe('As policy.maxExcluded, for this target alone.'),
  retrain: continuingSpecSchema
    .optional()
    .describe('Where this target’s retraining begins, and on which rows; as under retrain, for this target alone.'),
  suffix: z.string().min(1).max(40).optional().describe('A word that the tuned model’s name will carry.'),
  tags: z
    .record(z.string(), z.string('write text, in quotes where it is a number'))
    .optional()
    .describe('Names and values that the job carries at its provider: metadata, labels or tags.'),
  adapt: z
    .union([adaptLevelSchema, adaptOptionsSchema], ADAPT_HINT)
    .optional()
    .describe('What may be changed for this target: a level, or conversion options of which "level" is one.'),
  limits: limitsSchema
    .optional()
    .describe(
      'Limits on which the provider’s own sources differ, such as {"minRows": 8}: the stricter source holds unless this says otherwise. "finedrop targets" prints which can be set, and how far.',
    ),
});
export type TargetSpec = z.infer<typeof targetSpecSchema>;

// A drop is a stranger's: each target is another pass over all rows, and the hosts travel with every batch of links.
const MOST_TARGETS = 20;
const MOST_HOSTS = 100;
/** A DNS name of 253 characters, and a port. */
const LONGEST_HOST = 259;

/** `finedrop.yaml` / `finedrop.json`: what the drop's owner wants, within what the operator allows. */
export const jobSpecSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  targets: z
    .array(
      z.union(
        [z.string().describe('"provider" or "provider:model"'), targetSpecSchema],
        'write a provider such as "openai", "openai:<model>", or an object such as {"provider": "openai"}',
      ),
    )
    .min(1)
    .max(MOST_TARGETS)
    .optional()
    .describe('Where to train. All providers with their default models when left out.'),
  policy: z
    .strictObject({
      maxRejected: shareSchema
        .optional()
        .describe('How many rows (5) or which share ("1%") may be refused before the run stops. 0 by default.'),
      maxExcluded: shareSchema
        .optional()
        .describe(
          'How many sound rows (5) or which share ("1%") a target may leave out because it cannot take them; with more it is refused. Any number by default.',
        ),
    })
    .optional(),
  adapt: adaptLevelSchema
    .optional()
    .describe(
      'How much may be changed so that a target can take a row: "all" (default), "safe" (the model sees the same) or "none". Targets may say otherwise.',
    ),
  validation: z
    .strictObject({
      share: z
        .number()
        .min(0)
        .max(0.5)
        .optional()
        .describe('The share that a seeded split takes when no row is marked. 0.1 by default.'),
    })
    .optional(),
  media: z
    .strictObject({
      verify: z
        .enum(['decode', 'structure'])
        .optional()
        .describe(
          '"decode" (default) decodes each image once; "structure" checks header, segments and end marker only.',
        ),
    })
    .optional(),
  links: z
    .strictObject({
      allow: z.boolean().optional().describe('false refuses every web link.'),
      hosts: z
        .array(z.string().max(LONGEST_HOST))
        .max(MOST_HOSTS)
        .optional()
        .describe('Only these hosts; subdomains are not included.'),
    })
    .optional(),
  budget: z
    .strictObject({
      usd: z
        .number('write an amount such as 25 or 7.50')
        .nonnegative('write an amount such as 25 or 7.50')
        .optional()
        .describe('Dollars that all jobs of a run may cost at most, by the higher estimate; a plan above it is held.'),
    })
    .optional(),
  approve: z
    .enum(['required'])
    .optional()
    .describe('"required" holds the run before anything is paid, until somebody approves its plan.'),
  notify: z
    .enum(['always', 'problems', 'never'])
    .optional()
    .describe(
      'Which ends of runs people are told of where finedrop is deployed: "always" (default), "problems" or "never".',
    ),
  retrain: retrainSpecSchema.optional().describe('When and how the model follows the data: "now", or settings.'),
  generation: z
    .int()
    .nonnegative()
    .optional()
    .describe('Raise it to train, and pay, again on the same data. 0 by default.'),
});
export type JobSpec = z.infer<typeof jobSpecSchema>;

/** The targets of a spec that is wrong elsewhere: what is wrong with them can be told as well. */
export function targetsOfInvalid(value: unknown): Pick<JobSpec, 'targets'> {
  const parsed = z.object({ targets: jobSpecSchema.shape.targets }).safeParse(value);
  return parsed.success && parsed.data.targets !== undefined ? { targets: parsed.data.targets } : {};
}

/** A spec of a stranger may hold as many mistakes as it has bytes: so many are told. */
const PROBLEMS_TOLD = 20;

/** Reads a job spec's value; each problem is a sentence that names the key and what to write instead. */
export function parseJobSpec(value: unknown): { spec: JobSpec } | { problems: string[] } {
  const parsed = jobSpecSchema.safeParse(value ?? {});
  if (parsed.success) return { spec: parsed.data };
  const problems = parsed.error.issues.slice(0, PROBLEMS_TOLD + 1).flatMap(describeIssue);
  if (problems.length <= PROBLEMS_TOLD) return { problems };
  return { problems: [...problems.slice(0, PROBLEMS_TOLD), 'There are more problems; mend these first.'] };
}

type ZodIssue = z.core.$ZodIssue;

function describeIssue(issue: ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return issue.keys
      .slice(0, PROBLEMS_TOLD + 1)
      .map(
        (key) =>
          `"${shownPath([...issue.path, key])}" is not a key of the job spec.${didYouMean(key, known)} Known here: ${known.join(', ')}.`,
      );
  }
  if (issue.code === 'invalid_union') {
    // The reader wrote an object: what is wrong within it says more than that it is no string.
    const nested = issue.errors.flat().filter((inner) => inner.code === 'unrecognized_keys' || inner.path.length > 0);
    if (nested.length > 0)
      return nested.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] } as ZodIssue));
  }
  return [`"${shownPath(issue.path) || 'the job spec'}": ${whatToWrite(issue)}.`];
}

function shownPath(path: readonly PropertyKey[]): string {
  return excerpt(path.join('.'));
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  const object = path.reduce<z.ZodObject | null>(
    (found, key) => (found === null || typeof key === 'number' ? found : objectIn(found.shape[String(key)])),
    jobSpecSchema,
  );
  return object === null ? [] : Object.keys(object.shape);
}

/** The object that a key's value may be: itself, one of several kinds of value, or an element of a list. */
function objectIn(schema: unknown): z.ZodObject | null {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional) return objectIn(schema.unwrap());
  if (schema instanceof z.ZodArray) return objectIn(schema.element);
  if (!(schema instanceof z.ZodUnion)) return null;
  return schema.options.reduce<z.ZodObject | null>((found, option) => found ?? objectIn(option), null);
}
