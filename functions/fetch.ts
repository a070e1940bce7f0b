import { stepHandler } from '../lib/engines/aws.ts';
import { fetchLinks } from '../lib/pipeline/fetch.ts';

/** Downloads a batch of links; the one function with the web in reach, and nothing else. */
export const handler = stepHandler(fetchLinks);
