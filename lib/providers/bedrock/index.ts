import type { Provider } from '../provider.ts';
import { adapt } from './adapt.ts';
import { capabilities } from './capabilities.ts';
import { checkDataset, checkPlace, checkTarget, estimateEpochs } from './check.ts';
import { format } from './format.ts';
import { account, mediaBase, missingSettings, readSettings } from './settings.ts';
import { countTextTokens } from './tokens.ts';

/** Amazon Bedrock, tuning Nova: media and files lie in one S3 bucket, jobs are found by their names. */
export const bedrock: Provider = {
  name: 'bedrock',
  capabilities,
  media: 'uri',
  mediaScheme: 's3',
  createIsIdempotent: true,
  checkTarget,
  loadTokenizer: async () => countTextTokens,
  adapt,
  format,
  checkDataset,
  estimateEpochs,
  checkPlace,
  account,
  mediaBase,
  missingSettings,
  readSettings,
  connect: async (settings, { mediaBase: base }) => (await import('./job.ts')).connect(settings, { mediaBase: base }),
  examine: async function* (settings, asked) {
    yield* (await import('./doctor.ts')).examine(settings, asked);
  },
};
