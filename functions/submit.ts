import { stepHandler } from '../lib/engines/aws.ts';
import { submit } from '../lib/pipeline/submit.ts';

/** Makes the job, exactly once. */
export const handler = stepHandler(submit);
