import { type NumberRule, numberProblem, type Place, refuse, within } from './fields.ts';
import { type JsonObject, own } from './json.ts';
import type { Template } from './machine.ts';
import type { ParseContext } from './parse-scope.ts';
import { compileTemplate, isExpression } from './template.ts';

/** A number within its bounds, or an expression for one (which is checked when it is evaluated). */
export function optionalNumberTemplate(
  object: JsonObject,
  name: string,
  place: Place,
  options: { rule: NumberRule; context: ParseContext },
): Template | undefined {
  const value = own(object, name);
  if (value === undefined) return undefined;
  const here = within(place, name);
  if (!isExpression(value)) {
    const problem = numberProblem(value, options.rule);
    if (problem !== undefined) refuse(here, `${problem}; or an expression for it, "{% … %}".`);
  }
  return compileTemplate(value, here, {}, options.context);
}
