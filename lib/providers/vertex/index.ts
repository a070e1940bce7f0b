import type { Provider } from '../provider.ts';
import { adapt } from './adapt.ts';
import { capabilities } from './capabilities.ts';
import { billedTokens, checkDataset, checkPlace, checkTarget, estimateEpochs } from './check.ts';
import { format } from './format.ts';
import { account, mediaBase, missingSettings, readSettings } from './settings.ts';
import { loadTokenizer } from './tokens.ts';

/** Gemini on Vertex AI: media and training files lie in Cloud Storage, jobs carry their key as a label. */
export const vertex: Provider = {
  name: 'vertex',
  capabilities,
  media: 'uri',
  mediaScheme: 'gs',
  createIsIdempotent: false,
  checkTarget,
  loadTokenizer,
  adapt,
  format,
  checkDataset,
  estimateEpochs,
  billedTokens,
  checkPlace,
  account,
  mediaBase,
  missingSettings,
  readSettings,
  connect: async (settings, options) => (await import('./job.ts')).connect(settings, options),
  examine: async function* (settings, asked) {
    yield* (await import('./doctor.ts')).examine(settings, asked);
  },
};
