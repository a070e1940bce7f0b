import type { SimulatedClock } from './clock.ts';

/** Base URLs as the official SDKs take them (OpenAI's ends in `/v1`, the others are origins), one server each. */
export interface SimulatorUrls {
  openai: string;
  vertex: string;
  gcs: string;
  bedrock: string;
  s3: string;
}

export interface RunningSimulators {
  urls: SimulatorUrls;
  clock: SimulatedClock;
  close(): Promise<void>;
}

export interface SimulatorsOptions {
  stateDir: string;
  /** The first of five consecutive ports, in the order of `SimulatorUrls`; 0 or absent: any free ones. */
  port?: number;
  /** The content of a faults file. */
  faults?: unknown;
}
