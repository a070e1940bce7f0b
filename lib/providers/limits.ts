import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { isList, isParts, type LimitParts, type LimitValue, limitText } from '../domain/limits.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import type { Target } from '../domain/target.ts';
import type { Capabilities, LimitFact, ModelFacts } from './facts.ts';

/** A limit on which sources differ, under the name by which a job spec sets it. */
interface DisputedLimit {
  name: string;
  value: LimitValue;
  source: string;
  asOf: string;
  otherwise: { value: LimitValue; source: string; asOf: string };
}

/** What is wrong with the limits that a job spec sets for a target, and which stricter rules they set aside; the model is known to be listed. */
export function checkLimits(target: Target, { models }: Capabilities): Issue[] {
  const facts = models.find(({ model }) => model === target.model);
  const disputed = facts === undefined ? [] : disputedLimits(facts);
  return Object.entries(target.limits ?? {}).flatMap(([name, given]) => {
    const limit = disputed.find((one) => one.name === name);
    if (limit === undefined) return [unknownLimit(name, target, disputed)];
    if (!isWithin(limit, given)) return [outOfRange(limit, given)];
    return isStandard(limit, given) ? [] : [setAside(limit, given, target)];
  });
}

function disputedLimits(facts: ModelFacts): DisputedLimit[] {
  return Object.entries(facts).flatMap(([name, fact]) => {
    if (typeof fact !== 'object' || fact === null || !('otherwise' in fact) || fact.otherwise === undefined) return [];
    const { value, source, asOf, otherwise } = fact;
    return [{ name, value, source, asOf, otherwise }];
  });
}

/** The number that holds for a target: the job spec's where it sets a disputed limit, else the fact's. */
export function numberLimit(name: keyof ModelFacts, fact: LimitFact<number>, target: Pick<Target, 'limits'>): number {
  const given = givenFor(name, fact, target);
  return typeof given === 'number' ? given : fact.value;
}

/** As `numberLimit`, for one of two words. */
export function wordLimit<T extends string>(
  name: keyof ModelFacts,
  fact: LimitFact<T>,
  target: Pick<Target, 'limits'>,
): T {
  const { otherwise } = fact;
  return otherwise !== undefined && givenFor(name, fact, target) === otherwise.value ? otherwise.value : fact.value;
}

/** As `numberLimit`, for a list of words. */
export function listLimit(
  name: keyof ModelFacts,
  fact: LimitFact<readonly string[]>,
  target: Pick<Target, 'limits'>,
): readonly string[] {
  const given = givenFor(name, fact, target);
  return Array.isArray(given) ? given : fact.value;
}

/** As `numberLimit`, for numbers by kind; a kind that the job spec leaves out keeps the fact's. */
export function partsLimit(
  name: keyof ModelFacts,
  fact: LimitFact<LimitParts>,
  target: Pick<Target, 'limits'>,
): LimitParts {
  const given = givenFor(name, fact, target);
  return given !== undefined && isParts(given) ? { ...fact.value, ...given } : fact.value;
}

/** Only what `checkLimits` lets pass counts. */
function givenFor(
  name: string,
  { value, otherwise }: LimitFact<LimitValue>,
  { limits }: Pick<Target, 'limits'>,
): LimitValue | undefined {
  const given = limits !== undefined && Object.hasOwn(limits, name) ? limits[name] : undefined;
  return given !== undefined && otherwise !== undefined && isWithin({ value, otherwise }, given) ? given : undefined;
}

type Sides = { value: LimitValue; otherwise: { value: LimitValue } };

/** Whether a value lies between the two sources: stricter than both is as little anybody's rule as looser than both. */
function isWithin({ value, otherwise }: Sides, given: LimitValue): boolean {
  const other = otherwise.value;
  if (isList(value) && isList(other)) {
    return isList(given) && value.every((one) => given.includes(one)) && given.every((one) => other.includes(one));
  }
  if (isParts(value) && isParts(other)) {
    return isParts(given) && Object.entries(given).every(([kind, part]) => isBetween(value, other, { kind, part }));
  }
  if (typeof value === 'number' && typeof other === 'number') return isNumberBetween(value, other, given);
  return given === value || given === other;
}

function isBetween(
  value: LimitParts,
  other: LimitParts,
  { kind, part }: { kind: string; part: number | undefined },
): boolean {
  if (!Object.hasOwn(value, kind) || !Object.hasOwn(other, kind)) return false;
  const [one, two] = [value[kind], other[kind]];
  return one !== undefined && two !== undefined && part !== undefined && isNumberBetween(one, two, part);
}

function isNumberBetween(one: number, two: number, given: LimitValue): boolean {
  return Number.isSafeInteger(given) && Number(given) >= Math.min(one, two) && Number(given) <= Math.max(one, two);
}

/** Whether nothing is set aside: the stricter source's own value. */
function isStandard({ value }: DisputedLimit, given: LimitValue): boolean {
  if (isList(value) && isList(given)) return given.every((one) => value.includes(one));
  if (isParts(value) && isParts(given)) return Object.entries(given).every(([kind, part]) => value[kind] === part);
  return value === given;
}

function unknownLimit(name: string, { provider, model }: Target, disputed: readonly DisputedLimit[]): Issue {
  const known = disputed.map((limit) => limit.name).sort();
  const choice =
    known.length === 0
      ? 'No limit of this model is disputed: leave "limits" out.'
      : `Can be set here: ${known.join(', ')}. See finedrop targets.`;
  return {
    code: 'LIMIT_UNKNOWN',
    severity: 'error',
    message: `"limits.${excerpt(name)}" cannot be set for ${provider}:${model}`,
    hint: `${didYouMean(name, known)} ${choice}`.trim(),
  };
}

function outOfRange(limit: DisputedLimit, given: LimitValue): Issue {
  const { name, value, otherwise } = limit;
  return {
    code: 'LIMIT_VALUE',
    severity: 'error',
    message: `"limits.${name}" is ${excerpt(limitText(given), LONGEST_VALUE)}, which no source has: ${told(limit)}, and ${told(otherwise)}`,
    hint: `Write ${limitText(otherwise.value)}, or leave it out for ${limitText(value)}.${typeof value === 'number' ? ' What lies between is taken, too.' : ''}`,
  };
}

function setAside(limit: DisputedLimit, given: LimitValue, { provider, model }: Target): Issue {
  const { name, otherwise } = limit;
  return {
    code: 'LIMIT_SET_ASIDE',
    severity: 'info',
    message: `"limits.${name}" is ${excerpt(limitText(given), LONGEST_VALUE)} for ${provider}:${model}: the job spec sets the stricter rule aside, ${told(limit)}`,
    hint: `Another source has it: ${told(otherwise)}. If the service holds to the stricter one, the job fails.`,
  };
}

const LONGEST_VALUE = 200;

function told({ value, source, asOf }: { value: LimitValue; source: string; asOf: string }): string {
  return `${limitText(value)} by ${source} (${asOf})`;
}
