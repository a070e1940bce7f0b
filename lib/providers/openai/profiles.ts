import type { Fact, LimitFact } from '../facts.ts';
import {
  DEFAULT_MODEL,
  MAX_IMAGES_PER_EXAMPLE,
  MAX_PLAIN_FILE_BYTES,
  MAX_TOKENS_PER_EXAMPLE,
  MAX_TRAINING_FILE_BYTES,
  TUNING_GUIDE,
} from './spec.ts';

/** One base model at one service. Prices in USD for a million tokens, null where none is published; days in ISO form. */
export interface ModelRow {
  model: string;
  takesImages: boolean;
  maxTokens: number;
  trainingPrice: number | null;
  tunedPrices: { input: number; output: number } | null;
  /** No new jobs from this day on. */
  endsOn: string | null;
  /** What was tuned answers no more from this day on. */
  tunedEndsOn: string | null;
}

/** A number with why this one. */
type Limit = LimitFact<number> & { note: string };

/** What one of the services takes that speak OpenAI's fine-tuning API; what they all share stands in `spec.ts`. */
export interface Profile {
  name: ProfileName;
  /** As people write it. */
  title: string;
  /** The model that a target means by "openai" alone. */
  defaultModel: string;
  maxImagesPerExample: Limit;
  maxTrainingFileBytes: Limit;
  /** Where models' ends were read. */
  ends: { source: string; asOf: string; note: string } | null;
  /** A tuned model of any of its models can be trained further; null = no page says so. */
  continues: Fact<boolean> | null;
  models: readonly ModelRow[];
}

export const PROFILE_NAMES = ['openai', 'azure', 'generic'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

const OLD_CONTEXT = 16_385;
/** 2026-10-23: gpt-4.1-nano and gpt-3.5-turbo; nobody may create jobs from 2027-01-06; the rest answers until 2027-01-14. */
const OPENAI_GONE = { endsOn: '2026-10-23', tunedEndsOn: '2026-10-23' };
const OPENAI_LAST = { endsOn: '2027-01-06', tunedEndsOn: '2027-01-14' };
const TEXT = { takesImages: false, maxTokens: MAX_TOKENS_PER_EXAMPLE };
const NO_PRICE = { trainingPrice: null, tunedPrices: null };

const OPENAI: Profile = {
  name: 'openai',
  title: 'OpenAI',
  defaultModel: DEFAULT_MODEL,
  maxImagesPerExample: {
    value: MAX_IMAGES_PER_EXAMPLE,
    source: 'developers.openai.com/api/docs/guides/vision-fine-tuning',
    asOf: '2026-06-27',
    note: 'of all turns of the example together',
  },
  maxTrainingFileBytes: {
    value: MAX_TRAINING_FILE_BYTES,
    source: 'github.com/openai/openai-openapi, openapi.json 2.3.0 at f85dbe22',
    asOf: '2026-08-21',
    note: '"8 GB" through the Uploads API, by which finedrop sends every file; 512 MB in one request',
  },
  ends: {
    source: 'platform.openai.com/docs/deprecations, as quoted in the trade press 2026-07 to 2026-11',
    asOf: '2026-11-10',
    note: 'accounts that never tuned, or did not use a tuned model lately, are closed out already',
  },
  continues: {
    value: true,
    source: TUNING_GUIDE,
    asOf: '2025-03-01',
    note: 'the job takes the tuned model’s name where it would take the base model’s',
  },
  models: [
    {
      ...TEXT,
      ...OPENAI_LAST,
      model: DEFAULT_MODEL,
      takesImages: true,
      trainingPrice: 25,
      tunedPrices: { input: 3.75, output: 15 },
    },
    {
      ...TEXT,
      ...OPENAI_LAST,
      model: 'gpt-4o-mini-2024-07-18',
      trainingPrice: 3,
      tunedPrices: { input: 0.3, output: 1.2 },
    },
    { ...TEXT, ...OPENAI_LAST, model: 'gpt-4.1-2025-04-14', trainingPrice: 25, tunedPrices: { input: 3, output: 12 } },
    {
      ...TEXT,
      ...OPENAI_LAST,
      model: 'gpt-4.1-mini-2025-04-14',
      trainingPrice: 5,
      tunedPrices: { input: 0.8, output: 3.2 },
    },
    {
      ...TEXT,
      ...OPENAI_GONE,
      model: 'gpt-4.1-nano-2025-04-14',
      trainingPrice: 1.5,
      tunedPrices: { input: 0.2, output: 0.8 },
    },
    { ...TEXT, ...OPENAI_GONE, ...NO_PRICE, model: 'gpt-3.5-turbo-0125', maxTokens: OLD_CONTEXT },
  ],
};

/** "5 GB" for a file that comes in parts, in the smaller reading. */
const AZURE_LARGE_FILE_BYTES = 5_000_000_000;
/** "No earlier than" these days, and for existing customers only: for new ones it ended with the base model, in 2026-10. */
const AZURE_4O = { endsOn: '2027-04-01', tunedEndsOn: '2027-10-01' };
const AZURE_41 = { endsOn: '2027-04-14', tunedEndsOn: '2027-10-14' };

const AZURE: Profile = {
  name: 'azure',
  title: 'Azure OpenAI',
  defaultModel: DEFAULT_MODEL,
  maxImagesPerExample: {
    value: 64,
    source: 'learn.microsoft.com/azure/foundry/openai/how-to/fine-tuning-vision',
    asOf: '2025-11-26',
    note: 'of all turns of the example together',
  },
  maxTrainingFileBytes: {
    value: MAX_PLAIN_FILE_BYTES,
    source: 'learn.microsoft.com/azure/ai-services/openai/quotas-limits',
    asOf: '2025-11-26',
    note: 'the stricter of two: another page of Microsoft lets 5 GB through in parts, and all files of a resource together have a quota of their own',
    otherwise: {
      value: AZURE_LARGE_FILE_BYTES,
      source: 'github.com/microsoft/azure-skills, microsoft-foundry/finetuning/references/large-file-uploads.md',
      asOf: '2026-11-23',
    },
  },
  ends: {
    source: 'github.com/MicrosoftDocs/azure-ai-docs, concepts-model-retirement-schedule-content.md at 00bb5540',
    asOf: '2026-07-07',
    note: 'no earlier than this day, for existing customers; for new ones it ended with the base model in 2026-10',
  },
  continues: {
    value: true,
    source: 'learn.microsoft.com/azure/foundry/openai/how-to/fine-tuning',
    asOf: '2026-11-23',
    note: '"continuous fine-tuning", of OpenAI’s own models alone',
  },
  models: [
    { ...TEXT, ...NO_PRICE, ...AZURE_4O, model: DEFAULT_MODEL, takesImages: true },
    { ...TEXT, ...NO_PRICE, ...AZURE_4O, model: 'gpt-4o-mini-2024-07-18' },
    { ...TEXT, ...NO_PRICE, ...AZURE_41, model: 'gpt-4.1-2025-04-14', takesImages: true },
    { ...TEXT, ...NO_PRICE, ...AZURE_41, model: 'gpt-4.1-mini-2025-04-14' },
    { ...TEXT, ...NO_PRICE, ...AZURE_41, model: 'gpt-4.1-nano-2025-04-14' },
  ],
};

const ASSUMED = { source: 'assumed', asOf: '2026-11-23' };

const GENERIC: Profile = {
  name: 'generic',
  title: 'an OpenAI-compatible server',
  defaultModel: DEFAULT_MODEL,
  maxImagesPerExample: {
    ...ASSUMED,
    value: MAX_IMAGES_PER_EXAMPLE,
    note: 'OpenAI’s own limit, for want of the server’s',
  },
  maxTrainingFileBytes: { ...ASSUMED, value: MAX_PLAIN_FILE_BYTES, note: 'OpenAI’s own limit for one request' },
  ends: null,
  continues: null,
  models: [genericModel(DEFAULT_MODEL)],
};

export const PROFILES: Readonly<Record<ProfileName, Profile>> = { openai: OPENAI, azure: AZURE, generic: GENERIC };

/** What OpenAI's API certainly is behind, by host; any other host may be a server of anybody's. */
const HOSTS: readonly [host: RegExp, profile: ProfileName][] = [
  [/(?:^|\.)api\.openai\.com$/i, 'openai'],
  [/\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)$/i, 'azure'],
];

