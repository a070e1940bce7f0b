import type { Template } from './compiled.ts';

type Settings = Readonly<Record<string, string>>;

/** The template as CloudFormation would see it with these parameters and in this Region (`AWS::Region`): branches taken, absent resources gone. */
export function templateWith(template: Template, settings: Settings): Template {
  const isTrue = (name: string) => conditionHolds(template, { 'AWS::Region': 'us-east-1', ...settings }, name);
  const present = <T extends { Condition?: string }>(all: Record<string, T>) =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([, { Condition }]) => Condition === undefined || isTrue(Condition))
        .map(([name, { Condition: _condition, ...one }]) => [name, chosen(one, isTrue) as T]),
    );
  const { Parameters = {}, Resources, Outputs = {} } = template;
  return { Parameters, Resources: present(Resources), Outputs: present(Outputs) };
}

const NOTHING = Symbol('AWS::NoValue');

function chosen(value: unknown, isTrue: (condition: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => chosen(item, isTrue)).filter((item) => item !== NOTHING);
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value && value.Ref === 'AWS::NoValue') return NOTHING;
  if ('Fn::If' in value && Array.isArray(value['Fn::If'])) {
    const [condition, yes, no] = value['Fn::If'];
    return chosen(isTrue(String(condition)) ? yes : no, isTrue);
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, chosen(item, isTrue)])
      .filter(([, item]) => item !== NOTHING),
  );
}

function conditionHolds(template: Template, settings: Settings, name: string): boolean {
  const value = (expression: unknown): unknown => {
    if (typeof expression !== 'object' || expression === null) return expression;
    const [[call, argument] = ['', undefined]] = Object.entries(expression);
    const words: unknown[] = Array.isArray(argument) ? argument : [argument];
    switch (call) {
      case 'Ref':
        return settings[String(argument)] ?? String(template.Parameters?.[String(argument)]?.Default ?? '');
      case 'Condition':
        return conditionHolds(template, settings, String(argument));
      case 'Fn::Equals':
        return value(words[0]) === value(words[1]);
      case 'Fn::Not':
        return value(words[0]) !== true;
      case 'Fn::And':
        return words.every((word) => value(word) === true);
      case 'Fn::Or':
        return words.some((word) => value(word) === true);
      case 'Fn::Join':
        return String(value(words[1])).split(',').join(String(words[0]));
      default:
        throw new Error(`${call} in the condition ${name} is not known here`);
    }
  };
  return value(template.Conditions?.[name]) === true;
}
