import { stepHandler } from '../lib/engines/aws.ts';
import { gate } from '../lib/pipeline/gate.ts';

/** Decides for each target whether to go on. */
export const handler = stepHandler(gate);
