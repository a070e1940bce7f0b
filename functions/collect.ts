import { stepHandler } from '../lib/engines/aws.ts';
import { collect } from '../lib/pipeline/collect.ts';

/** Plans which files to bring; hashes and checks a batch of them. */
export const handler = stepHandler(collect);
