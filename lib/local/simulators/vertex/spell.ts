import { isObject, type JsonObject } from '../json-value.ts';
import type { Violation } from './refusal.ts';

/** A message's fields: a nested message, or what a value must be; `opaque` ones are let through unread. */
export type Shape = {
  readonly [field: string]: Shape | 'string' | 'int64' | 'number' | 'boolean' | 'map' | 'enum' | 'opaque';
};

/** Reads a message as protobuf's JSON does: camel or snake case, null as absence, int64 as string; the rest are violations. */
export function readMessage(
  value: unknown,
  shape: Shape,
  path: string,
): { message: JsonObject; violations: Violation[] } {
  if (!isObject(value))
    return { message: {}, violations: [{ field: path, description: 'Proto field is not a message.' }] };
  const violations: Violation[] = [];
  const entries: [string, unknown][] = [];
  for (const [key, given] of Object.entries(value)) {
    const name = toCamelCase(key);
    const kind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (kind === undefined) violations.push(unknownName(key, path));
    else if (given !== null)
      entries.push([name, readValue(given, { kind, path: `${path}.${toSnakeCase(name)}`, violations })]);
  }
  return { message: Object.fromEntries(entries), violations };
}

interface ValuePlace {
  kind: Shape[string];
  path: string;
  violations: Violation[];
}

function readValue(given: unknown, { kind, path, violations }: ValuePlace): unknown {
  if (typeof kind === 'object') {
    const nested = readMessage(given, kind, path);
    violations.push(...nested.violations);
    return nested.message;
  }
  const value = CONVERTERS[kind](given);
  if (value !== undefined) return value;
  violations.push({
    field: path,
    description: `Invalid value at '${path}' (${kind}): ${JSON.stringify(given).slice(0, 80)}`,
  });
  return undefined;
}

/** Undefined for what does not fit; enums are checked where their names are known. */
const CONVERTERS: Record<Exclude<Shape[string], Shape>, (given: unknown) => unknown> = {
  string: (given) => (typeof given === 'string' ? given : undefined),
  int64: readInt64,
  number: (given) => (typeof given === 'number' && Number.isFinite(given) ? given : undefined),
  boolean: (given) => (typeof given === 'boolean' ? given : undefined),
  map: (given) => (isObject(given) && Object.values(given).every((it) => typeof it === 'string') ? given : undefined),
  enum: (given) => (typeof given === 'string' || Number.isInteger(given) ? given : undefined),
  opaque: (given) => given,
};

function readInt64(given: unknown): string | undefined {
  if (typeof given === 'number') return Number.isSafeInteger(given) ? String(given) : undefined;
  return typeof given === 'string' && /^-?\d{1,19}$/.test(given) ? String(BigInt(given)) : undefined;
}

function unknownName(key: string, path: string): Violation {
  const name = JSON.stringify(key.slice(0, 80));
  return {
    field: path,
    description: `Invalid JSON payload received. Unknown name ${name} at '${path}': Cannot find field.`,
  };
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
