import type { LimitValue } from '../domain/limits.ts';
import type { MediaKind } from '../domain/media.ts';

/** A fact with where it was read and when: provider limits move monthly. */
export interface Fact<T> {
  value: T;
  source: string;
  /** ISO date of the reading. */
  asOf: string;
  /** Why this value when sources conflict. */
  note?: string;
}

/** A limit on which sources may differ: `value` is the stricter one's, and a job spec may go as far as `otherwise`. */
export interface LimitFact<T extends LimitValue> extends Fact<T> {
  /** What the looser source says. */
  otherwise?: { value: T; source: string; asOf: string };
}

export interface HyperparameterFact {
  name: string;
  type: 'integer' | 'number' | 'word';
  min?: number;
  max?: number;
  /** An exclusive lower bound: greater than this. */
  above?: number;
  /** Words that are accepted besides numbers, or at all. */
  words?: readonly string[];
  source: string;
  asOf: string;
}

/** What one base model takes. Everything here is data: `finedrop targets` and the docs print it. */
export interface ModelFacts {
  model: string;
  isDefault?: boolean;
  /** Kinds of media, and the MIME types taken as they are. */
  modalities: Fact<readonly MediaKind[]>;
  mimeTypes: LimitFact<readonly string[]>;
  minRows: LimitFact<number>;
  maxRows: Fact<number> | null;
  maxRowsWithMedia: Fact<number> | null;
  maxTokensPerExample: Fact<number>;
  maxPerExample: Fact<Readonly<Partial<Record<MediaKind, number>>>>;
  /** Whether the images of `maxPerExample` are those of all turns together, or of each; absent = of all. */
  imagesCountedIn?: LimitFact<'example' | 'message'>;
  maxBytesPerFile: LimitFact<Readonly<Partial<Record<MediaKind, number>>>>;
  maxTrainingFileBytes: LimitFact<number> | null;
  /** Whether a validation file is taken; rows marked as validation train otherwise. */
  validation: Fact<boolean>;
  maxValidationRows: Fact<number> | null;
  /** Validation rows beyond `freeRows` may be at most this share of the training rows; those above train. */
  validationShare?: Fact<{ freeRows: number; share: number }>;
  hyperparameters: readonly HyperparameterFact[];
  regions: Fact<readonly string[]> | null;
  /** USD for a million training tokens (tokens x epochs); null = not published. */
  usdPerMillionTokens: Fact<number> | null;
  /** How many epochs the provider would choose: lowest and highest guess. */
  epochs: Fact<{ low: number; high: number }>;
  /** No new jobs from this day on (ISO date); null = none announced. */
  endsOn: Fact<string> | null;
  /** The tuned model answers no more from this day on (ISO date). */
  tunedModelEndsOn?: Fact<string>;
  /** USD for a million tokens that the tuned model reads, and writes. */
  usdPerMillionTunedTokens?: Fact<{ input: number; output: number }>;
  /** A token of the tuned model costs this many times one of its base model. */
  tunedPriceFactor?: Fact<number>;
  /** USD a month for keeping the tuned model, whether it is asked or not. */
  storageUsdPerMonth?: Fact<number>;
  /** Where the tuned model is asked, when that is not the region it was tuned in. */
  servingLocations?: Fact<readonly string[]>;
  /** What is re-encoded or put into the text, so that it can be taken. */
  adaptedMimeTypes?: Fact<readonly string[]>;
  /** A tuned model of this one can be trained further. */
  continues?: Fact<boolean>;
  /** Fewer are allowed, and told of. */
  recommendedRows?: Fact<number>;
  /** Rules that are no number, in a sentence each. */
  rules?: readonly Fact<string>[];
}

export interface Capabilities {
  provider: string;
  /** "OpenAI", as people write it. */
  title: string;
  /** Which of several services that speak the provider's API; absent where there is but one. */
  profile?: string;
  models: readonly ModelFacts[];
}
