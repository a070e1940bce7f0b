import { checkLimits } from '../limits.ts';
import type { Provider } from '../provider.ts';
import { adapt } from './adapt.ts';
import { capabilitiesOf } from './capabilities.ts';
import { checkDataset, checkTarget, estimateEpochs } from './check.ts';
import { format } from './format.ts';
import { PROFILE_NAMES, PROFILES, type Profile, profileOf } from './profiles.ts';
import { account, missingSettings, readSettings } from './settings.ts';
import { loadTokenizer } from './tokenizer.ts';

/** OpenAI itself: images lie in the line, files go through Uploads, jobs are found by metadata. */
export const openai: Provider = openaiAs(PROFILES.openai);

/** The service that speaks OpenAI's API and that an operator's environment names, with its limits. Throws where OPENAI_PROFILE is none. */
export function openaiIn(environment: Readonly<Record<string, string | undefined>>): Provider {
  return openaiAs(profileOf(readSettings(environment)));
}

function openaiAs(profile: Profile): Provider {
  const capabilities = capabilitiesOf(profile);
  const others = PROFILE_NAMES.filter((name) => name !== profile.name);
  return {
    name: 'openai',
    capabilities,
    otherCapabilities: others.map((name) => capabilitiesOf(PROFILES[name])),
    media: 'inline',
    mediaScheme: null,
    createIsIdempotent: false,
    tellsModelEnds: true,
    checkTarget: (target) => [...checkTarget(target, profile), ...checkLimits(target, capabilities)],
    loadTokenizer,
    adapt: (asset, target) => adapt(asset, target, profile),
    format: (example, media, options) => format(example, media, { ...options, profile }),
    checkDataset: (totals, target) => checkDataset(totals, target, profile),
    estimateEpochs,
    account,
    mediaBase: () => '',
    missingSettings,
    readSettings,
    connect: async (settings, { now }) => (await import('./job.ts')).connect(settings, { now }),
    examine: async function* (settings, asked) {
      yield* (await import('./doctor.ts')).examine(settings, { ...asked, profile });
    },
  };
}
