import type { Check, Examination } from '../domain/check.ts';
import type { Example, Split } from '../domain/example.ts';
import type { Issue } from '../domain/finding.ts';
import type { Asset, MediaKind } from '../domain/media.ts';
import type { JobState, Target } from '../domain/target.ts';
import type { JobMetrics, Usage } from '../domain/training.ts';
import type { S3Location } from '../storage/object-store.ts';
import type { Capabilities } from './facts.ts';

/** Work on a file's bytes before a target can take it; a plain value, so that equal wishes are one rendition. */
export interface Rendition {
  format: 'png' | 'jpeg';
  /** First frame only (animated GIF or WebP). */
  firstFrame?: boolean;
  /** So many frames, spread over the animation, become an image each. */
  frames?: number;
  /** The first so many pages of a PDF become an image each. */
  pages?: number;
  /** 8-bit RGB(A). */
  rgb?: boolean;
  /** Longest side after scaling down, in pixels; of a page, the longest side that is drawn. */
  maxSide?: number;
  /** What has more bytes becomes JPEG, then smaller. */
  maxBytes?: number;
}

/**
 * What a target does with one asset. `kinds` name the adjustment for people: `gif-to-png`, `text-inlined`. `stripped` = the same
 * picture without metadata, no pixel encoded anew. `issues` are told at the reference of every row that takes it.
 */
export type Adaptation =
  | { take: 'as-is' }
  | { take: 'stripped'; kinds: readonly string[] }
  | { take: 'rendition'; rendition: Rendition; kinds: readonly string[]; issues?: readonly Issue[] }
  | { take: 'text'; kinds: readonly string[] }
  | { take: 'none'; issue: Issue };

/** A file in the form that goes into the line: the bytes' own hash and type after adaptation. */
export type PreparedFile = { as: 'file'; kinds: readonly string[]; name: string } & Pick<
  Asset,
  'sha256' | 'kind' | 'mime' | 'bytes' | 'width' | 'height' | 'pages' | 'seconds' | 'frames'
>;

/** What stands in a reference's place: a file, several in their order (frames, pages), or text. */
export type PreparedMedia =
  | PreparedFile
  | { as: 'files'; kinds: readonly string[]; name: string; files: readonly PreparedFile[] }
  | { as: 'text'; kinds: readonly string[]; name: string; text: string };

/** A line is text with holes, without its end: each hole is filled with the base64 of a file's bytes while the line is written. */
export type LineSegment = string | { base64: string /* sha256 of a prepared file */ };

export type Formatted =
  | { excluded: Issue[] }
  | {
      line: LineSegment[];
      /** What was changed besides media (`turns-merged`); media's kinds come from the prepared media. */
      adjustments: readonly string[];
      issues: Issue[];
      /** sha256 of the prepared files that the line names by URI and that must be staged. */
      files: readonly string[];
      /** Estimated training tokens of the whole example. */
      tokens: number;
      /** The same by the dearest reading of the provider's rules; absent = `tokens`. */
      tokensAtMost?: number;
    };

export interface FormatOptions {
  target: Target;
  /** URI of a staged file, by content-addressed name; providers that inline media do not call it. */
  mediaUri: (fileName: string) => string;
  /** Counts text tokens; the provider's own tokenizer where public, loaded by `prepare`. */
  countTokens: (text: string) => number;
}

/** What the gate knows of a target's data before anything is staged. */
export interface DatasetTotals {
  rows: { train: number; validation: number; withMedia: number; textOnly: number };
  /** Rows that this target could not take. */
  excluded?: number;
  tokens: { train: number; validation: number };
  /** Sums of `tokensAtMost`; absent = `tokens`. */
  tokensAtMost?: { train: number; validation: number };
  bytes: { train: number; validation: number };
  kinds: readonly MediaKind[];
}

/** Settings of a provider that an operator gives; never from a drop. Credentials are taken by `connect` alone. */
export interface ProviderSettings {
  simulated: boolean;
  /** Base URLs, buckets, project, region, role: names are the provider's own business (see its `job.ts`). */
  values: Readonly<Record<string, string>>;
}

export interface StagedFile {
  split: Split;
  /** The URI or id by which a job names the file. */
  reference: string;
  bytes: number;
}

