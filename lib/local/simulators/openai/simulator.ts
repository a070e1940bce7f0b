import { randomBytes } from 'node:crypto';
import type { SimulatorContext } from '../http.ts';
import { type Blobs, openBlobs } from './blobs.ts';
import { type Documents, openDocuments } from './documents.ts';
import type { ServiceName } from './rules.ts';

/** What every route of the OpenAI simulator works with. */
export interface OpenaiSimulator extends SimulatorContext {
  documents: Documents;
  blobs: Blobs;
  /** Whose rules hold for the request. */
  service: ServiceName;
}

export function openOpenaiSimulator(context: SimulatorContext): OpenaiSimulator {
  return {
    ...context,
    service: 'openai',
    documents: openDocuments(context.stateDir),
    blobs: openBlobs(context.stateDir),
  };
}

/** A fresh id such as `file-` and 24 hex digits. */
export function freshId(prefix: string): string {
  return prefix + randomBytes(12).toString('hex');
}

/** Unix seconds, as all of OpenAI's times. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
