/**
 * What Bedrock accepts for tuning Nova, written down for the simulator alone: it must not share a table with the
 * converter that it checks. Sources: the Bedrock user guide, AWS's dataset validator for Nova (1e88f24), the service
 * model of botocore 1.43.67, all as seen in 2026-11.
 */

/** The only Region where Nova can be tuned (custom-model-fine-tuning.html). */
export const TUNING_REGION = 'us-east-1';

export interface ModelRules {
  images: readonly string[];
  videos: readonly string[];
  documents: readonly string[];
  reasoning: boolean;
  minimumRows: number;
  validationData: boolean;
}

const NOVA_IMAGES = ['jpeg', 'png', 'gif', 'webp'];
const NOVA_VIDEOS = ['mov', 'mkv', 'mp4', 'webm'];
const MULTIMODAL: ModelRules = {
  images: NOVA_IMAGES,
  videos: NOVA_VIDEOS,
  documents: [],
  reasoning: false,
  minimumRows: 8,
  validationData: true,
};

/**
 * Base models and what each can be tuned with. Where AWS's sources differ, the looser one stands here: a job fails for what none of them
 * takes, so that a job spec may set the stricter one aside in a rehearsal, too.
 */
export const MODELS: ReadonlyMap<string, ModelRules> = new Map([
  ['amazon.nova-micro-v1:0:128k', { ...MULTIMODAL, images: [], videos: [] }],
  ['amazon.nova-lite-v1:0:300k', MULTIMODAL],
  ['amazon.nova-pro-v1:0:300k', MULTIMODAL],
  [
    'amazon.nova-2-lite-v1:0:256k',
    {
      images: NOVA_IMAGES,
      videos: ['mov', 'mkv', 'mp4'],
      documents: ['pdf'],
      reasoning: true,
      minimumRows: 8,
      validationData: false,
    },
  ],
]);

/** Counts training and validation rows together. */
export const MAXIMUM_ROWS = 20_000;
/** In one message, as the validator counts. */
export const MAXIMUM_IMAGES = 10;
export const MAXIMUM_IMAGE_BYTES = 10 * 1024 * 1024;
/** A check of AWS's Nova Forge kit; no page of the guide names it. */
export const MINIMUM_IMAGE_SIDE = 25;
export const MAXIMUM_VIDEO_BYTES = 50 * 1024 * 1024;
export const MAXIMUM_DOCUMENT_BYTES = 10 * 1024 * 1024;
/** "32k" in the guide. */
export const MAXIMUM_TOKENS = 32_768;
/**
 * There is no public tokenizer, and no page says how training counts images. A job fails here for what no reading allows: long words
 * of six letters, and for each image the least that any page names (what Nova 2 bills at inference).
 */
export const CHARACTERS_PER_TOKEN = 6;
export const TOKENS_PER_IMAGE = 230;

/** Not documented for Nova; rows name their media, so that longer ones are a mistake. */
export const MAXIMUM_LINE_BYTES = 16 * 1024 * 1024;

/** Found anywhere in a text, whatever its case, they make the whole job fail; AWS's own validator misses two of them. */
export const RESERVED_WORDS = [
  'system:',
  'user:',
  'bot:',
  'assistant:',
  'thought:',
  '[eos]',
  '<image>',
  '<video>',
  '<unk>',
] as const;

/** Ranges of custom-models-hp.html; the values travel as strings. */
export const HYPERPARAMETERS: ReadonlyMap<string, { least: number; most: number; integer: boolean }> = new Map([
  ['epochCount', { least: 1, most: 5, integer: true }],
  ['learningRate', { least: 1e-6, most: 1e-4, integer: false }],
  ['learningRateWarmupSteps', { least: 0, most: 100, integer: true }],
]);
export const DEFAULT_HYPERPARAMETERS = { epochCount: '2', learningRate: '1.0E-5', learningRateWarmupSteps: '10' };

/** How long a simulated job stays in each step, and on its way to a stop. */
export const VALIDATION_MS = 60_000;
export const PROCESSING_MS = 120_000;
export const TRAINING_MS = 1_800_000;
export const STOPPING_MS = 30_000;
