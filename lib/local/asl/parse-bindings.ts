import { type Place, requireObject, within } from './fields.ts';
import { type JsonObject, own } from './json.ts';
import type { Bindings, Template } from './machine.ts';
import { noteAssigned, type ParseContext, type StatesAccess } from './parse-scope.ts';
import { compileTemplate } from './template.ts';

/** Reads Output and Assign of a state, a Choice rule or a catcher. */
export function parseBindings(object: JsonObject, place: Place, access: StatesAccess, context: ParseContext): Bindings {
  const output = optionalTemplate(object, 'Output', place, { access, context });
  const assign = parseAssign(object, place, { access, context });
  return { ...(output && { output }), ...(assign && { assign }) };
}

/** A field of any JSON value; undefined when it is absent. */
export function optionalTemplate(
  object: JsonObject,
  name: string,
  place: Place,
  options: { access: StatesAccess; context: ParseContext },
): Template | undefined {
  const value = own(object, name);
  return value === undefined ? undefined : compileTemplate(value, within(place, name), options.access, options.context);
}

function parseAssign(object: JsonObject, place: Place, options: { access: StatesAccess; context: ParseContext }) {
  const value = own(object, 'Assign');
  if (value === undefined) return undefined;
  const here = within(place, 'Assign');
  const assign = new Map<string, Template>();
  for (const [name, item] of Object.entries(requireObject(value, here))) {
    noteAssigned(name, within(here, name), options.context);
    assign.set(name, compileTemplate(item, within(here, name), options.access, options.context));
  }
  return assign;
}
