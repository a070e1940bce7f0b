import type { Issue } from '../../domain/finding.ts';
import { nearestNames } from '../../domain/nearest-name.ts';
import type { Target } from '../../domain/target.ts';
import { checkAdaptSettings } from '../adapt-settings.ts';
import type { HyperparameterFact } from '../facts.ts';
import { checkLimits } from '../limits.ts';
import type { DatasetTotals, ProviderSettings } from '../provider.ts';
import { checkTags, type TagRules } from '../tags.ts';
import { capabilities } from './capabilities.ts';
import { issues } from './codes.ts';
import { resolutionsOf } from './resolution.ts';
import { locationOf } from './settings.ts';
import {
  FREE_VALIDATION_ROWS,
  hyperparameterFacts,
  MAX_DROPPED_SHARE,
  MAX_IMAGES,
  MAX_ROWS,
  MAX_ROWS_WITH_MEDIA,
  MAX_TRAINING_FILE_BYTES,
  MAX_VALIDATION_ROWS,
  MAX_VALIDATION_SHARE,
  MIN_TRAINING_ROWS,
  RECOMMENDED_TRAINING_ROWS,
  regionsOf,
} from './spec.ts';

/** Labels of a resource: cloud.google.com/resource-manager/docs/labels-overview (2026-11), the letters of ASCII alone. */
const TAGS: TagRules = {
  title: 'Vertex AI',
  most: 63,
  key: {
    form: /^[a-z][a-z0-9_-]{0,62}$/,
    words: '1 to 63 of a–z, 0–9, "_" and "-", a letter first',
  },
  value: { form: /^[a-z0-9_-]{0,63}$/, words: 'at most 63 of a–z, 0–9, "_" and "-"' },
};

/** What is wrong with a target's own settings; the model is known to be listed. */
export function checkTarget(target: Target): Issue[] {
  const facts = hyperparameterFacts(target.model);
  const settings = Object.entries(target.hyperparameters).flatMap(([name, value]) =>
    checkHyperparameter(facts, name, value),
  );
  return [
    ...settings,
    ...checkTags(target, TAGS),
    ...checkAdaptSettings(target, ADAPT),
    ...checkResolution(target),
    ...checkLimits(target, capabilities),
  ];
}

/** PDF goes as it is, so that no pages are drawn; the resolution depends on the model, and is judged apart. */
const ADAPT = { title: 'Vertex AI', maxImages: MAX_IMAGES, drawsPages: false, own: { mediaResolution: () => null } };

function checkHyperparameter(facts: readonly HyperparameterFact[], name: string, value: string | number): Issue[] {
  const fact = facts.find((known) => known.name === name);
  if (fact === undefined) return [issues.hyperparameterUnknown(name, nameHint(facts, name))];
  return isAccepted(fact, value)
    ? []
    : [issues.hyperparameterRange(name, value, { expected: describe(fact), hint: valueHint(fact, value) })];
}

function nameHint(facts: readonly HyperparameterFact[], name: string): string {
  const names = facts.map((fact) => fact.name);
  const [nearest] = nearestNames(name, names);
  return nearest === undefined ? `Known are ${names.join(', ')}.` : `Did you mean "${nearest}"?`;
}

/** People write the adapter's size as a number, and numbers in quotes. */
function valueHint({ type, words = [] }: HyperparameterFact, value: string | number): string | undefined {
  if (type !== 'word') return typeof value === 'string' ? 'Write a number, without quotes.' : undefined;
  const word = typeof value === 'number' ? words[Math.log2(value)] : nearestNames(value, words)[0];
  return word === undefined ? undefined : `Did you mean "${word}"?`;
}

/** A number written as text is refused: it would make the same settings another job key. */
function isAccepted(fact: HyperparameterFact, value: string | number): boolean {
  if (typeof value === 'string') return (fact.words ?? []).includes(value);
  if (fact.type === 'word' || !Number.isFinite(value)) return false;
  if (fact.type === 'integer' && !Number.isSafeInteger(value)) return false;
  return value >= (fact.min ?? -Infinity) && value > (fact.above ?? -Infinity);
}

function describe({ type, above, min, words = [] }: HyperparameterFact): string {
  if (type === 'word') return words.map((word) => `"${word}"`).join(', ');
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  return above === undefined ? `${kind} from ${min}` : `${kind} greater than ${above}`;
}

function checkResolution({ model, adapt }: Target): Issue[] {
  const value = adapt['mediaResolution'];
  const known = resolutionsOf(model);
  return !Object.hasOwn(adapt, 'mediaResolution') || known.some((resolution) => resolution === value)
    ? []
    : [issues.adaptValue(value, model, known)];
}

/** Whether the settings' location tunes the model: Google refuses the job otherwise, after everything was staged. */
export function checkPlace({ model }: Target, { values }: ProviderSettings): Issue[] {
  const location = locationOf(values);
  const regions = regionsOf(model);
  const isTuned = regions === null ? location !== 'global' : regions.includes(location);
  return isTuned ? [] : [issues.region(model, location, regions)];
}

/** Row bounds and file sizes; an `error` refuses the target before anything is uploaded. */
export function checkDataset({ rows, bytes, excluded = 0 }: DatasetTotals): Issue[] {
  const found: Issue[] = [];
  const all = rows.train + rows.validation + excluded;
  if (excluded > all * MAX_DROPPED_SHARE) found.push(issues.manyLeftOut(excluded, all));
  if (rows.train < MIN_TRAINING_ROWS) found.push(issues.tooFewRows(rows.train));
  else if (rows.train < RECOMMENDED_TRAINING_ROWS) found.push(issues.fewRows(rows.train));
  const hasMedia = rows.withMedia > 0;
  if (rows.train > (hasMedia ? MAX_ROWS_WITH_MEDIA : MAX_ROWS)) found.push(issues.tooManyRows(rows.train, hasMedia));
  const most = mostValidationRows(rows.train);
  if (rows.validation > most) found.push(issues.tooManyValidationRows(rows.validation, most));
  for (const split of ['train', 'validation'] as const) {
    if (bytes[split] > MAX_TRAINING_FILE_BYTES) found.push(issues.fileOverLimit(split, bytes[split]));
  }
  return found;
}

function mostValidationRows(trainingRows: number): number {
  const share = Math.floor(trainingRows * MAX_VALIDATION_SHARE);
  return Math.min(MAX_VALIDATION_ROWS, Math.max(FREE_VALIDATION_ROWS, share));
}

/** 166 examples were given 40 epochs (2026-09): so many examples are seen in all, if that is the rule. */
const EXAMPLES_SEEN = 6640;
const MOST_EPOCHS = 40;
/** What Google's sample notebooks of 2024 got. */
const USUAL_EPOCHS = 4;

/** The epochs asked for, or a wide guess: Google chooses by the number of rows and publishes no rule. */
export function estimateEpochs({ rows }: DatasetTotals, target: Target): { low: number; high: number } {
  const asked = target.hyperparameters['epochCount'];
  if (typeof asked === 'number') return { low: asked, high: asked };
  const seen = Math.round(EXAMPLES_SEEN / Math.max(1, rows.train));
  return { low: 1, high: Math.min(MOST_EPOCHS, Math.max(USUAL_EPOCHS, seen)) };
}

/** What an epoch is charged for: the examples once, or each answer of a chat as a record of its own, and the validation rows as well. */
export function billedTokens({ tokens, tokensAtMost = tokens }: DatasetTotals): { low: number; high: number } {
  return { low: tokens.train, high: tokensAtMost.train + tokensAtMost.validation };
}
