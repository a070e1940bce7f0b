import { didYouMean } from '../../domain/nearest-name.ts';
import {
  checkNames,
  oneOf,
  optionalNumber,
  optionalString,
  type Place,
  refuse,
  requireObject,
  requireString,
  within,
} from './fields.ts';
import { isJsonObject, type Json, type JsonObject, own } from './json.ts';
import { TIMEOUT_SECONDS } from './limits.ts';
import type { State, StateChain, StateMachine } from './machine.ts';
import { checkScopes, type ParseContext, type ParseScope } from './parse-scope.ts';
import { parseState } from './parse-state.ts';

const TOP: Place = { state: undefined, path: '' };
/** State names are at most 80 characters (Amazon States Language, "States"). */
const LONGEST_NAME = 80;

/**
 * Reads a state machine and refuses, by name, whatever would not run here as it does on Step Functions.
 * `substitutions` fill `${Name}` in strings, as DefinitionSubstitutions do at deployment.
 */
export function parseStateMachine(text: string, substitutions: Readonly<Record<string, string>> = {}): StateMachine {
  const file = requireObject(substitute(parseJson(text), TOP, substitutions), TOP);
  checkNames(file, TOP, ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version']);
  checkQueryLanguage(file);
  const scope: ParseScope = { kind: 'execution', parent: undefined, assigned: new Map(), read: [], children: [] };
  const context: ParseContext = {
    scope,
    names: new Set(),
    labels: new Set(),
    functionNames: new Set(),
    resultWriters: new Set(),
    mapItem: false,
    express: false,
    parseChain,
  };
  const chain = parseChain(file, TOP, context);
  checkScopes(scope);
  return {
    ...chain,
    comment: optionalString(file, 'Comment', TOP),
    timeoutSeconds: optionalNumber(file, 'TimeoutSeconds', TOP, TIMEOUT_SECONDS),
    functionNames: [...context.functionNames],
    resultWriters: [...context.resultWriters],
  };
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    refuse(TOP, `the file is not JSON: ${error instanceof Error ? error.message : String(error)}. Restore it.`);
  }
}

function checkQueryLanguage(file: JsonObject): void {
  if (own(file, 'QueryLanguage') !== 'JSONata') {
    refuse(within(TOP, 'QueryLanguage'), 'must be "JSONata"; JSONPath is not supported here.');
  }
  const version = own(file, 'Version');
  if (version !== undefined) oneOf(version, within(TOP, 'Version'), ['1.0']);
}

function substitute(value: Json, place: Place, substitutions: Readonly<Record<string, string>>): Json {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z0-9_.:-]+)\}/g, (_, name: string) => {
      const found = Object.hasOwn(substitutions, name) ? substitutions[name] : undefined;
      if (found === undefined)
        refuse(
          place,
          `no value is given for the substitution \${${name}}.${didYouMean(name, Object.keys(substitutions))}`,
        );
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, within(place, index), substitutions));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, substitute(item, within(place, name), substitutions)]),
  );
}

/** Reads StartAt and States of the machine, an ItemProcessor or a branch. */
function parseChain(container: JsonObject, place: Place, context: ParseContext): StateChain {
  const startAt = requireString(container, 'StartAt', place);
  const definitions = requireObject(own(container, 'States'), within(place, 'States'));
  const names = Object.keys(definitions);
  if (names.length === 0) refuse(within(place, 'States'), 'has no state; add one.');
  for (const name of names) claimName(name, place, context);
  const states = new Map<string, State>();
  for (const [name, definition] of Object.entries(definitions)) states.set(name, parseState(name, definition, context));
  checkFlow({ startAt, states }, place);
  return { startAt, states };
}

function claimName(name: string, place: Place, context: ParseContext): void {
  const here = within(place, 'States');
  if (name === '' || [...name].length > LONGEST_NAME) {
    refuse(here, `the state name "${name}" must have 1 to ${LONGEST_NAME} characters.`);
  }
  if (context.names.has(name))
    refuse(here, `two states are called "${name}"; names are unique over all nested chains.`);
  context.names.add(name);
}

function checkFlow(chain: StateChain, place: Place): void {
  const names = [...chain.states.keys()];
  if (!chain.states.has(chain.startAt)) {
    refuse(
      within(place, 'StartAt'),
      `names the state "${chain.startAt}", which is missing.${didYouMean(chain.startAt, names)}`,
    );
  }
  for (const state of chain.states.values()) {
    for (const { target, path } of targets(state)) {
      if (chain.states.has(target)) continue;
      refuse(
        { state: state.name, path },
        `names the state "${target}", which is missing here.${didYouMean(target, names)}`,
      );
    }
  }
  checkReachable(chain);
  if (![...chain.states.values()].some(isTerminal)) {
    refuse(
      within(place, 'States'),
      'no state ends this chain; give one of them "End": true, or add a Succeed or Fail state.',
    );
  }
}

function checkReachable(chain: StateChain): void {
  const reached = new Set([chain.startAt]);
  for (const name of reached) {
    const state = chain.states.get(name);
    if (state !== undefined) for (const { target } of targets(state)) reached.add(target);
  }
  for (const name of chain.states.keys()) {
    if (!reached.has(name)) refuse({ state: name, path: '' }, 'no state leads here; name it in a Next, or remove it.');
  }
}

function targets(state: State): { target: string; path: string }[] {
  const found: { target: string; path: string }[] = [];
  if ('next' in state && state.next !== undefined) found.push({ target: state.next, path: 'Next' });
  if ('catchers' in state)
    for (const { next, path } of state.catchers) found.push({ target: next, path: `${path}/Next` });
  if (state.type === 'Choice') {
    for (const { next, path } of state.rules) found.push({ target: next, path: `${path}/Next` });
    if (state.otherwise !== undefined) found.push({ target: state.otherwise, path: 'Default' });
  }
  return found;
}

function isTerminal(state: State): boolean {
  return state.type === 'Succeed' || state.type === 'Fail' || ('next' in state && state.next === undefined);
}
