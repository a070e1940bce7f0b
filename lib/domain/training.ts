import { z } from 'zod';
import { splitSchema } from './example.ts';
import type { MetricPoint } from './metrics.ts';

const measure = z.number().nullable();

/** A model that a provider kept of the way, oldest first in lists. */
export const checkpointSchema = z.strictObject({
  /** By which it is called: a model's name, an endpoint. */
  model: z.string(),
  step: z.int().nonnegative().nullable(),
  epoch: z.int().nonnegative().nullable(),
  trainLoss: measure,
  trainAccuracy: measure,
  validLoss: measure,
  validAccuracy: measure,
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Something that a provider said about a job, in its own words. */
export const jobEventSchema = z.strictObject({
  at: z.iso.datetime().nullable(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
});
export type JobEvent = z.infer<typeof jobEventSchema>;

/** A line of a training or validation file that a provider left out, cut, or stumbled over; lines count from 1. */
export const namedLineSchema = z.strictObject({
  split: splitSchema,
  line: z.int().positive(),
  reason: z.string(),
});
export type NamedLine = z.infer<typeof namedLineSchema>;

/** `count` may be larger than the list: providers name a sample. */
export const namedLinesSchema = z.strictObject({ count: z.int().nonnegative(), lines: z.array(namedLineSchema) });
export type NamedLines = z.infer<typeof namedLinesSchema>;

/** What a job told of its training, as far as its provider tells anything; every list is bounded. */
export interface JobMetrics {
  points: readonly MetricPoint[];
  checkpoints: readonly Checkpoint[];
  /** Oldest first. */
  events: readonly JobEvent[];
  /** Examples that were left out, cut, or named in an error; null = none that the provider tells. */
  named: NamedLines | null;
}

/** A ready request to a tuned model, for people: no secret is in it, and ids from outside are quoted for the shell. */
export const usageSchema = z.strictObject({
  /** In the order in which they are run. */
  steps: z.array(z.strictObject({ title: z.string(), shell: z.string() })),
  notes: z.array(z.string()),
  /** The model does not exist: a simulator answered. */
  simulated: z.boolean(),
});
export type Usage = z.infer<typeof usageSchema>;

/** More than people read, and little beside a report. */
export const MOST_NAMED_LINES = 200;
export const MOST_EVENTS = 100;
export const MOST_CHECKPOINTS = 100;
/** The longest of what a provider says that is kept, in characters. */
export const LONGEST_SAID = 500;
