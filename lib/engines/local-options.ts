import type { Command } from '../domain/run.ts';
import type { Request } from '../pipeline/manifest.ts';
import type { Progress, Services } from '../pipeline/services.ts';

/** What a run on this machine is asked to do. */
export interface LocalOptions {
  command: Command;
  /** A drop folder, or dataset and archive files given together. */
  paths: readonly string[];
  /** Where the results go. */
  out: string;
  /** Where results lie that are no part of the drop, if not in `out`. */
  exclude?: string;
  targets?: readonly string[];
  /** A job spec's path that replaces the drop's own. */
  spec?: string;
  /** `HOST[:PORT]` that links may name although it is private or not on a web port. */
  allowHosts?: readonly string[];
  /** `convert`: URI prefixes under which the user will put media (`gs://…`, `s3://…`). */
  mediaBase?: readonly string[];
  live?: boolean;
  /** `s3://bucket/prefix` instead of `out`, which then only keeps the simulators' state. */
  results?: string;
  again?: boolean;
  /** A decision about a run that stands: approve its plan, or cancel it. */
  control?: { word: 'approve' | 'cancel'; run: string };
  /** What asked for a retraining; a check then becomes a state of the dataset's history. */
  retrain?: NonNullable<Request['retrain']>;
  /** A check that is not answered by one that stands. */
  anew?: boolean;
  keepWork?: boolean;
  /** The content of a faults file, for simulated providers that misbehave. */
  faults?: unknown;
  progress?: Progress['add'];
  log?: (message: string, facts?: Readonly<Record<string, string | number | boolean>>) => void;
  /** Stops the run; run again to go on with it. */
  signal?: AbortSignal;
  /** For tests: every port that steps use can be wrapped. */
  decorate?: (services: Services) => Services;
}
