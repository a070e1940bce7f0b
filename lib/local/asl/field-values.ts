import { type Available, evaluateField, queryFailure, type Visit } from './execution.ts';
import { kindOf, type NumberRule, numberProblem } from './fields.ts';
import type { Template } from './machine.ts';

/** A number field; an expression that gives no fitting number fails the state. */
export async function numberField(
  template: Template,
  visit: Visit,
  field: { path: string; rule: NumberRule },
): Promise<number> {
  const value = await evaluateField(template, visit);
  const problem = numberProblem(value, field.rule);
  if (typeof value === 'number' && problem === undefined) return value;
  throw queryFailure(visit, `The value of the field '${field.path}' ${problem}.`);
}

/** A text field; an expression that gives no string fails the state. */
export async function textField(
  template: Template,
  visit: Visit,
  path: string,
  available: Available = {},
): Promise<string> {
  const value = await evaluateField(template, visit, available);
  if (typeof value === 'string') return value;
  throw queryFailure(visit, `The value of the field '${path}' must be a string, not ${kindOf(value)}.`);
}
