import type { Template } from './compiled.ts';
import { findType } from './specification.ts';

const PSEUDO = new Set([
  'AccountId',
  'NoValue',
  'NotificationARNs',
  'Partition',
  'Region',
  'StackId',
  'StackName',
  'URLSuffix',
]);

export interface Reference {
  /** `Resource` or `Parameter` or `AWS::Region`. */
  to: string;
  /** Of GetAtt. */
  attribute?: string;
  path: string;
}

type Visit = (name: string, argument: unknown, path: string) => void;

/** What is wrong with a template's references: names that nothing has, attributes that a type lacks, cycles, functions that are called wrongly. */
export function referenceProblems(template: Template): string[] {
  const { Parameters = {}, Conditions = {}, Resources, Outputs = {} } = template;
  const problems: string[] = [];
  for (const { to, attribute, path } of referencesIn({ Conditions, Resources, Outputs }, '')) {
    const isPseudo = to.startsWith('AWS::') && PSEUDO.has(to.slice('AWS::'.length));
    const isNamed = isPseudo || Object.hasOwn(Parameters, to) || Object.hasOwn(Resources, to);
    if (!isNamed) problems.push(`${path}: there is no ${to}`);
    else if (attribute !== undefined && !hasAttribute(template, to, attribute)) {
      problems.push(`${path}: ${to} has no attribute ${attribute}`);
    }
  }
  return [...problems, ...conditionProblems(template), ...callProblems(template), ...cycleProblems(template)];
}

function hasAttribute({ Resources }: Template, name: string, attribute: string): boolean {
  const attributes = findType(Resources[name]?.Type ?? '')?.attributes ?? {};
  return Object.hasOwn(attributes, attribute);
}

/** Every Ref, GetAtt and Sub below a value. */
export function referencesIn(value: unknown, from: string): Reference[] {
  const found: Reference[] = [];
  visitCalls(value, from, (name, argument, path) => {
    if (name === 'Ref') found.push({ to: String(argument), path });
    if (name === 'Fn::GetAtt') found.push({ ...attributeOf([argument].flat().join('.')), path });
    if (name === 'Fn::Sub') found.push(...substitutedNames(argument, path));
  });
  return found;
}

function attributeOf(text: string): { to: string; attribute?: string } {
  const [to = '', ...attribute] = text.split('.');
  return attribute.length === 0 ? { to } : { to, attribute: attribute.join('.') };
}

function substitutedNames(argument: unknown, path: string): Reference[] {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  const names = [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => name);
  return names.filter((name) => !Object.hasOwn(own ?? {}, name)).map((name) => ({ ...attributeOf(name), path }));
}

function visitCalls(value: unknown, path: string, visit: Visit): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    if (name === 'Ref' || name.startsWith('Fn::')) visit(name, item, path);
    visitCalls(item, path === '' ? name : `${path}.${name}`, visit);
  }
}

function conditionProblems({ Conditions = {}, Resources, Outputs = {} }: Template): string[] {
  const named = Object.entries({ ...Resources, ...Outputs }).map(([name, { Condition }]) => [name, Condition] as const);
  const used: (readonly [string, string | undefined])[] = [...named];
  visitCalls({ Resources, Outputs }, '', (name, argument, path) => {
    if (name === 'Fn::If' && Array.isArray(argument)) used.push([path, String(argument[0])]);
  });
  const within = JSON.stringify(Conditions).matchAll(/\{"Condition":"([^"]+)"\}/g);
  for (const [, name] of within) used.push(['Conditions', name]);
  const missing = used.filter(([, name]) => name !== undefined && !Object.hasOwn(Conditions, name));
  const unused = Object.keys(Conditions).filter((name) => !used.some(([, one]) => one === name));
  return [
    ...missing.map(([path, name]) => `${path}: there is no condition ${name}`),
    ...unused.map((name) => `Conditions.${name}: nobody asks for it`),
  ];
}

const KNOWN = new Set(
  ['If', 'Sub', 'GetAtt', 'Join', 'Split', 'Select', 'Equals', 'Not', 'And', 'Or'].map((name) => `Fn::${name}`),
);

function callProblems(template: Template): string[] {
  const problems: string[] = [];
  visitCalls(template, '', (name, argument, path) => {
    if (name !== 'Ref' && !KNOWN.has(name)) problems.push(`${path}: ${name} is not known here`);
    // CloudFormation takes functions in the list that is joined, and none as what stands between.
    const isSeparator = name === 'Fn::Join' || name === 'Fn::Split';
    if (isSeparator && (!Array.isArray(argument) || typeof argument[0] !== 'string')) {
      problems.push(`${path}: the separator of ${name} must be plain text`);
    }
  });
  return problems;
}

function cycleProblems({ Resources }: Template): string[] {
  const needs = new Map(
    Object.entries(Resources).map(([name, resource]) => {
      const referenced = referencesIn(resource, name).map(({ to }) => to);
      return [name, [...[resource.DependsOn ?? []].flat(), ...referenced]];
    }),
  );
  const missing = Object.entries(Resources).flatMap(([name, { DependsOn = [] }]) =>
    [DependsOn]
      .flat()
      .filter((one) => !Object.hasOwn(Resources, one))
      .map((one) => `${name}: DependsOn names no resource: ${one}`),
  );
  const done = new Set<string>();
  const cycles = [...needs.keys()].flatMap((name) => cycleFrom(name, [], { needs, done }) ?? []);
  return [...missing, ...cycles.map((cycle) => `these wait for each other: ${cycle}`)];
}

interface Graph {
  needs: ReadonlyMap<string, readonly string[]>;
  done: Set<string>;
}

function cycleFrom(name: string, before: readonly string[], graph: Graph): string | null {
  if (before.includes(name)) return [...before.slice(before.indexOf(name)), name].join(' -> ');
  if (graph.done.has(name)) return null;
  for (const needed of graph.needs.get(name) ?? []) {
    const cycle = graph.needs.has(needed) ? cycleFrom(needed, [...before, name], graph) : null;
    if (cycle !== null) return cycle;
  }
  graph.done.add(name);
  return null;
}
