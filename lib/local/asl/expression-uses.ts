import { isJsonObject } from './json.ts';

/** What an expression reads from outside, found in its syntax tree before anything runs. */
export interface ExpressionUses {
  /** Variables that the expression does not bind itself, `states` excluded. */
  variables: ReadonlySet<string>;
  /** Field names after `$states`, up to three; empty where `$states` stands alone. */
  statesPaths: readonly (readonly string[])[];
  /** Names, `*`, `**`, `$` or `$$` that need a context item, which Step Functions does not give. */
  contextReferences: readonly string[];
  /** Operators that came after JSONata 2.0.6. */
  newOperators: readonly string[];
}

interface Found {
  source: string;
  bound: Set<string>;
  read: Set<string>;
  statesPaths: string[][];
  contextReferences: string[];
  newOperators: string[];
}

type Node = Record<string, unknown>;

/** Reads a JSONata syntax tree; `source` is needed to tell operators that the tree does not keep apart. */
export function expressionUses(tree: unknown, source: string): ExpressionUses {
  const found: Found = {
    source,
    bound: new Set(),
    read: new Set(),
    statesPaths: [],
    contextReferences: [],
    newOperators: [],
  };
  visit(tree, false, found);
  const variables = new Set([...found.read].filter((name) => !found.bound.has(name)));
  return {
    variables,
    statesPaths: found.statesPaths,
    contextReferences: found.contextReferences,
    newOperators: found.newOperators,
  };
}

/** `context`: whether a context item exists at this place (inside a path, a filter, a sort, a transform). */
function visit(node: unknown, context: boolean, found: Found): void {
  if (Array.isArray(node)) {
    for (const part of node) visit(part, context, found);
    return;
  }
  if (!isJsonObject(node)) return;
  noteBindings(node, found);
  if (node['type'] === 'path') visitPath(node, context, found);
  else visitPlain(node, context, found);
  visitChildren(node, ['predicate', 'stages', 'group'], true, found);
}

function visitPath(node: Node, context: boolean, found: Found): void {
  const steps = Array.isArray(node['steps']) ? node['steps'] : [];
  const [first, ...rest] = steps;
  if (isVariable(first, 'states')) {
    found.statesPaths.push(leadingNames(rest));
    visitChildren(first, ['predicate', 'stages', 'group'], true, found);
  } else visit(first, context, found);
  visit(rest, true, found);
}

function visitPlain(node: Node, context: boolean, found: Found): void {
  const value = String(node['value']);
  switch (node['type']) {
    case 'name':
    case 'wildcard':
    case 'descendant':
    case 'parent':
      if (!context) found.contextReferences.push(node['type'] === 'parent' ? '%' : value);
      break;
    case 'variable':
      noteVariable(value, context, found);
      break;
    case 'condition':
      noteOperator(node, found);
      visitChildren(node, ['condition', 'then', 'else'], context, found);
      break;
    case 'transform':
      visitChildren(node, ['pattern', 'update', 'delete'], true, found);
      break;
    case 'bind':
      visit(node['rhs'], context, found);
      break;
    case 'lambda':
      visit(node['body'], context, found);
      break;
    case 'sort':
      visitChildren(node, ['terms'], true, found);
      break;
    default:
      visitChildren(
        node,
        ['lhs', 'rhs', 'expressions', 'expression', 'expr', 'arguments', 'procedure'],
        context,
        found,
      );
  }
}

function visitChildren(node: unknown, keys: readonly string[], context: boolean, found: Found): void {
  if (!isJsonObject(node)) return;
  for (const key of keys) if (Object.hasOwn(node, key)) visit(node[key], context, found);
}

function noteVariable(name: string, context: boolean, found: Found): void {
  if (name === 'states') found.statesPaths.push([]);
  else if (name === '$') found.contextReferences.push('$$');
  else if (name !== '') found.read.add(name);
  else if (!context) found.contextReferences.push('$');
}

function noteBindings(node: Node, found: Found): void {
  const bind = (target: unknown) => {
    if (isJsonObject(target)) found.bound.add(String(target['value']));
  };
  if (node['type'] === 'bind') bind(node['lhs']);
  if (node['type'] === 'lambda' && Array.isArray(node['arguments'])) node['arguments'].forEach(bind);
  if (node['type'] === 'index') bind(node);
  for (const key of ['focus', 'index']) if (typeof node[key] === 'string') found.bound.add(node[key]);
}

/** The tree has `a ?? b` and `a ?: b` as conditions; only the text at their place tells. */
function noteOperator(node: Node, found: Found): void {
  const end = Number(node['position']);
  const operator = found.source.slice(Math.max(0, end - 2), end);
  if (operator === '??' || operator === '?:') found.newOperators.push(operator);
}

function isVariable(node: unknown, name: string): boolean {
  return isJsonObject(node) && node['type'] === 'variable' && node['value'] === name;
}

function leadingNames(steps: readonly unknown[]): string[] {
  const names: string[] = [];
  for (const step of steps.slice(0, 3)) {
    if (!isJsonObject(step) || step['type'] !== 'name') break;
    names.push(String(step['value']));
  }
  return names;
}
