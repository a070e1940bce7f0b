/**
 * What OpenAI accepts, written down for the simulator alone: it must not share a table with the converter that it checks.
 * Sources: the openai-openapi specification 2.3.0 (2026-08-21), the vision fine-tuning guide (2026-06-27), the
 * fine-tuning guide (2025), all as seen in 2026-11.
 */

/** Base models for supervised fine-tuning in 2026; the simulator tunes them after their real end, too. */
export const TUNABLE_MODELS = [
  'gpt-4o-2024-08-06',
  'gpt-4o-mini-2024-07-18',
  'gpt-4.1-2025-04-14',
  'gpt-4.1-mini-2025-04-14',
  'gpt-4.1-nano-2025-04-14',
  'gpt-3.5-turbo-0125',
] as const;

/** What the services differ in that speak this API; `null` = any model. */
interface ServiceRules {
  tunable: readonly string[] | null;
  vision: readonly string[] | null;
  imagesPerExample: number;
}

export const SERVICE_NAMES = ['openai', 'azure', 'generic'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** OpenAI's vision guide documents one base only; Microsoft's (2025-11-26) two of them, and 64 images. */
export const SERVICES: Readonly<Record<ServiceName, ServiceRules>> = {
  openai: { tunable: TUNABLE_MODELS, vision: ['gpt-4o-2024-08-06'], imagesPerExample: 10 },
  azure: {
    tunable: TUNABLE_MODELS.filter((model) => model !== 'gpt-3.5-turbo-0125'),
    vision: ['gpt-4o-2024-08-06', 'gpt-4.1-2025-04-14'],
    imagesPerExample: 64,
  },
  generic: { tunable: null, vision: null, imagesPerExample: 10 },
};

/** Where each of them lies below the server's root. */
export const SERVICE_PATHS: readonly [path: string, service: ServiceName][] = [
  ['/openai/v1', 'azure'],
  ['/compatible/v1', 'generic'],
  ['/v1', 'openai'],
];

export const MINIMUM_EXAMPLES = 10;
export const MAXIMUM_EXAMPLES_WITH_IMAGES = 50_000;
/** "10 MB": the smaller reading, of the decoded bytes. */
export const MAXIMUM_IMAGE_BYTES = 10_000_000;
export const IMAGE_FORMATS = ['png', 'jpeg', 'webp'] as const;

/** Ten images of 10 MB in base64 with room for text. */
export const MAXIMUM_LINE_BYTES = 160 * 1024 * 1024;

export const MAXIMUM_FILE_BYTES = 512 * 1024 * 1024;
export const MAXIMUM_UPLOAD_BYTES = 8 * 1024 * 1024 * 1024;
export const MAXIMUM_PART_BYTES = 64 * 1024 * 1024;
export const UPLOAD_LIFETIME_MS = 60 * 60 * 1000;
export const FILE_PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
export const UPLOAD_PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision'] as const;

/** Texts that hold one of these make the job fail (seen in job errors, 2026-02; the o200k and harmony vocabularies). */
export const SPECIAL_TOKENS = [
  '<|endoftext|>',
  '<|fim_prefix|>',
  '<|fim_middle|>',
  '<|fim_suffix|>',
  '<|endofprompt|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|im_sep|>',
  '<|start|>',
  '<|end|>',
  '<|message|>',
  '<|channel|>',
  '<|constrain|>',
  '<|return|>',
  '<|call|>',
] as const;

/** Tools and deprecated functions of one example alike (openai-openapi 2.3.0). */
export const MAXIMUM_FUNCTIONS = 128;

/** How long a simulated job stays in each state. */
export const VALIDATING_MS = 30_000;
export const QUEUED_MS = 60_000;
export const RUNNING_MS = 600_000;
export const PAUSING_MS = 5_000;
/** Nobody knows what makes the service pause a job by itself, nor for how long. */
export const UNASKED_PAUSE_MS = 3_600_000;
