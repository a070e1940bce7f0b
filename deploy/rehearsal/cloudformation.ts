/** A template's resources, parameters and conditions, as osls has resolved its own variables in them. */
export interface TemplateParts {
  Parameters: Readonly<Record<string, { Type: string; Default?: unknown }>>;
  Conditions: Readonly<Record<string, unknown>>;
}

export interface Names {
  region: string;
  account: string;
  stack: string;
  /** What `Ref` of a resource gives. */
  references: Readonly<Record<string, string>>;
  /** What `Fn::GetAtt` gives, by `Resource.Attribute`. */
  attributes: Readonly<Record<string, string>>;
}

type Resolve = (value: unknown) => unknown;

const NO_VALUE = Symbol('AWS::NoValue');

/** Fills in what CloudFormation would: references, conditions and the functions that the templates use; any other is an error. */
export function resolver(parts: TemplateParts, names: Names): Resolve {
  const resolve: Resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = ['', undefined]] = entries;
    if (entries.length === 1 && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::')))
      return callOf(name, argument, { parts, names, resolve });
    return Object.fromEntries(
      entries.map(([key, part]) => [key, resolve(part)]).filter(([, part]) => part !== NO_VALUE),
    );
  };
  return resolve;
}

interface Scope {
  parts: TemplateParts;
  names: Names;
  resolve: Resolve;
}

function callOf(name: string, argument: unknown, scope: Scope): unknown {
  if (name === 'Ref') return referenceTo(String(argument), scope);
  if (name === 'Condition') return conditionOf(String(argument), scope);
  if (name === 'Fn::GetAtt') return attributeOf([argument].flat().join('.'), scope);
  if (name === 'Fn::Sub') return substituted(argument, scope);
  if (name === 'Fn::If') return chosen(argument, scope);
  const evaluate = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (evaluate === undefined) throw new Error(`[rehearsal] the template uses ${name}, which is not known here.`);
  const words = scope.resolve(argument);
  return evaluate(Array.isArray(words) ? words : [words]);
}

const FUNCTIONS: Readonly<Record<string, (words: unknown[]) => unknown>> = {
  'Fn::Join': ([between, words]) => (Array.isArray(words) ? words : []).join(String(between)),
  'Fn::Split': ([between, text]) => String(text).split(String(between)),
  'Fn::Equals': ([left, right]) => left === right,
  'Fn::Not': ([value]) => value !== true,
  'Fn::And': (values) => values.every((value) => value === true),
  'Fn::Or': (values) => values.some((value) => value === true),
};

function referenceTo(name: string, { parts, names }: Scope): unknown {
  const pseudo: Record<string, unknown> = {
    'AWS::Region': names.region,
    'AWS::AccountId': names.account,
    'AWS::StackName': names.stack,
    'AWS::Partition': 'aws',
    'AWS::NoValue': NO_VALUE,
  };
  if (Object.hasOwn(pseudo, name)) return pseudo[name];
  const parameter = Object.hasOwn(parts.Parameters, name) ? parts.Parameters[name] : undefined;
  if (parameter === undefined) return names.references[name] ?? `${names.stack}-${name.toLowerCase()}`;
  const text = String(parameter.Default ?? '');
  return parameter.Type === 'CommaDelimitedList' ? text.split(',') : text;
}

function conditionOf(name: string, { parts, resolve }: Scope): boolean {
  if (!Object.hasOwn(parts.Conditions, name)) throw new Error(`[rehearsal] there is no condition "${name}".`);
  return resolve(parts.Conditions[name]) === true;
}

function attributeOf(name: string, { names }: Scope): string {
  return names.attributes[name] ?? `arn:aws:rehearsal:${names.region}:${names.account}:${name}`;
}

function chosen(argument: unknown, scope: Scope): unknown {
  const [condition, yes, no] = Array.isArray(argument) ? argument : [];
  return scope.resolve(conditionOf(String(condition), scope) ? yes : no);
}

function substituted(argument: unknown, scope: Scope): string {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  const values = scope.resolve(own) as Readonly<Record<string, unknown>>;
  return String(text).replace(/\$\{([^!}][^}]*)\}/g, (_whole, name: string) => {
    if (Object.hasOwn(values, name)) return String(values[name]);
    return String(name.includes('.') ? attributeOf(name, scope) : referenceTo(name, scope));
  });
}
