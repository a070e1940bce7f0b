import type { Template } from './compiled.ts';

export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

interface PolicyDocument {
  Statement: unknown[];
}

/** What a role may do, branches not yet chosen; the policies that are attached to it from outside included. */
export function statementsOf({ Resources }: Template, role: string): unknown[] {
  const inline = (Resources[role]?.Properties?.['Policies'] ?? []) as { PolicyDocument: PolicyDocument }[];
  const attached = Object.values(Resources).filter(
    ({ Type, Properties }) =>
      Type === 'AWS::IAM::Policy' && JSON.stringify(Properties?.['Roles']).includes(`{"Ref":"${role}"}`),
  );
  const documents = [
    ...inline.map(({ PolicyDocument }) => PolicyDocument),
    ...attached.map(({ Properties }) => Properties?.['PolicyDocument'] as PolicyDocument),
  ];
  return documents.flatMap(({ Statement }) => Statement);
}

/** Statements as lines for people: `[condition] actions: resources {limits}`. */
export function linesOf(statements: readonly unknown[]): string[] {
  return statements.map((statement) => {
    const { 'Fn::If': choice } = statement as { 'Fn::If'?: [string, Statement, { Ref: string }] };
    if (choice === undefined) return lineOf(statement as Statement);
    const [condition, yes, no] = choice;
    if (no?.Ref !== 'AWS::NoValue') throw new Error('a statement is given, or not');
    return `[${condition}] ${lineOf(yes)}`;
  });
}

function lineOf({ Effect, Action, Resource, Condition = {} }: Statement): string {
  if (Effect !== 'Allow') throw new Error('roles are given what they may do, and nothing else');
  const limits = Object.entries(Condition).flatMap(([operator, entries]) =>
    Object.entries(entries).map(([key, value]) => `${key} ${operator} ${textOf(value)}`),
  );
  const limit = limits.length === 0 ? '' : ` {${limits.join(', ')}}`;
  return `${[Action].flat().join(' ')}: ${[textOf(Resource)].flat().join(' ')}${limit}`;
}

/** A value of a template as text, with what CloudFormation fills in between angle brackets: `<Queue.Arn>`. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name = '', argument] = []] = Object.entries(value);
  const words: unknown[] = Array.isArray(argument) ? argument : [argument];
  switch (name) {
    case 'Ref':
      return `<${argument}>`;
    case 'Fn::GetAtt':
      return `<${words.join('.')}>`;
    case 'Fn::Sub': {
      const own = (words[1] ?? {}) as Record<string, unknown>;
      return String(words[0]).replace(/\$\{([^}]+)\}/g, (_whole, key: string) =>
        Object.hasOwn(own, key) ? textOf(own[key]) : `<${key}>`,
      );
    }
    case 'Fn::If':
      return `<${words[0]} ? ${textOf(words[1])} : ${textOf(words[2])}>`;
    case 'Fn::Join':
      return `<${textOf(words[1])} joined by "${words[0]}">`;
    case 'Fn::Split':
      return `<split ${textOf(words[1])}>`;
    default:
      throw new Error(`${name} is not known here`);
  }
}

/** Whether a pattern of IAM, with * and ?, covers a text. */
export function covers(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
