import {
  checkNames,
  oneOf,
  optionalString,
  type Place,
  refuse,
  requireArray,
  requireObject,
  requireString,
  within,
} from './fields.ts';
import { type Json, type JsonObject, own } from './json.ts';
import { WAIT_SECONDS } from './limits.ts';
import type { ChoiceRule, ChoiceState, FailState, ParallelState, State, WaitState } from './machine.ts';
import { optionalTemplate, parseBindings } from './parse-bindings.ts';
import { parseMap } from './parse-map.ts';
import { optionalNumberTemplate } from './parse-number.ts';
import { parseRecovery } from './parse-recovery.ts';
import { childScope, type ParseContext } from './parse-scope.ts';
import { parseTask } from './parse-task.ts';
import { isExpression } from './template.ts';
import { isTimestamp } from './timestamp.ts';

const STATE_TYPES = ['Task', 'Choice', 'Wait', 'Pass', 'Succeed', 'Fail', 'Parallel', 'Map'] as const;
const COMMON = ['Type', 'Comment', 'QueryLanguage'];
const FLOW = ['Next', 'End', 'Output', 'Assign'];
const RECOVERY = ['Retry', 'Catch'];

/** Reads one state, with the chains inside it. */
export function parseState(name: string, definition: Json, context: ParseContext): State {
  const place: Place = { state: name, path: '' };
  const state = requireObject(definition, place);
  const type = oneOf(own(state, 'Type'), within(place, 'Type'), STATE_TYPES);
  optionalString(state, 'Comment', place);
  if (own(state, 'QueryLanguage') !== undefined)
    oneOf(own(state, 'QueryLanguage'), within(place, 'QueryLanguage'), ['JSONata']);
  const allow = (...fields: string[]) => checkNames(state, place, [...COMMON, ...fields]);
  switch (type) {
    case 'Task':
      allow(...FLOW, ...RECOVERY, 'Resource', 'Arguments', 'TimeoutSeconds');
      return {
        name,
        ...parseTask(state, place, context),
        ...parseFlow(state, place),
        ...parseRecovery(state, place, context),
      };
    case 'Pass':
      allow(...FLOW);
      return { type, name, ...parseFlow(state, place), ...parseBindings(state, place, {}, context) };
    case 'Succeed':
      allow('Output');
      return { type, name, ...parseBindings(state, place, {}, context) };
    case 'Fail':
      allow('Error', 'Cause');
      return parseFail(name, state, context);
    case 'Choice':
      allow('Choices', 'Default', 'Output', 'Assign');
      return parseChoice(name, state, context);
    case 'Wait':
      allow(...FLOW, 'Seconds', 'Timestamp');
      return parseWait(name, state, context);
    case 'Parallel':
      allow(...FLOW, ...RECOVERY, 'Branches', 'Arguments');
      return parseParallel(name, state, context);
    case 'Map':
      return {
        name,
        ...parseMap(state, place, { context, common: [...COMMON, ...FLOW, ...RECOVERY] }),
        ...parseFlow(state, place),
      };
  }
}

/** Next or End: exactly one of them. */
function parseFlow(state: JsonObject, place: Place): { next: string | undefined } {
  const end = own(state, 'End');
  if (end !== undefined && typeof end !== 'boolean') refuse(within(place, 'End'), 'must be true or false.');
  const next = optionalString(state, 'Next', place);
  if (end === true && next !== undefined) refuse(within(place, 'Next'), 'Next and End exclude each other; remove one.');
  if (end !== true && next === undefined)
    refuse(within(place, 'Next'), 'the state leads nowhere; add Next, or "End": true.');
  return { next };
}

function parseFail(name: string, state: JsonObject, context: ParseContext): FailState {
  const place: Place = { state: name, path: '' };
  for (const field of ['Error', 'Cause']) optionalString(state, field, place);
  const options = { access: {}, context };
  return {
    type: 'Fail',
    name,
    error: optionalTemplate(state, 'Error', place, options),
    cause: optionalTemplate(state, 'Cause', place, options),
  };
}

function parseChoice(name: string, state: JsonObject, context: ParseContext): ChoiceState {
  const place: Place = { state: name, path: '' };
  const rules = requireArray(own(state, 'Choices'), within(place, 'Choices'));
  return {
    type: 'Choice',
    name,
    rules: rules.map((rule, index) => parseRule(rule, within(within(place, 'Choices'), index), context)),
    otherwise: optionalString(state, 'Default', place),
    ...parseBindings(state, place, {}, context),
  };
}

function parseRule(value: Json, place: Place, context: ParseContext): ChoiceRule {
  const rule = requireObject(value, place);
  checkNames(rule, place, ['Condition', 'Next', 'Output', 'Assign', 'Comment']);
  const condition = own(rule, 'Condition');
  if (!isExpression(condition) && typeof condition !== 'boolean') {
    refuse(within(place, 'Condition'), 'must be a JSONata expression, "{% … %}", that gives true or false.');
  }
  const options = { access: {}, context };
  return {
    condition: optionalTemplate(rule, 'Condition', place, options) ?? refuse(place, 'has no Condition.'),
    next: requireString(rule, 'Next', place),
    path: place.path,
    ...parseBindings(rule, place, {}, context),
  };
}

function parseWait(name: string, state: JsonObject, context: ParseContext): WaitState {
  const place: Place = { state: name, path: '' };
  const timestamp = optionalString(state, 'Timestamp', place);
  const given = [own(state, 'Seconds'), timestamp].filter((value) => value !== undefined).length;
  if (given !== 1) refuse(place, 'a Wait state needs exactly one of Seconds and Timestamp.');
  if (timestamp !== undefined && !isExpression(timestamp) && !isTimestamp(timestamp)) {
    refuse(within(place, 'Timestamp'), `"${timestamp}" is no RFC 3339 time such as 2030-01-31T08:00:00Z.`);
  }
  return {
    type: 'Wait',
    name,
    seconds: optionalNumberTemplate(state, 'Seconds', place, { rule: WAIT_SECONDS, context }),
    timestamp: optionalTemplate(state, 'Timestamp', place, { access: {}, context }),
    ...parseFlow(state, place),
    ...parseBindings(state, place, {}, context),
  };
}

function parseParallel(name: string, state: JsonObject, context: ParseContext): ParallelState {
  const place: Place = { state: name, path: '' };
  const branches = requireArray(own(state, 'Branches'), within(place, 'Branches'));
  return {
    type: 'Parallel',
    name,
    branches: branches.map((value, index) => {
      const here = within(within(place, 'Branches'), index);
      const branch = requireObject(value, here);
      checkNames(branch, here, ['StartAt', 'States', 'Comment']);
      return context.parseChain(branch, here, childScope(context, 'inline'));
    }),
    argument: optionalTemplate(state, 'Arguments', place, { access: {}, context }),
    ...parseFlow(state, place),
    ...parseRecovery(state, place, context),
    ...parseBindings(state, place, { result: true }, context),
  };
}
