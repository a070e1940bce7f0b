import { stepHandler } from '../lib/engines/aws.ts';
import { convert } from '../lib/pipeline/convert.ts';

/** Writes a shard's lines for one target. */
export const handler = stepHandler(convert);
