import type { Issue } from '../../domain/finding.ts';
import { nearestNames } from '../../domain/nearest-name.ts';
import type { Target } from '../../domain/target.ts';
import type { DatasetTotals, HyperparameterFact } from '../provider.ts';
import { issues } from './codes.ts';
import { isModelWord } from './names.ts';
import { checkAdaptOptions } from './options.ts';
import { DEFAULT_EPOCHS, hyperparameterFacts, MAX_ROWS, minRows, RECOMMENDED_TRAINING_ROWS } from './spec.ts';

/** What is wrong with a target's own settings; the model is known to be listed. */
export function checkTarget(target: Target): Issue[] {
  const { hyperparameters, suffix } = target;
  const settings = Object.entries(hyperparameters).flatMap(([name, value]) => checkHyperparameter(name, value));
  const isNamed = suffix === undefined || isModelWord(suffix);
  return [...settings, ...(isNamed ? [] : [issues.suffixCharacters(suffix)]), ...checkAdaptOptions(target)];
}

function checkHyperparameter(name: string, value: string | number): Issue[] {
  const fact = hyperparameterFacts.find((known) => known.name === name);
  if (fact === undefined) return [issues.hyperparameterUnknown(name, nameHint(name))];
  return isAccepted(fact, value) ? [] : [issues.hyperparameterRange(name, value, describe(fact))];
}

function nameHint(name: string): string {
  // Public scripts send it, since other models on Bedrock have it.
  if (name === 'batchSize') return 'Nova takes no batch size; leave it out.';
  const names = hyperparameterFacts.map((fact) => fact.name);
  const [nearest] = nearestNames(name, names);
  return nearest === undefined ? `Known are ${names.join(', ')}.` : `Did you mean "${nearest}"?`;
}

/** A number written as text is refused: it would make the same settings another job key. */
function isAccepted({ type, min = -Infinity, max = Infinity }: HyperparameterFact, value: string | number): boolean {
  if (typeof value === 'string' || !Number.isFinite(value)) return false;
  return (type !== 'integer' || Number.isInteger(value)) && value >= min && value <= max;
}

function describe({ type, min, max }: HyperparameterFact): string {
  return `${type === 'integer' ? 'a whole number' : 'a number'} from ${min} to ${max}`;
}

/** Row bounds and mixed datasets; an `error` refuses the target before anything is staged. */
export function checkDataset({ rows, kinds }: DatasetTotals, { model }: Target): Issue[] {
  const found: Issue[] = [];
  const least = minRows(model);
  if (rows.train < least) found.push(issues.tooFewRows(rows.train, least));
  else if (rows.train < RECOMMENDED_TRAINING_ROWS) found.push(issues.fewRows(rows.train));
  const all = rows.train + rows.validation;
  if (all > MAX_ROWS) found.push(issues.tooManyRows(all));
  // Rows whose only files are inlined texts count as rows with media, so that a mixture may go untold, but none is invented.
  const isMixed = kinds.includes('image') && rows.withMedia > 0 && rows.textOnly > 0;
  if (isMixed) found.push(issues.mixedModalities(rows.textOnly, rows.withMedia));
  return found;
}

/** The epochs asked for, or Bedrock's default. */
export function estimateEpochs(_totals: DatasetTotals, target: Target): { low: number; high: number } {
  const asked = target.hyperparameters['epochCount'];
  const epochs = typeof asked === 'number' ? asked : DEFAULT_EPOCHS;
  return { low: epochs, high: epochs };
}
