import { compileExpression, type EvaluationSources, type Expression, ExpressionFault } from './expression.ts';
import { type Place, refuse, within } from './fields.ts';
import { isJsonObject, type Json } from './json.ts';
import type { ExpressionBindings, Template } from './machine.ts';
import { noteUses, type ParseContext, type StatesAccess } from './parse-scope.ts';

/** An expression failed or gave nothing; the message is the sentence that Step Functions writes as the cause. */
export class QueryFailure extends Error {
  override readonly name = 'QueryFailure';
}

/** Compiles a value of the definition; refuses broken expressions and what they may not read here. */
export function compileTemplate(value: Json, place: Place, access: StatesAccess, context: ParseContext): Template {
  const node = compileNode(value, place, access, context);
  return {
    literal: node.dynamic ? undefined : value,
    evaluate: async (bindings, sources) => (node.dynamic ? node.evaluate(bindings, sources) : value),
  };
}

/** Whether a string of the definition is an expression. */
export function isExpression(value: Json | undefined): value is `{%${string}%}` {
  return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}');
}

interface TemplateNode {
  dynamic: boolean;
  evaluate(bindings: ExpressionBindings, sources: EvaluationSources): Promise<Json>;
}

function compileNode(value: Json, place: Place, access: StatesAccess, context: ParseContext): TemplateNode {
  if (typeof value === 'string') return compileString(value, place, access, context);
  if (Array.isArray(value)) {
    return arrayNode(value.map((item, index) => compileNode(item, within(place, index), access, context)));
  }
  if (!isJsonObject(value)) return { dynamic: false, evaluate: async () => value };
  const fields: [string, TemplateNode][] = Object.entries(value).map(([name, item]) => {
    const inner = within(place, name);
    if (name.endsWith('.$')) refuse(inner, 'names that end in ".$" belong to JSONPath; write the value as "{% … %}".');
    return [name, compileNode(item, inner, access, context)];
  });
  return objectNode(fields);
}

function compileString(text: string, place: Place, access: StatesAccess, context: ParseContext): TemplateNode {
  if (!isExpression(text)) {
    const trimmed = text.trim();
    if (trimmed.startsWith('{%') || trimmed.endsWith('%}')) {
      refuse(place, 'an expression begins with {% and ends with %}, with nothing before or after.');
    }
    return { dynamic: false, evaluate: async () => text };
  }
  const expression = compile(text.slice(2, -2).trim(), place);
  noteUses(expression.uses, place, access, context);
  return { dynamic: true, evaluate: (bindings, sources) => evaluate(expression, place, { bindings, sources }) };
}

function compile(source: string, place: Place): Expression {
  try {
    return compileExpression(source);
  } catch (error) {
    refuse(place, `this is no JSONata expression: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** The sentences are those of Step Functions (measured, floci-io/floci#2665 and #2783). */
async function evaluate(
  expression: Expression,
  place: Place,
  scope: { bindings: ExpressionBindings; sources: EvaluationSources },
): Promise<Json> {
  const opening = `The JSONata expression '${expression.source}' specified for the field '${place.path}'`;
  try {
    const value = await expression.evaluate(scope.bindings, scope.sources);
    if (value !== undefined) return value;
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    throw new QueryFailure(`${opening} threw an error during evaluation. ${error.message}`, { cause: error });
  }
  throw new QueryFailure(`${opening} returned nothing (undefined).`);
}

function arrayNode(items: readonly TemplateNode[]): TemplateNode {
  return {
    dynamic: items.some((item) => item.dynamic),
    evaluate: async (bindings, sources) => {
      const values: Json[] = [];
      for (const item of items) values.push(await item.evaluate(bindings, sources));
      return values;
    },
  };
}

function objectNode(fields: readonly [string, TemplateNode][]): TemplateNode {
  return {
    dynamic: fields.some(([, field]) => field.dynamic),
    evaluate: async (bindings, sources) => {
      const values: [string, Json][] = [];
      for (const [name, field] of fields) values.push([name, await field.evaluate(bindings, sources)]);
      return Object.fromEntries(values);
    },
  };
}
