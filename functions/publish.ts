import { stepHandler } from '../lib/engines/aws.ts';
import { publish } from '../lib/pipeline/publish.ts';

/** Writes the results, however the run ended, and tells who listens. */
export const handler = stepHandler(publish);
