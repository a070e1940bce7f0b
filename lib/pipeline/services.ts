import type { Claim, RunStatus } from '../domain/run.ts';
import type { Download } from '../media/download.ts';
import type { Provider, ProviderClient, ProviderSettings } from '../providers/provider.ts';
import type { ObjectStore, ReadableStore } from '../storage/object-store.ts';

/** What an operator fixes; a drop may only narrow it. */
export interface OperatorSettings {
  /** `provider` or `provider:model`; null = all that finedrop knows. */
  targets: readonly string[] | null;
  /** Web links at all. */
  linksAllowed: boolean;
  /** `HOST[:PORT]` that links may name although it is private or not on a web port. */
  allowHosts: readonly string[];
  /** Names of the S3 buckets whose objects rows may name; none by default. */
  objectBuckets: readonly string[];
  /** Dollars that the jobs of a run may cost; null = no limit. */
  usdPerRun: number | null;
  /** Dollars that all jobs of a UTC day may cost; null = no limit. */
  usdPerDay: number | null;
  /** Every plan must be approved, whatever its drop says. */
  approve: boolean;
  /** Seconds between two listings of a drop that must agree. */
  settleSeconds: number;
}

/** Something happened that an operator may want to read; never payloads or secrets. */
export interface Log {
  info(message: string, facts?: Readonly<Record<string, string | number | boolean>>): void;
}

/** Work done, for progress bars and metrics: counts only. */
export interface Progress {
  add(step: string, what: Readonly<Record<string, number>>): void;
}

/** Who runs this execution, so that a later one can tell whether it is gone. */
export interface Holder {
  execution: string;
  host: string;
  pid: number;
  startedAt: string;
}

/** A run's end in a few words; the report tells the rest. */
export interface EndedRun {
  dataset: string;
  run: string;
  status: RunStatus;
  simulated: boolean;
  /** Which ends people are told of; machines are told of every one. */
  notify: 'always' | 'problems' | 'never';
  message: string;
  /** Keys of the results store. */
  report: string;
  html: string;
  targets: readonly { name: string; status: string; job: string | null; tunedModel: string | null }[];
}

/** Everything that a step may touch besides its event. Engines make it; steps never read the environment. */
export interface Services {
  version: string;
  simulated: boolean;
  inbox: ReadableStore;
  results: ObjectStore;
  /** A bucket that rows name; null = the operator does not allow it. Opens when first asked for, and engines close it. */
  objects(bucket: string): Promise<ReadableStore | null>;
  operator: OperatorSettings;
  provider(name: string): Promise<Provider | null>;
  providerNames: readonly string[];
  settings(provider: Provider): ProviderSettings;
  /** Settings of the provider that a real job would miss, by the names that its operator knows them by. */
  missingSettings(provider: Provider): readonly string[];
  /** `survey` may read no secret here: what it would ask a provider, `stage` asks. */
  surveyHasNoSecrets?: boolean;
  /** The provider's API, opened once for each staging place; engines close it. */
  client(provider: string, mediaBase: string): Promise<ProviderClient>;
  download: Download;
  holder: Holder;
  /** Whether the execution that holds a claim still runs. */
  isRunning(claim: Claim): Promise<boolean>;
  now(): Date;
  uuid(): string;
  log: Log;
  progress: Progress;
  /** Tells whoever listens that a run has ended. Nobody listening is no error, and nothing depends on it. */
  announce(ended: EndedRun): Promise<void>;
}

/** A step as engines call it: its event is checked by the schema, its answer is small and JSON. */
export interface Step {
  name: string;
  run(event: unknown, services: Services): Promise<unknown>;
}
