import { checkNames, optionalString, type Place, refuse, requireObject, requireString, within } from './fields.ts';
import { type JsonObject, own } from './json.ts';
import { TIMEOUT_SECONDS } from './limits.ts';
import type { TaskState } from './machine.ts';
import { optionalTemplate, parseBindings } from './parse-bindings.ts';
import { optionalNumberTemplate } from './parse-number.ts';
import type { ParseContext } from './parse-scope.ts';
import { isExpression } from './template.ts';

const LAMBDA_INVOKE = 'arn:aws:states:::lambda:invoke';

/** Reads what is particular to a Task state: a Lambda function and its payload. */
export function parseTask(
  state: JsonObject,
  place: Place,
  context: ParseContext,
): Pick<TaskState, 'type' | 'functionName' | 'payload' | 'timeoutSeconds' | 'output' | 'assign'> {
  const resource = requireString(state, 'Resource', place);
  if (resource !== LAMBDA_INVOKE) {
    refuse(within(place, 'Resource'), `"${resource}" cannot run here; the only resource is ${LAMBDA_INVOKE}.`);
  }
  const here = within(place, 'Arguments');
  const given = requireObject(own(state, 'Arguments'), here);
  checkNames(given, here, ['FunctionName', 'Payload']);
  const name = optionalString(given, 'FunctionName', here);
  if (name !== undefined && !isExpression(name)) context.functionNames.add(name);
  const options = { access: {}, context };
  return {
    type: 'Task',
    functionName:
      optionalTemplate(given, 'FunctionName', here, options) ??
      refuse(within(here, 'FunctionName'), 'is missing; name the function.'),
    payload:
      optionalTemplate(given, 'Payload', here, options) ??
      refuse(within(here, 'Payload'), "is missing; write the function's input."),
    timeoutSeconds: optionalNumberTemplate(state, 'TimeoutSeconds', place, { rule: TIMEOUT_SECONDS, context }),
    ...parseBindings(state, place, { result: true }, context),
  };
}
