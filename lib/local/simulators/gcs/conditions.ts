import type { Condition } from '../storage/index.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { GcsRefusal } from './refusal.ts';

/** The four preconditions of the JSON API; generation 0 stands for "no object". */
export interface Preconditions {
  generationMatch: string | null;
  generationNotMatch: string | null;
  metagenerationMatch: string | null;
  metagenerationNotMatch: string | null;
}

/** Reads `ifGenerationMatch` and its kin, for a copy's source `ifSourceGenerationMatch`. */
export function readPreconditions(query: URLSearchParams, infix: '' | 'Source' = ''): Preconditions {
  const read = (name: string) => readGeneration(query, `if${infix}${name}`);
  return {
    generationMatch: read('GenerationMatch'),
    generationNotMatch: read('GenerationNotMatch'),
    metagenerationMatch: read('MetagenerationMatch'),
    metagenerationNotMatch: read('MetagenerationNotMatch'),
  };
}

/** A whole number from the query as Google writes int64: digits. */
export function readGeneration(query: URLSearchParams, name: string): string | null {
  const value = query.get(name);
  if (value === null || /^\d{1,19}$/.test(value)) return value === null ? null : String(BigInt(value));
  throw new GcsRefusal(400, `Invalid argument: ${name} must be a number, not "${value}".`);
}

/** The preconditions as a judgement of the present object. */
export function toCondition(preconditions: Preconditions): Condition {
  return (current) => meetsMatch(preconditions, current) && meetsNotMatch(preconditions, current);
}

function meetsMatch({ generationMatch, metagenerationMatch }: Preconditions, current: StoredObject | null): boolean {
  if (generationMatch !== null && generationMatch !== (current?.generation ?? '0')) return false;
  return metagenerationMatch === null || metagenerationMatch === String(current?.metageneration);
}

function meetsNotMatch(
  { generationNotMatch, metagenerationNotMatch }: Preconditions,
  current: StoredObject | null,
): boolean {
  if (generationNotMatch !== null && generationNotMatch === (current?.generation ?? '0')) return false;
  return metagenerationNotMatch === null || metagenerationNotMatch !== String(current?.metageneration);
}

/** What Cloud Storage says when a precondition does not hold. */
export function conditionNotMet(): GcsRefusal {
  return new GcsRefusal(412, 'At least one of the pre-conditions you specified did not hold.');
}

/** Judges a read: 412, or 304 where a NotMatch condition found what the client has. */
export function checkRead(preconditions: Preconditions, object: StoredObject): void {
  if (!meetsMatch(preconditions, object)) throw conditionNotMet();
  if (!meetsNotMatch(preconditions, object)) throw new GcsRefusal(304, 'Not Modified');
}
