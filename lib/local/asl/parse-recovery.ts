import { didYouMean } from '../../domain/nearest-name.ts';
import {
  checkNames,
  oneOf,
  optionalNumber,
  type Place,
  refuse,
  requireArray,
  requireObject,
  requireString,
  within,
} from './fields.ts';
import { type Json, type JsonObject, own } from './json.ts';
import type { Catcher, Recovery, Retrier } from './machine.ts';
import { parseBindings } from './parse-bindings.ts';
import type { ParseContext } from './parse-scope.ts';

/** Largest IntervalSeconds and MaxAttempts (developer guide, "Handling errors", Retry fields). */
const MOST = 99_999_999;
/** MaxDelaySeconds must be below 31,622,400 (same page). */
const MOST_DELAY = 31_622_399;

/** Names that begin with "States." and can reach a Retry or Catch of a machine that this interpreter accepts. */
const STATES_ERRORS = [
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
  'States.QueryEvaluationError',
  'States.DataLimitExceeded',
  'States.NoChoiceMatched',
  'States.ItemReaderFailed',
  'States.ResultWriterFailed',
  'States.ExceedToleratedFailureThreshold',
  'States.Permissions',
  'States.BranchFailed',
];

/** Reads Retry and Catch of a Task, Map or Parallel state. */
export function parseRecovery(state: JsonObject, place: Place, context: ParseContext): Recovery {
  const list = (name: 'Retry' | 'Catch') => {
    const value = own(state, name);
    if (value === undefined) return [];
    const items = requireArray(value, within(place, name));
    return items.map((item, index) => ({
      item,
      place: within(within(place, name), index),
      last: index === items.length - 1,
    }));
  };
  return {
    retriers: list('Retry').map((entry) => parseRetrier(entry.item, entry.place, entry.last)),
    catchers: list('Catch').map((entry) => parseCatcher(entry.item, entry.place, { last: entry.last, context })),
  };
}

function parseRetrier(value: Json, place: Place, last: boolean): Retrier {
  const retrier = requireObject(value, place);
  checkNames(retrier, place, [
    'ErrorEquals',
    'IntervalSeconds',
    'MaxAttempts',
    'BackoffRate',
    'MaxDelaySeconds',
    'JitterStrategy',
    'Comment',
  ]);
  const whole = (name: string, least: number, most: number) =>
    optionalNumber(retrier, name, place, { integer: true, least, most });
  const jitter = own(retrier, 'JitterStrategy');
  return {
    errorEquals: parseErrorEquals(retrier, place, last),
    intervalSeconds: whole('IntervalSeconds', 1, MOST) ?? 1,
    maxAttempts: whole('MaxAttempts', 0, MOST) ?? 3,
    backoffRate:
      optionalNumber(retrier, 'BackoffRate', place, { integer: false, least: 1, most: Number.MAX_VALUE }) ?? 2,
    maxDelaySeconds: whole('MaxDelaySeconds', 1, MOST_DELAY),
    fullJitter: jitter !== undefined && oneOf(jitter, within(place, 'JitterStrategy'), ['FULL', 'NONE']) === 'FULL',
  };
}

function parseCatcher(value: Json, place: Place, options: { last: boolean; context: ParseContext }): Catcher {
  const catcher = requireObject(value, place);
  checkNames(catcher, place, ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment']);
  return {
    errorEquals: parseErrorEquals(catcher, place, options.last),
    next: requireString(catcher, 'Next', place),
    path: place.path,
    ...parseBindings(catcher, place, { errorOutput: true }, options.context),
  };
}

function parseErrorEquals(entry: JsonObject, place: Place, last: boolean): string[] {
  const here = within(place, 'ErrorEquals');
  const names = requireArray(own(entry, 'ErrorEquals'), here).map((name, index) => {
    if (typeof name !== 'string' || name === '') refuse(within(here, index), 'must be an error name.');
    if (name.startsWith('States.')) checkStatesError(name, within(here, index));
    return name;
  });
  if (names.includes('States.ALL') && (names.length > 1 || !last)) {
    refuse(here, '"States.ALL" must stand alone, in the last entry.');
  }
  return names;
}

function checkStatesError(name: string, place: Place): void {
  if (STATES_ERRORS.includes(name)) return;
  if (name === 'States.Runtime') refuse(place, '"States.Runtime" can be neither retried nor caught; remove it.');
  refuse(place, `no state of this machine can fail with "${name}".${didYouMean(name, STATES_ERRORS)}`);
}
