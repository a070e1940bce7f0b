import { z } from 'zod';
import { isZone, readSchedule } from './schedule.ts';

export const HISTORIES = ['replace', 'append'] as const;
export const REPLACES_BY = ['id-or-input', 'id', 'input'] as const;

/** How much worse a validation loss may be than the current model's, as a share of it. */
const DEFAULT_MARGIN = 0.02;
/** Two months: time to choose another model, and to train this one a last time. */
const DEFAULT_BEFORE_END_DAYS = 30;

const MARGIN_HINT = 'write a share such as 0.02, or "2%"';
const marginSchema = z.union(
  [z.number(MARGIN_HINT).min(0, MARGIN_HINT).max(1, MARGIN_HINT), z.string().regex(/^\d{1,3}(\.\d+)?%$/, MARGIN_HINT)],
  MARGIN_HINT,
);

/** Where a retraining of one target begins, and on what: a target's own word stands above the drop's. */
const continuingShape = {
  from: z
    .enum(['base', 'last'])
    .optional()
    .describe(
      '"base" (default) trains from scratch; "last" goes on from the tuned model that is current, where the provider can.',
    ),
  rows: z
    .enum(['all', 'new'])
    .optional()
    .describe(
      '"all" (default) trains on every row; "new", with from: last, on those that the current model has not seen.',
    ),
} as const;

export const continuingSpecSchema = z.strictObject(continuingShape);

const retrainObject = z.strictObject({
  schedule: z
    .string()
    .optional()
    .describe('When to look whether the model should follow the data: "rate(7 days)", or "cron(0 6 * * MON)".'),
  zone: z.string().optional().describe('The time zone of a cron schedule, such as "Europe/Berlin". UTC by default.'),
  minNewRows: z
    .int()
    .positive()
    .optional()
    .describe('Retrains as soon as the drop holds so many rows that the last training had not.'),
  now: z
    .boolean()
    .optional()
    .describe(
      'true: every drop trains at once. With a schedule or minNewRows, later drops only wait for them otherwise.',
    ),
  beforeModelEnds: z
    .int()
    .nonnegative()
    .optional()
    .describe(
      'Days before the base model takes no more jobs in which what is new is trained a last time. 30 by default; 0 never.',
    ),
  history: z
    .enum(HISTORIES)
    .optional()
    .describe('"replace" (default): the model learns what the drop holds now. "append": rows of earlier states stay.'),
  replaceBy: z
    .enum(REPLACES_BY)
    .optional()
    .describe('With history: append, what makes a row replace an older one: "id-or-input" (default), "id" or "input".'),
  ...continuingShape,
  promote: z
    .strictObject({
      margin: marginSchema
        .optional()
        .describe('How much worse the validation loss may be, as a share of the current model’s. 0.02 by default.'),
      withoutMetric: z
        .enum(['promote', 'keep'])
        .optional()
        .describe('What becomes of a model without a validation loss. "promote" by default.'),
    })
    .optional()
    .describe('When a new model becomes the current one.'),
});

/** `retrain` of the job spec. `now` alone is the short word for `{now: true}`. */
export const retrainSpecSchema = z
  .union([z.literal('now'), retrainObject], 'write "now", or settings such as {"schedule": "rate(7 days)"}')
  .superRefine((value, context) => {
    if (value === 'now') return;
    if (value.zone !== undefined && !isZone(value.zone)) {
      const message = `"${value.zone}" is no time zone: write one such as "Europe/Berlin"`;
      context.addIssue({ code: 'custom', path: ['zone'], message });
      return;
    }
    if (value.schedule === undefined) return;
    const read = readSchedule(value.schedule, value.zone === undefined ? {} : { zone: value.zone });
    if ('problem' in read) context.addIssue({ code: 'custom', path: ['schedule'], message: read.problem });
  });
type RetrainSpec = z.infer<typeof retrainSpecSchema>;

/** `retrain` with every default applied. */
export const resolvedRetrainSchema = z.strictObject({
  schedule: z.string().nullable(),
  zone: z.string(),
  minNewRows: z.int().nullable(),
  now: z.boolean(),
  beforeModelEnds: z.int(),
  history: z.enum(HISTORIES),
  replaceBy: z.enum(REPLACES_BY),
  /** A share of the current model's validation loss. */
  margin: z.number(),
  withoutMetric: z.enum(['promote', 'keep']),
});
export type ResolvedRetrain = z.infer<typeof resolvedRetrainSchema>;

/** The settings as they hold, where the job spec says nothing too. */
export function resolveRetrain(spec: RetrainSpec | undefined): ResolvedRetrain {
  const asked = spec === 'now' ? { now: true } : (spec ?? {});
  return {
    schedule: asked.schedule ?? null,
    zone: asked.zone ?? 'UTC',
    minNewRows: asked.minNewRows ?? null,
    now: asked.now ?? false,
    beforeModelEnds: asked.beforeModelEnds ?? DEFAULT_BEFORE_END_DAYS,
    history: asked.history ?? 'replace',
    replaceBy: asked.replaceBy ?? 'id-or-input',
    margin: shareOf(asked.promote?.margin ?? DEFAULT_MARGIN),
    withoutMetric: asked.promote?.withoutMetric ?? 'promote',
  };
}

/** Where a target begins and on which rows: its own word, else the drop's. */
export function continuingOf(
  spec: RetrainSpec | undefined,
  own: z.infer<typeof continuingSpecSchema> | undefined,
): { from: 'base' | 'last'; rows: 'all' | 'new' } {
  const shared = spec === undefined || spec === 'now' ? {} : spec;
  return { from: own?.from ?? shared.from ?? 'base', rows: own?.rows ?? shared.rows ?? 'all' };
}

/** Whether drops wait for a trigger: somebody said when to retrain, and not that each drop is one. */
export function waitsForTrigger({ schedule, minNewRows, now }: ResolvedRetrain): boolean {
  return !now && (schedule !== null || minNewRows !== null);
}

function shareOf(margin: number | string): number {
  return typeof margin === 'number' ? margin : Number.parseFloat(margin) / 100;
}