/**
 * The service that an operator's settings choose: `profile` by name, else by the host of `baseURL`. `models` (names with commas between)
 * are those of a generic server. Throws where a name is none.
 */
export function profileOf({ profile, baseURL, models }: Readonly<Record<string, string>>): Profile {
  const chosen = PROFILES[profile === undefined ? profileByHost(baseURL) : profileByName(profile)];
  const names = chosen.name === 'generic' ? namesOf(models) : [];
  const [first] = names;
  return first === undefined ? chosen : { ...chosen, defaultModel: first, models: names.map(genericModel) };
}

function profileByName(given: string): ProfileName {
  const name = PROFILE_NAMES.find((known) => known === given.toLowerCase());
  if (name !== undefined) return name;
  throw new Error(`[openai] there is no profile "${given}". Set OPENAI_PROFILE to ${PROFILE_NAMES.join(', ')}.`);
}

function profileByHost(baseURL: string | undefined): ProfileName {
  if (baseURL === undefined) return 'openai';
  const host = URL.canParse(baseURL) ? new URL(baseURL).hostname : '';
  return HOSTS.find(([pattern]) => pattern.test(host))?.[1] ?? 'generic';
}

function namesOf(models: string | undefined): string[] {
  const names = (models ?? '').split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

/** A model of a server that we know nothing of: whoever runs it says that it can be tuned, and with images. */
function genericModel(model: string): ModelRow {
  return { ...TEXT, ...NO_PRICE, model, takesImages: true, endsOn: null, tunedEndsOn: null };
}

/** Whether a model is known to take images in training; an unknown model is not. */
export function takesImages(model: string, { models }: Profile): boolean {
  return models.some((row) => row.model === model && row.takesImages);
}

/** Tokens of one example of a model; OpenAI cuts what is longer. */
export function maxTokensOf(model: string, { models }: Profile): number {
  return models.find((row) => row.model === model)?.maxTokens ?? MAX_TOKENS_PER_EXAMPLE;
}
