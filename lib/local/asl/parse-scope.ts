import { didYouMean } from '../../domain/nearest-name.ts';
import { FUNCTION_NAMES } from './expression.ts';
import type { ExpressionUses } from './expression-uses.ts';
import { type Place, refuse } from './fields.ts';
import type { JsonObject } from './json.ts';
import type { StateChain } from './machine.ts';

/** The variables of one chain of states, and those of the chains inside it. */
export interface ParseScope {
  kind: 'execution' | 'inline' | 'child';
  parent: ParseScope | undefined;
  assigned: Map<string, Place>;
  read: { name: string; place: Place }[];
  children: ParseScope[];
}

/** What the parsers of all states share. */
export interface ParseContext {
  scope: ParseScope;
  /** Every state's name: they are unique over nested chains. */
  names: Set<string>;
  labels: Set<string>;
  functionNames: Set<string>;
  resultWriters: Set<string>;
  /** Whether `$states.context.Map` exists here. */
  mapItem: boolean;
  /** Whether these states run in an Express execution, which can start no distributed Map. */
  express: boolean;
  /** Handed in, for states hold chains and chains hold states. */
  parseChain(container: JsonObject, place: Place, context: ParseContext): StateChain;
}

/** Which of `$states`' fields exist at a place, besides input and context. */
export interface StatesAccess {
  result?: boolean;
  errorOutput?: boolean;
  mapItem?: boolean;
}

/** Variable names: letters, digits and underscore, at most 80 (developer guide, "Passing data between states with variables"). */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,79}$/;

/** Fields of the context object that exist here (developer guide, "Context object", minus redrives and task tokens). */
const CONTEXT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Execution: ['Id', 'Input', 'Name', 'RoleArn', 'StartTime'],
  State: ['EnteredTime', 'Name', 'RetryCount'],
  StateMachine: ['Id', 'Name'],
  Map: ['Item'],
};

export function childScope(context: ParseContext, kind: 'inline' | 'child'): ParseContext {
  const scope: ParseScope = { kind, parent: context.scope, assigned: new Map(), read: [], children: [] };
  context.scope.children.push(scope);
  return { ...context, scope, mapItem: kind === 'inline' && context.mapItem };
}

/** Notes a variable that a state assigns; refuses names that JSONata or Step Functions keeps for itself. */
export function noteAssigned(name: string, place: Place, context: ParseContext): void {
  if (!VARIABLE_NAME.test(name)) refuse(place, `"${name}" is no variable name; use letters, digits and _, at most 80.`);
  if (name === 'states') refuse(place, '"states" is reserved by Step Functions; choose another name.');
  if (FUNCTION_NAMES.has(name))
    refuse(place, `a variable called "${name}" would hide JSONata's function; choose another name.`);
  context.scope.assigned.set(name, place);
}

/** Checks at once what an expression may not do anywhere, and keeps its variables for `checkScopes`. */
export function noteUses(uses: ExpressionUses, place: Place, access: StatesAccess, context: ParseContext): void {
  const [reference] = uses.contextReferences;
  if (reference !== undefined) {
    refuse(place, `reference to "${reference}" at the top level: begin with $states.input or a variable.`);
  }
  const [operator] = uses.newOperators;
  if (operator !== undefined) {
    const remedy = operator === '??' ? '$exists(a) ? a : b' : 'a ? a : b';
    refuse(place, `the operator ${operator} is newer than the JSONata 2.0.6 of Step Functions; write ${remedy}.`);
  }
  for (const path of uses.statesPaths) checkStatesPath(path, place, access, context);
  for (const name of uses.variables) noteRead(name, place, context);
}

function noteRead(name: string, place: Place, context: ParseContext): void {
  if (name === 'eval') refuse(place, 'Step Functions has no $eval; use $parse for JSON text.');
  if (!FUNCTION_NAMES.has(name)) context.scope.read.push({ name, place });
}

function checkStatesPath(path: readonly string[], place: Place, access: StatesAccess, context: ParseContext): void {
  const available = ['input', 'context'];
  if (access.result === true) available.push('result');
  if (access.errorOutput === true) available.push('errorOutput');
  const [field, ...rest] = path;
  const list = available.map((name) => `$states.${name}`).join(', ');
  if (field === undefined) refuse(place, `name the part of $states that is meant: ${list}.`);
  if (!available.includes(field)) {
    refuse(place, `$states.${field} does not exist here.${didYouMean(field, available)} Available: ${list}.`);
  }
  if (field === 'context') checkContextPath(rest, place, access.mapItem === true || context.mapItem);
}

function checkContextPath(path: readonly string[], place: Place, mapItem: boolean): void {
  const [group, field] = path;
  if (group === undefined) return;
  const groups = Object.keys(CONTEXT_FIELDS).filter((name) => name !== 'Map' || mapItem);
  if (!groups.includes(group)) {
    refuse(
      place,
      `$states.context.${group} does not exist here.${didYouMean(group, groups)} Available: ${groups.join(', ')}.`,
    );
  }
  const fields = CONTEXT_FIELDS[group] ?? [];
  if (field !== undefined && !fields.includes(field)) {
    const hint = didYouMean(field, fields);
    refuse(place, `$states.context.${group}.${field} does not exist here.${hint} Available: ${fields.join(', ')}.`);
  }
}

/** Once all states are read: every variable that is read must be assigned somewhere in reach, and none twice over scopes. */
export function checkScopes(scope: ParseScope): void {
  for (const [name, place] of scope.assigned) {
    if (scope.kind === 'inline' && inReach(scope.parent, name)) {
      refuse(
        place,
        `"${name}" is a variable of an outer scope, which can be read here but not assigned; choose another name.`,
      );
    }
  }
  for (const { name, place } of scope.read) {
    if (!inReach(scope, name)) refuse(place, unknownVariable(name, scope));
  }
  for (const child of scope.children) checkScopes(child);
}

function inReach(scope: ParseScope | undefined, name: string): boolean {
  if (scope === undefined) return false;
  return scope.assigned.has(name) || (scope.kind === 'inline' && inReach(scope.parent, name));
}

function unknownVariable(name: string, scope: ParseScope): string {
  for (let outer = scope.parent; outer !== undefined; outer = outer.parent) {
    if (outer.assigned.has(name)) {
      return `$${name} belongs to the execution around this Map; a child execution of a distributed Map cannot read it. Pass it in ItemSelector or BatchInput.`;
    }
  }
  return `$${name} is neither a function nor assigned by any state.${didYouMean(name, [...scope.assigned.keys(), ...FUNCTION_NAMES])}`;
}
