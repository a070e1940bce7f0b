import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Resource, Template } from './compiled.ts';

const specification = loadAwsServiceSpecSync();
type ResourceType = ReturnType<typeof findType> & object;
type Properties = ResourceType['properties'];
type PropertyType = Properties[string]['type'];

/** The official specification of a resource type, or undefined where there is no such type. */
export function findType(name: string) {
  return specification.lookup('resource', 'cloudFormationType', 'equals', name)[0];
}

const RESOURCE_KEYS = new Set([
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

/** What is wrong with a template's resources, by the official specification: types, properties at every depth, required ones, kinds of values. */
export function specificationProblems({ Resources }: Template): string[] {
  return Object.entries(Resources).flatMap(([name, resource]) => resourceProblems(name, resource));
}

function resourceProblems(name: string, resource: Resource): string[] {
  const type = findType(resource.Type);
  if (type === undefined) return [`${name}: there is no resource type ${resource.Type}`];
  const unknown = Object.keys(resource).filter((key) => !RESOURCE_KEYS.has(key));
  return [
    ...unknown.map((key) => `${name}: a resource has no "${key}"`),
    ...objectProblems(resource.Properties ?? {}, type.properties, name),
  ];
}

function objectProblems(value: unknown, properties: Properties, path: string): string[] {
  if (!isObject(value)) return [`${path}: ${JSON.stringify(value)} is no object`];
  const missing = Object.entries(properties).filter(([name, { required }]) => required === true && !(name in value));
  const given = Object.entries(value).flatMap(([name, item]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return property === undefined
      ? [`${path}: there is no property ${name}`]
      : valueProblems(item, property.type, `${path}.${name}`);
  });
  return [...missing.map(([name]) => `${path}: ${name} is required`), ...given];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueProblems(value: unknown, type: PropertyType, path: string): string[] {
  if (value === null) return [`${path}: CloudFormation takes no null`];
  if (isObject(value)) {
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && name === 'Fn::If') return branchProblems(argument, type, path);
    // What else a function gives is known when the stack is made; that it is sound is checked where references are.
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return [];
  }
  return plainProblems(value, type, path);
}

function branchProblems(argument: unknown, type: PropertyType, path: string): string[] {
  const [, ...branches] = Array.isArray(argument) ? argument : [];
  if (branches.length !== 2) return [`${path}: Fn::If needs two branches`];
  return branches.flatMap((branch) => valueProblems(branch, type, path));
}

function plainProblems(value: unknown, type: PropertyType, path: string): string[] {
  switch (type.type) {
    case 'ref':
      return objectProblems(value, specification.get('typeDefinition', type.reference.$ref).properties, path);
    case 'array':
      if (!Array.isArray(value)) return [`${path}: ${JSON.stringify(value)} is no list`];
      return value.flatMap((item, index) => valueProblems(item, type.element, `${path}[${index}]`));
    case 'map':
      if (!isObject(value)) return [`${path}: ${JSON.stringify(value)} is no object`];
      return Object.entries(value).flatMap(([name, item]) => valueProblems(item, type.element, `${path}.${name}`));
    case 'union':
      return unionProblems(value, type.types, path);
    case 'tag':
      return isObject(value) && 'Key' in value && 'Value' in value ? [] : [`${path}: a tag has Key and Value`];
    case 'json':
      return nullProblems(value, path);
    default:
      return scalarProblems(value, type, path);
  }
}

/** Of several shapes that a value may have, the one that fits best tells what is wrong. */
function unionProblems(value: unknown, types: readonly PropertyType[], path: string): string[] {
  const problems = types.map((type) => valueProblems(value, type, path));
  return problems.reduce((best, next) => (next.length < best.length ? next : best));
}

function nullProblems(value: unknown, path: string): string[] {
  if (value === null) return [`${path}: CloudFormation takes no null`];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) => nullProblems(item, `${path}.${name}`));
}

type ScalarType = Extract<PropertyType, { type: 'string' | 'number' | 'integer' | 'boolean' | 'date-time' | 'null' }>;

/** CloudFormation reads "5" as a number and "true" as a boolean, and nothing else as either. */
function scalarProblems(value: unknown, type: ScalarType, path: string): string[] {
  const text = String(value);
  const fits = {
    string: typeof value !== 'object',
    'date-time': typeof value === 'string',
    number: typeof value !== 'object' && text.trim() !== '' && Number.isFinite(Number(text)),
    integer: typeof value !== 'object' && /^-?\d+$/.test(text),
    boolean: /^(true|false)$/.test(text),
    null: false,
  };
  if (!fits[type.type]) return [`${path}: ${JSON.stringify(value)} is no ${type.type}`];
  const allowed: readonly unknown[] | undefined = 'allowedValues' in type ? type.allowedValues : undefined;
  if (allowed === undefined || allowed.some((one) => String(one) === text)) return [];
  return [`${path}: ${text} is none of ${allowed.join(', ')}`];
}
