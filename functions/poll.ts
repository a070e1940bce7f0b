import { stepHandler } from '../lib/engines/aws.ts';
import { poll } from '../lib/pipeline/poll.ts';

/** Looks at a job once. */
export const handler = stepHandler(poll);
