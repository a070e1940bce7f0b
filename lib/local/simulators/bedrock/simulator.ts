import { createHash, randomBytes } from 'node:crypto';
import type { SimulatorContext } from '../http.ts';
import { type Documents, openDocuments, type Verdict } from './documents.ts';
import { TUNING_REGION } from './rules.ts';

/** What every route of the Bedrock simulator works with. */
export interface BedrockSimulator extends SimulatorContext {
  documents: Documents;
  /** The Region it plays. */
  region: string;
  /** One reading of a dataset at a time for each job of this process, however many requests wait for it. */
  judging: Map<string, Promise<Verdict>>;
}

export function openBedrockSimulator(context: SimulatorContext): BedrockSimulator {
  return {
    ...context,
    region: context.region ?? TUNING_REGION,
    documents: openDocuments(context.stateDir),
    judging: new Map(),
  };
}

/** Twelve lower-case letters and digits, as at the end of Bedrock's ARNs. */
export function freshId(): string {
  return randomBytes(6).toString('hex');
}

/** An id that is the same at each call with the same text. */
export function derivedId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
