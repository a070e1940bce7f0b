import { stepHandler } from '../lib/engines/aws.ts';
import { survey } from '../lib/pipeline/survey.ts';

/** Settles and claims a drop, and pins its state. */
export const handler = stepHandler(survey);
