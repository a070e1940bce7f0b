import type { Issue } from '../domain/finding.ts';
import type { Provider } from '../providers/provider.ts';
import type { RunTarget } from './manifest.ts';
import { rowsAllowed } from './row-limit.ts';
import type { TargetSummary } from './target-summary.ts';

/** No row is left that the provider takes. */
export function nothingLeft({ capabilities }: Provider): Issue {
  return {
    code: 'NOTHING_TO_TRAIN',
    severity: 'error',
    message: `no row is left that ${capabilities.title} can take`,
    hint: 'See the findings of this target for each excluded row, or choose another target.',
  };
}

/** Rows that were left out are a surprise to whoever only sees the model; those that it has learned before are none. Null = within `maxExcluded`. */
export function tooManyExcluded({ maxExcluded }: RunTarget, { accepted, ...left }: TargetSummary): Issue | null {
  const excluded = left.excluded - left.trainedBefore;
  if (maxExcluded === undefined || excluded <= rowsAllowed(maxExcluded, accepted + excluded)) return null;
  return {
    code: 'TOO_MANY_EXCLUDED',
    severity: 'error',
    message: `${excluded} of ${accepted + excluded} rows cannot be taken, and maxExcluded is ${maxExcluded}`,
    hint: 'See the findings of this target for each excluded row; mend them, or raise maxExcluded in finedrop.yaml.',
  };
}

/** Told of a model that takes no validation file. */
export function validationNotTaken({ model }: RunTarget, rows: number): Issue {
  return {
    code: 'VALIDATION_NOT_TAKEN',
    severity: 'info',
    message: `${model} takes no validation file: its ${rows} validation rows train instead`,
  };
}
