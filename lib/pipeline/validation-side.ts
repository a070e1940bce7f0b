import type { Example, Split } from '../domain/example.ts';
import type { Issue } from '../domain/finding.ts';
import type { ModelFacts } from '../providers/facts.ts';
import { splitOf } from './accept-rows.ts';

/** What is known of all rows before a target's own are counted. */
interface Rows {
  rows: number;
  /** Rows that a file or a column marks as validation. */
  validation: number;
  /** No row is marked: a seeded share of them validates. */
  splits: boolean;
  /** That share. */
  share: number;
  /** The side that a row had in the state before: it keeps it, so that no model is judged by what an earlier one learned. */
  knownSide?: (example: Example) => Split | null;
}

/** On which side a target's rows are: marked rows where they are marked, but for a surplus over the provider's limit, which trains. */
export function sidesFor(model: ModelFacts, known: Rows): (example: Example) => Split {
  if (!model.validation.value) return () => 'train';
  const limit = validationLimit(model, known.rows);
  if (known.splits) {
    const share = limit === null ? known.share : Math.min(known.share, withRoom(limit) / known.rows);
    const isLimited = share < known.share;
    return (example) => {
      const side = known.knownSide?.(example) ?? null;
      // Of those that validated before, so many train as the provider's limit asks for.
      return side === null || (side === 'validation' && isLimited) ? splitOf(example, share) : side;
    };
  }
  if (limit === null || known.validation <= limit) return (example) => splitOf(example, 0);
  const kept = withRoom(limit) / known.validation;
  return (example) => (example.split === 'validation' ? splitOf({ ...example, split: null }, kept) : 'train');
}

/** Told of a target of which some validation rows train; null where none do. */
export function validationSurplus(model: ModelFacts, title: string, known: Rows): Issue | null {
  const limit = model.validation.value ? validationLimit(model, known.rows) : null;
  const wanted = known.splits ? Math.ceil(known.rows * known.share) : known.validation;
  if (limit === null || wanted <= limit) return null;
  const number = (value: number) => value.toLocaleString('en-US');
  return {
    code: 'VALIDATION_SURPLUS',
    severity: 'info',
    message: `${title} takes at most ${number(limit)} validation rows beside ${number(known.rows - limit)} others; of ${number(wanted)}, those over it train instead`,
    hint: 'Mark fewer rows as validation to choose yourself which of them train.',
  };
}

/** The most rows of so many that may validate; those over it train, so that both sides change together. Null: there is no limit. */
function validationLimit({ maxValidationRows, validationShare }: ModelFacts, rows: number): number | null {
  if (maxValidationRows === null) return null;
  if (validationShare === undefined) return maxValidationRows.value;
  const { freeRows, share } = validationShare.value;
  return Math.min(maxValidationRows.value, Math.max(freeRows, Math.floor((rows * share) / (1 + share))));
}

/** Rows are chosen by their content, which scatters: four standard deviations below the limit, one run in 30,000 is over it. */
function withRoom(limit: number): number {
  return Math.max(0, limit - 4 * Math.sqrt(limit));
}
