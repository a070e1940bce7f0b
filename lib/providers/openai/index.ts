import type { Provider } from '../provider.ts';
import { adapt } from './adapt.ts';
import { checkDataset, checkTarget, estimateEpochs } from './check.ts';
import { format } from './format.ts';
import { account, missingSettings, readSettings } from './settings.ts';
import { capabilities } from './spec.ts';
import { loadTokenizer } from './tokenizer.ts';

/** OpenAI and servers that speak its API: images lie in the line, files go through Uploads, jobs are found by metadata. */
export const openai: Provider = {
  name: 'openai',
  capabilities,
  media: 'inline',
  mediaScheme: null,
  createIsIdempotent: false,
  checkTarget,
  loadTokenizer,
  adapt,
  format,
  checkDataset,
  estimateEpochs,
  account,
  mediaBase: () => '',
  missingSettings,
  readSettings,
  connect: async (settings, { now }) => (await import('./job.ts')).connect(settings, { now }),
};
