import { z } from 'zod';
import { locationSchema } from '../domain/media.ts';

/** A media file that a target's lines name, and that must be staged. */
export const stagedMediaSchema = z.strictObject({
  name: z.string(),
  mime: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
  at: locationSchema,
});
export type StagedMedia = z.infer<typeof stagedMediaSchema>;
