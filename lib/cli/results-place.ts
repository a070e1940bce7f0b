import type { ResultsPlace } from '../engines/local-models.ts';
import type { Arguments } from './arguments.ts';

/** Where the results lie that a command only reads, or changes without a run. */
export function placeOfResults({ values }: Arguments): ResultsPlace {
  const results = values['results']?.[0];
  return { out: values['out']?.[0] ?? 'finedrop-results', ...(results === undefined ? {} : { results }) };
}
