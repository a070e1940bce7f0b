import { stepHandler } from '../lib/engines/aws.ts';
import { normalize } from '../lib/pipeline/normalize.ts';

/** Reads a dataset file into canonical rows. */
export const handler = stepHandler(normalize);