/** Bytes that can be read again from any offset: uploads restart. */
export interface ReadableFile {
  bytes: number;
  /** Lower-case hex; names the upload, so that a second try finds the first. */
  sha256: string;
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** A training or validation file, pinned where it lies: to read bytes other than those that were pinned throws. */
export interface TrainingFile {
  bytes: number;
  /** 64 hex digits; equal ones mean equal bytes. Names the upload, so that a second try finds the first. */
  identity: string;
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
  /** Where S3 keeps it, so that S3 can copy it itself; null where it lies elsewhere. */
  s3: S3Location | null;
}

/** Where the bringing of a large file stands, as its provider notes it: small JSON, and nobody else's business. */
export type StagingCursor = Readonly<Record<string, unknown>>;

export interface StagingStretch {
  /** The job key: where a provider’s jobs can be told by their files alone, no two keys share one. */
  key: string;
  /** What the call before answered; null for the first. */
  resume: StagingCursor | null;
  /** About as many bytes may pass through one call. */
  bytesPerCall: number;
}

export interface CreateJobRequest {
  key: string;
  target: Target;
  /** The dataset's name, for people who look at the provider's console. */
  dataset: string;
  training: StagedFile;
  validation: StagedFile | null;
}

/** What became of a create. `unknown` = it may exist: look before trying again. `conflict` = the name exists: adopt. */
export type CreateOutcome =
  | { outcome: 'created'; id: string }
  | { outcome: 'refused'; code: string; message: string }
  | { outcome: 'conflict'; message: string }
  | { outcome: 'later'; afterSeconds: number; message: string }
  | { outcome: 'unknown'; message: string };

export interface FoundJob {
  id: string;
  /** ISO time; the oldest, then the smallest id, is canonical. */
  createdAt: string;
  state: JobState;
}

export interface JobSnapshot {
  id: string;
  state: JobState;
  providerState: string;
  tunedModel: string | null;
  error: string | null;
  /** 0..1 when the provider tells. */
  progress: number | null;
}

/** The provider's HTTP API behind one face. A thrown error means: not known, try again later. */
export interface ProviderClient {
  /** Puts a media file under its content-addressed name; does nothing if it stands already. */
  stageMedia(fileName: string, mime: string, file: ReadableFile): Promise<void>;
  /** Puts the training or validation file where the provider reads it, a stretch a call; finds it again when it is there. */
  stageFile(split: Split, file: TrainingFile, stretch: StagingStretch): Promise<StagedFile | { resume: StagingCursor }>;
  /** Every job that carries the key, all pages. */
  findJobs(key: string): Promise<FoundJob[]>;
  /** Called once per intent, with no retries of its own, within `deadlineMs`. */
  createJob(request: CreateJobRequest, options: { deadlineMs: number }): Promise<CreateOutcome>;
  /** The ISO date from which the API itself says that a base model is shut down; null = it names none. */
  modelEndsOn?(model: string): Promise<string | null>;
  /** null = there is no such job (any more). */
  getJob(id: string): Promise<JobSnapshot | null>;
  cancelJob(id: string): Promise<void>;
  /** What a job that has ended told of its training; null = there is no such job. */
  readMetrics(id: string): Promise<JobMetrics | null>;
  /** How a tuned model of the target's base model is called; asks nobody. */
  usage(tunedModel: string, target: Target): Usage;
  /** Takes staged files away after a refusal; media stay, other runs may use them. */
  removeStaged(files: readonly StagedFile[]): Promise<void>;
  close(): Promise<void>;
}

/** One provider: everything that the pipeline may know of it. */
export interface Provider {
  name: string;
  capabilities: Capabilities;
  /** What other services take that speak this API: the operator's settings choose, and `capabilities` is the choice. */
  otherCapabilities?: readonly Capabilities[];
  /** Media go into the line as base64 (`inline`) or are named by URI and staged (`uri`). */
  media: 'inline' | 'uri';
  /** URI scheme of staged media, for `--media-base` and its placeholder: `gs://…`; null when inline. */
  mediaScheme: 'gs' | 's3' | null;
  /** A create that is repeated with the same key makes no second job: no quiet time is needed. */
  createIsIdempotent: boolean;
  /** The clients have `modelEndsOn`: whoever only wants to know that need not open one. */
  tellsModelEnds?: boolean;
  /** Checks a target's own settings (hyperparameters in range, suffix). The model is known to be listed. */
  checkTarget(target: Target): Issue[];
  /** Loads what `countTokens` needs; the returned function is cheap and safe on any text. */
  loadTokenizer(model: string): Promise<(text: string) => number>;
  adapt(asset: Asset, target: Target): Adaptation;
  format(example: Example, media: ReadonlyMap<string, PreparedMedia>, options: FormatOptions): Formatted;
  /** Row bounds, file sizes, mixed modalities: `error` refuses the target. */
  checkDataset(totals: DatasetTotals, target: Target): Issue[];
  /** Epochs that will be trained: the hyperparameter if given, else what the provider is known to choose for this many rows. */
  estimateEpochs(totals: DatasetTotals, target: Target): { low: number; high: number };
  /** Tokens of one epoch that will be charged, when these are not simply the training tokens. */
  billedTokens?(totals: DatasetTotals): { low: number; high: number };
  /** Whether a target can be trained where the operator's settings say: project, region. */
  checkPlace?(target: Target, settings: ProviderSettings): Issue[];
  /** The account part of the job key: who would be charged. No secrets. */
  account(settings: ProviderSettings): Record<string, string>;
  /** Where staged media and files will lie for a dataset (`gs://bucket/prefix`); '' when inline. */
  mediaBase(settings: ProviderSettings, dataset: string): string;
  /** Environment names that `--live` misses. */
  missingSettings(environment: Readonly<Record<string, string | undefined>>): string[];
  /** Reads the provider's settings from an environment (the engine hands it over; nothing else reads it). */
  readSettings(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>>;
  /** Loads the SDK and opens a client. `mediaBase` as above. */
  connect(settings: ProviderSettings, options: { mediaBase: string; now: () => Date }): Promise<ProviderClient>;
  /** Looks whether jobs could be made with these settings, by requests that cost nothing and leave nothing behind; failures are checks. */
  examine(settings: ProviderSettings, asked: Examination): AsyncIterable<Check>;
}
