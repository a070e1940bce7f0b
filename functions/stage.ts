import { stepHandler } from '../lib/engines/aws.ts';
import { stage } from '../lib/pipeline/stage.ts';

/** Brings media and training files where a target reads them. */
export const handler = stepHandler(stage);
