import type { Tool } from '../../domain/example.ts';
import { isRecord } from './json-record.ts';

/** Members of the API's own Schema (aiplatform 6.11.0, openapi.proto) that mean what they mean in JSON Schema. */
const SCHEMA_MEMBERS: ReadonlySet<string> = new Set([
  ...['type', 'format', 'title', 'description', 'nullable', 'default', 'items', 'minItems', 'maxItems', 'enum'],
  ...['properties', 'propertyOrdering', 'required', 'minProperties', 'maxProperties', 'minimum', 'maximum'],
  ...['minLength', 'maxLength', 'pattern', 'example', 'anyOf'],
]);
/** A schema nested deeper than this goes the other way unread. */
const DEEPEST_SCHEMA = 32;

/** Tools as function declarations; a schema that Gemini's own form cannot hold is given as the JSON Schema that it is. */
export function toDeclarations(tools: readonly Tool[]): Record<string, unknown>[] {
  return tools.map(({ name, description, parameters }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined
      ? {}
      : { [isPlain(parameters, 0) ? 'parameters' : 'parametersJsonSchema']: parameters }),
  }));
}

function isPlain(schema: unknown, depth: number): boolean {
  if (!isRecord(schema) || depth > DEEPEST_SCHEMA) return false;
  const { type, enum: choices, properties, items, anyOf } = schema;
  if (!Object.keys(schema).every((member) => SCHEMA_MEMBERS.has(member))) return false;
  if (type !== undefined && typeof type !== 'string') return false;
  if (choices !== undefined && !isTextList(choices)) return false;
  if (properties !== undefined && !isRecord(properties)) return false;
  if (anyOf !== undefined && !Array.isArray(anyOf)) return false;
  const inner: unknown[] = [
    ...Object.values(properties ?? {}),
    ...(items === undefined ? [] : [items]),
    ...(anyOf ?? []),
  ];
  return inner.every((one) => isPlain(one, depth + 1));
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
