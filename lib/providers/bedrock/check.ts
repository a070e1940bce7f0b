import type { Issue } from '../../domain/finding.ts';
import { nearestNames } from '../../domain/nearest-name.ts';
import type { Target } from '../../domain/target.ts';
import type { HyperparameterFact } from '../facts.ts';
import { checkLimits } from '../limits.ts';
import type { DatasetTotals, ProviderSettings } from '../provider.ts';
import { checkTags, type TagRules } from '../tags.ts';
import { capabilities } from './capabilities.ts';
import { issues } from './codes.ts';
import { hyperparameterFacts } from './hyperparameters.ts';
import { limitsOf } from './limits.ts';
import { isBucketName, isModelWord } from './names.ts';
import { checkAdaptOptions } from './options.ts';
import { isRole } from './settings.ts';
import { DEFAULT_EPOCHS, MAX_ROWS } from './spec.ts';

/** `TagKey` and `TagValue` of the service model, 200 to a job, two of which finedrop sets; names that begin with "aws:" are AWS's own. */
const TAGS: TagRules = {
  title: 'Amazon Bedrock',
  most: 198,
  key: {
    form: /^(?!aws:)[a-zA-Z0-9\s._:/=+@-]{1,128}$/i,
    words: '1 to 128 letters, digits, spaces and "._:/=+@-", not "aws:" first',
  },
  value: { form: /^[a-zA-Z0-9\s._:/=+@-]{0,256}$/, words: 'at most 256 letters, digits, spaces and "._:/=+@-"' },
};

/** What is wrong with a target's own settings; the model is known to be listed. */
export function checkTarget(target: Target): Issue[] {
  const { hyperparameters, suffix } = target;
  const settings = Object.entries(hyperparameters).flatMap(([name, value]) => checkHyperparameter(name, value));
  const isNamed = suffix === undefined || isModelWord(suffix);
  return [
    ...settings,
    ...(isNamed ? [] : [issues.suffixCharacters(suffix)]),
    ...checkTags(target, TAGS),
    ...checkAdaptOptions(target),
    ...checkLimits(target, capabilities),
  ];
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
export function checkDataset({ rows, kinds }: DatasetTotals, target: Target): Issue[] {
  const found: Issue[] = [];
  const { minRows: least, recommendedRows: advised } = limitsOf(target);
  if (rows.train < least) found.push(issues.tooFewRows(rows.train, least));
  else if (rows.train < advised) found.push(issues.fewRows(rows.train, advised));
  const all = rows.train + rows.validation;
  if (all > MAX_ROWS) found.push(issues.tooManyRows(all));
  if (rows.withMedia > 0 && rows.textOnly > 0) found.push(issues.mixedModalities(rows.textOnly, rows.withMedia));
  if (kinds.includes('document')) {
    found.push(kinds.includes('image') ? issues.mixedMedia('the dataset') : issues.documentsDisputed());
  }
  return found;
}

/** Whether files can lie, and a job can be made, where the operator's settings say; what is not set is told elsewhere. */
export function checkPlace(_target: Target, { values }: ProviderSettings): Issue[] {
  const { bucket, roleArn } = values;
  return [
    ...(bucket === undefined || isBucketName(bucket) ? [] : [issues.bucketName(bucket)]),
    ...(roleArn === undefined || isRole(roleArn) ? [] : [issues.roleName(roleArn)]),
  ];
}

/** The epochs asked for, or Bedrock's default. */
export function estimateEpochs(_totals: DatasetTotals, target: Target): { low: number; high: number } {
  const asked = target.hyperparameters['epochCount'];
  const epochs = typeof asked === 'number' ? asked : DEFAULT_EPOCHS;
  return { low: epochs, high: epochs };
}
