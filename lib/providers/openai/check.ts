import type { Issue } from '../../domain/finding.ts';
import { nearestNames } from '../../domain/nearest-name.ts';
import type { Target } from '../../domain/target.ts';
import { checkAdaptSettings } from '../adapt-settings.ts';
import type { HyperparameterFact } from '../facts.ts';
import { numberLimit } from '../limits.ts';
import type { DatasetTotals } from '../provider.ts';
import { checkTags, type TagRules } from '../tags.ts';
import { issues } from './codes.ts';
import type { Profile } from './profiles.ts';
import {
  hyperparameterFacts,
  MAX_ROWS_WITH_IMAGES,
  MAX_SUFFIX_CHARACTERS,
  MIN_TRAINING_ROWS,
  RECOMMENDED_TRAINING_ROWS,
} from './spec.ts';

/** `metadata` of a job: 16 pairs, two of which finedrop sets (openai-openapi f85dbe22, 2026-08-21). */
const TAGS: TagRules = {
  title: 'OpenAI',
  most: 14,
  key: { form: /^.{1,64}$/su, words: '1 to 64 characters' },
  value: { form: /^.{0,512}$/su, words: 'at most 512 characters' },
};

/** What is wrong with a target's own settings; the model is known to be listed. */
export function checkTarget(target: Target, { title, maxImagesPerExample }: Profile): Issue[] {
  const settings = Object.entries(target.hyperparameters).flatMap(([name, value]) => checkHyperparameter(name, value));
  const options = checkAdaptSettings(target, { title, maxImages: maxImagesPerExample.value, drawsPages: true });
  return [...settings, ...checkSuffix(target.suffix), ...checkTags(target, TAGS), ...options];
}

function checkHyperparameter(name: string, value: string | number): Issue[] {
  const fact = hyperparameterFacts.find((known) => known.name === name);
  if (fact === undefined) return [issues.hyperparameterUnknown(name, nameHint(name))];
  return isAccepted(fact, value) ? [] : [issues.hyperparameterRange(name, value, describe(fact))];
}

function nameHint(name: string): string {
  const names = hyperparameterFacts.map((fact) => fact.name);
  const [nearest] = nearestNames(name, names);
  return nearest === undefined ? `Known are ${names.join(', ')}.` : `Did you mean "${nearest}"?`;
}

/** A number written as text is refused: it would make the same settings another job key. */
function isAccepted(fact: HyperparameterFact, value: string | number): boolean {
  if (typeof value === 'string') return (fact.words ?? []).includes(value);
  if (!Number.isFinite(value) || (fact.type === 'integer' && !Number.isInteger(value))) return false;
  return value >= (fact.min ?? -Infinity) && value <= (fact.max ?? Infinity) && value > (fact.above ?? -Infinity);
}

function describe(fact: HyperparameterFact): string {
  const kind = fact.type === 'integer' ? 'a whole number' : 'a number';
  const range = fact.above === undefined ? `from ${fact.min} to ${fact.max}` : `greater than ${fact.above}`;
  return [`${kind} ${range}`, ...(fact.words ?? []).map((word) => `"${word}"`)].join(' or ');
}

function checkSuffix(suffix: string | undefined): Issue[] {
  // Characters, as JSON Schema counts them: an emoji is one.
  const length = suffix === undefined ? 1 : [...suffix].length;
  return length >= 1 && length <= MAX_SUFFIX_CHARACTERS ? [] : [issues.suffixLength(length, MAX_SUFFIX_CHARACTERS)];
}

/** Row bounds and file sizes; an `error` refuses the target before anything is uploaded. */
export function checkDataset({ rows, bytes, kinds }: DatasetTotals, target: Target, profile: Profile): Issue[] {
  const found: Issue[] = [];
  const most = numberLimit('maxTrainingFileBytes', profile.maxTrainingFileBytes, target);
  if (rows.train < MIN_TRAINING_ROWS) found.push(issues.tooFewRows(rows.train));
  else if (rows.train < RECOMMENDED_TRAINING_ROWS) found.push(issues.fewRows(rows.train));
  if (rows.withMedia > MAX_ROWS_WITH_IMAGES) found.push(issues.tooManyImageRows(rows.withMedia));
  for (const split of ['train', 'validation'] as const) {
    if (bytes[split] > most) found.push(issues.fileTooLarge(split, bytes[split], { title: profile.title, most }));
  }
  if (kinds.includes('image') && rows.withMedia > 0) found.push(issues.screening());
  return found;
}

const USUAL_EPOCHS = 3;
const MIN_EXAMPLES_SEEN = 100;
const MAX_EXAMPLES_SEEN = 25_000;
const MAX_EPOCHS = 25;

/**
 * The epochs asked for, or what "auto" comes to by the cookbook's rule (Chat_finetuning_data_prep.ipynb at 2e652704): three, but
 * enough to see 100 examples and not more than 25,000. `low` leaves the extra rounds of small sets out, for OpenAI promises none.
 */
export function estimateEpochs({ rows }: DatasetTotals, target: Target): { low: number; high: number } {
  const asked = target.hyperparameters['n_epochs'];
  if (typeof asked === 'number') return { low: asked, high: asked };
  const high = usualEpochs(Math.max(1, rows.train));
  return { low: Math.min(USUAL_EPOCHS, high), high };
}

function usualEpochs(rows: number): number {
  if (rows * USUAL_EPOCHS < MIN_EXAMPLES_SEEN) return Math.min(MAX_EPOCHS, Math.floor(MIN_EXAMPLES_SEEN / rows));
  if (rows * USUAL_EPOCHS > MAX_EXAMPLES_SEEN) return Math.max(1, Math.floor(MAX_EXAMPLES_SEEN / rows));
  return USUAL_EPOCHS;
}
