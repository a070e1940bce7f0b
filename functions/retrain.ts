import { retrainHandler } from '../lib/engines/aws.ts';

/** Starts a run for each dataset that is to be trained again now. */
export const handler = retrainHandler();
