import { didYouMean } from '../../domain/nearest-name.ts';
import { AslDefinitionError } from './errors.ts';
import { isJsonObject, type Json, type JsonObject, own } from './json.ts';

/** Where in the file one stands; messages name it. */
export interface Place {
  state: string | undefined;
  /** Relative to the state (or to the file), as Step Functions writes paths: `Retry[0]/IntervalSeconds`. */
  path: string;
}

/** Fields of the other query language, and what does their work here. */
const JSONPATH_FIELDS: Readonly<Record<string, string>> = {
  InputPath: 'select the part in Arguments with $states.input',
  OutputPath: 'shape the output in Output',
  Parameters: 'write Arguments, or ItemSelector in a Map',
  Result: 'write Output',
  ResultPath: 'combine $states.input and $states.result in Output, or keep the result in Assign',
  ResultSelector: 'shape $states.result in Output',
  ItemsPath: 'write Items',
  SecondsPath: 'write Seconds with a JSONata expression',
  TimestampPath: 'write Timestamp with a JSONata expression',
  TimeoutSecondsPath: 'write TimeoutSeconds with a JSONata expression',
  HeartbeatSecondsPath: 'leave it out',
  MaxConcurrencyPath: 'write MaxConcurrency with a JSONata expression',
  ToleratedFailureCountPath: 'write ToleratedFailureCount with a JSONata expression',
  ToleratedFailurePercentagePath: 'write ToleratedFailurePercentage with a JSONata expression',
  MaxItemsPath: 'write MaxItems with a JSONata expression',
  MaxItemsPerBatchPath: 'write MaxItemsPerBatch with a JSONata expression',
  MaxInputBytesPerBatchPath: 'write MaxInputBytesPerBatch with a JSONata expression',
  ErrorPath: 'write Error with a JSONata expression',
  CausePath: 'write Cause with a JSONata expression',
  Variable: 'write Condition with a JSONata expression',
  Iterator: 'write ItemProcessor',
};

/** Stops parsing: the one line that the user sees. */
export function refuse(place: Place, sentence: string): never {
  const state = place.state === undefined ? '' : ` state "${place.state}"`;
  const field = place.path === '' ? '' : `${state === '' ? '' : ','} field "${place.path}"`;
  const where = state === '' && field === '' ? '' : `${state}${field}:`;
  throw new AslDefinitionError(`[state machine]${where} ${sentence}`.replace(/\s+/g, ' '));
}

export function within(place: Place, step: string | number): Place {
  if (typeof step === 'number') return { ...place, path: `${place.path}[${step}]` };
  return { ...place, path: place.path === '' ? step : `${place.path}/${step}` };
}

/** Refuses the first field that is not among `allowed`, with the remedy for JSONPath fields and near misses. */
export function checkNames(object: JsonObject, place: Place, allowed: readonly string[]): void {
  for (const name of Object.keys(object)) {
    if (allowed.includes(name)) continue;
    const remedy = own({ ...JSONPATH_FIELDS }, name);
    if (remedy !== undefined) refuse(within(place, name), `this field belongs to JSONPath; with JSONata ${remedy}.`);
    refuse(
      within(place, name),
      `unknown or unsupported field.${didYouMean(name, allowed)} Allowed: ${allowed.join(', ')}.`,
    );
  }
}

export function requireObject(value: Json | undefined, place: Place): JsonObject {
  if (value === undefined) refuse(place, 'this field is missing; write a JSON object.');
  if (!isJsonObject(value)) refuse(place, `must be a JSON object, not ${kindOf(value)}.`);
  return value;
}

export function requireArray(value: Json | undefined, place: Place): Json[] {
  if (!Array.isArray(value)) refuse(place, `must be an array, not ${kindOf(value)}.`);
  if (value.length === 0) refuse(place, 'must not be empty; leave the field out or fill it.');
  return value;
}

export function optionalString(object: JsonObject, name: string, place: Place): string | undefined {
  const value = own(object, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') refuse(within(place, name), `must be a string, not ${kindOf(value)}.`);
  return value;
}

export function requireString(object: JsonObject, name: string, place: Place): string {
  const value = optionalString(object, name, place);
  if (value === undefined || value === '')
    refuse(within(place, name), 'this field is missing or empty; write a string.');
  return value;
}

export interface NumberRule {
  integer: boolean;
  least: number;
  most: number;
}

/** A literal number within its bounds; undefined when the field is absent. */
export function optionalNumber(object: JsonObject, name: string, place: Place, rule: NumberRule): number | undefined {
  const value = own(object, name);
  if (value === undefined) return undefined;
  const problem = numberProblem(value, rule);
  if (problem !== undefined) refuse(within(place, name), `${problem}.`);
  return typeof value === 'number' ? value : undefined;
}

/** What is wrong with a number, as the end of a sentence; undefined when it is right. */
export function numberProblem(value: Json, rule: NumberRule): string | undefined {
  const wanted = `${rule.integer ? 'a whole number' : 'a number'} from ${rule.least} to ${rule.most}`;
  if (typeof value !== 'number') return `must be ${wanted}, not ${kindOf(value)}`;
  const right = value >= rule.least && value <= rule.most && (!rule.integer || Number.isInteger(value));
  return right ? undefined : `must be ${wanted}, not ${value}`;
}

export function oneOf<Choice extends string>(
  value: Json | undefined,
  place: Place,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const hint = typeof value === 'string' ? didYouMean(value, choices) : '';
  refuse(place, `must be ${choices.join(' or ')}, not ${JSON.stringify(value) ?? 'missing'}.${hint}`);
}

export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
