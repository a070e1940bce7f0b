import { excerpt } from '../domain/excerpt.ts';
import type { CreateJobRequest, CreateOutcome } from './provider.ts';

/** Names of tuned models are ids and resource paths. */
const LONGEST_NAME = 200;

/** A refusal as it is; where training was to go on from a tuned model and the refusal speaks of a model, with what to do if that one is gone. */
export function withWayBack(
  outcome: CreateOutcome,
  { target: { from } }: Pick<CreateJobRequest, 'target'>,
): CreateOutcome {
  if (from === undefined || outcome.outcome !== 'refused' || !/model/i.test(outcome.message)) return outcome;
  return { ...outcome, message: `${outcome.message.replace(/[.\s]+$/, '')}. ${wayBack(from)}.` };
}

/** What helps when a tuned model cannot be trained further; a sentence without its full stop. */
export function wayBack(from: string): string {
  return `Training was to go on from ${excerpt(from, LONGEST_NAME)}: if that model was deleted, or belongs to another account or region, begin from scratch with retrain: {from: base}`;
}
