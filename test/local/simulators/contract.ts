import { existsSync, readFileSync } from 'node:fs';

type Json = Record<string, unknown>;

/** The published contracts lie beside some checkouts, never in them. */
const FOLDER = new URL('../../../../shared/contracts/', import.meta.url);

/** Why contract tests are skipped, or null where they can run. */
export function missingContract(file: string): string | null {
  return existsSync(new URL(file, FOLDER)) ? null : `there is no ${file} in ../shared/contracts beside this checkout`;
}

function read(file: string): Json {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Json;
}

/** All differences between a value and a named schema of OpenAI's specification; with the paths to them. */
export function openaiDifferences(schemaName: string, value: unknown): string[] {
  const document = read('openai-finetune-openapi.json');
  const schemas = (document['components'] as { schemas: Record<string, Json> }).schemas;
  return compareSchema({ $ref: `#/components/schemas/${schemaName}` }, value, { path: schemaName, schemas });
}

interface SchemaPlace {
  path: string;
  schemas: Record<string, Json>;
}

function compareSchema(schema: Json, value: unknown, place: SchemaPlace): string[] {
  const { path, schemas } = place;
  if (typeof schema['$ref'] === 'string') {
    const target = schemas[schema['$ref'].split('/').at(-1) ?? ''];
    return target === undefined ? [`${path}: no schema ${schema['$ref']}`] : compareSchema(target, value, place);
  }
  if (value === null && schema['nullable'] === true) return [];
  const choices = (schema['anyOf'] ?? schema['oneOf']) as Json[] | undefined;
  if (choices !== undefined) {
    const results = choices.map((choice) => compareSchema(choice, value, place));
    return results.some((result) => result.length === 0) ? [] : (results[0] ?? []);
  }
  const parts = (schema['allOf'] as Json[] | undefined)?.flatMap((part) => compareSchema(part, value, place)) ?? [];
  return [...parts, ...compareType(schema, value, place), ...compareEnum(schema, value, path)];
}

function compareEnum(schema: Json, value: unknown, path: string): string[] {
  const known = schema['enum'] as unknown[] | undefined;
  return known === undefined || known.includes(value) ? [] : [`${path}: ${JSON.stringify(value)} is not in the enum`];
}

function compareType(schema: Json, value: unknown, place: SchemaPlace): string[] {
  const type = schema['type'];
  const actual = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const wanted = type === 'integer' ? 'number' : type;
  if (wanted !== undefined && wanted !== actual) return [`${place.path}: ${actual} instead of ${type}`];
  if (type === 'integer' && !Number.isInteger(value)) return [`${place.path}: no integer`];
  if (type === 'array' && Array.isArray(value) && schema['items'] !== undefined) {
    return value.flatMap((item, index) =>
      compareSchema(schema['items'] as Json, item, { ...place, path: `${place.path}[${index}]` }),
    );
  }
  return schema['properties'] === undefined ? [] : compareProperties(schema, value as Json, place);
}

function compareProperties(schema: Json, value: Json, place: SchemaPlace): string[] {
  const properties = schema['properties'] as Record<string, Json>;
  const missing = ((schema['required'] ?? []) as string[]).filter((key) => !(key in value));
  const inner = Object.entries(properties).flatMap(([key, property]) =>
    value[key] === undefined ? [] : compareSchema(property, value[key], { ...place, path: `${place.path}.${key}` }),
  );
  return [...missing.map((key) => `${place.path}: ${key} is missing`), ...inner];
}

interface Shape {
  type: string;
  required?: string[];
  members?: Record<string, { shape: string }>;
  member?: { shape: string };
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
}

/** All differences between a JSON body and a shape of Bedrock's service model; members it does not know count, too. */
export function bedrockDifferences(shapeName: string, value: unknown): string[] {
  const shapes = read('bedrock-customization-model.json')['shapes'] as Record<string, Shape>;
  return compareShape(shapeName, value, { path: shapeName, shapes });
}

/** The status and the input and output shapes of an operation. */
export function bedrockOperation(name: string): { responseCode: number; output: string; requestUri: string } {
  const operations = read('bedrock-customization-model.json')['operations'] as Record<string, never>;
  return operations[name] as unknown as { responseCode: number; output: string; requestUri: string };
}

interface ShapePlace {
  path: string;
  shapes: Record<string, Shape>;
}

function compareShape(name: string, value: unknown, place: ShapePlace): string[] {
  const shape = place.shapes[name];
  if (shape === undefined) return [`${place.path}: no shape ${name}`];
  if (shape.type === 'structure') return compareStructure(shape, value as Json, place);
  if (shape.type === 'list') {
    return (value as unknown[]).flatMap((item, index) =>
      compareShape(shape.member?.shape ?? '', item, { ...place, path: `${place.path}[${index}]` }),
    );
  }
  if (shape.type === 'timestamp') {
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value)) ? [] : [`${place.path}: no RFC 3339 time`];
  }
  if (shape.type === 'string') return compareString(shape, value, place.path);
  if (shape.type === 'float' || shape.type === 'integer') {
    return typeof value === 'number' ? [] : [`${place.path}: no number`];
  }
  return [];
}

function compareStructure(shape: Shape, value: Json, place: ShapePlace): string[] {
  const members = shape.members ?? {};
  const missing = (shape.required ?? []).filter((key) => value[key] === undefined);
  const inner = Object.entries(value).flatMap(([key, member]) => {
    const target = members[key];
    if (target === undefined) return [`${place.path}: unknown member ${key}`];
    return compareShape(target.shape, member, { ...place, path: `${place.path}.${key}` });
  });
  return [...missing.map((key) => `${place.path}: ${key} is missing`), ...inner];
}

function compareString(shape: Shape, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path}: no string`];
  if (shape.enum !== undefined && !shape.enum.includes(value)) return [`${path}: "${value}" is not in the enum`];
  if (value.length < (shape.min ?? 0) || value.length > (shape.max ?? Number.POSITIVE_INFINITY)) {
    return [`${path}: "${value}" has a wrong length`];
  }
  const matches = shape.pattern === undefined || new RegExp(`^(?:${shape.pattern})$`).test(value);
  return matches ? [] : [`${path}: "${value}" does not match the pattern`];
}
