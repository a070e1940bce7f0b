import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A text that stands in the source, with … for each value; `head` and `tail` are what it certainly begins and ends with, '' where a value stands there. */
export interface Wording {
  place: string;
  text: string;
  head: string;
  tail: string;
}

export interface FindingLiterals {
  /** Every literal that looks like a code, with the places where it stands. */
  codes: Map<string, string[]>;
  /** `<code> <severity>` of every object that has both as literals. */
  severities: Map<string, string[]>;
  messages: Wording[];
  hints: Wording[];
}

type Told = (found: FindingLiterals, node: ts.Node, place: string) => void;

const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
/** Functions that take a code, what is said of it, and the hint, in this order. */
const TELLING = new Set(['rowIssue', 'refuseArchive', 'refuseWorkbook']);

/** Reads the syntax of every file below a folder, but for those that `passedOver` names. */
export function readFindingLiterals(folder: string, passedOver: RegExp): FindingLiterals {
  const found: FindingLiterals = { codes: new Map(), severities: new Map(), messages: [], hints: [] };
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.ts') || passedOver.test(name)) continue;
    const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true);
    visit(found, source, source);
  }
  return found;
}

function visit(found: FindingLiterals, node: ts.Node, source: ts.SourceFile): void {
  if (ts.isTypeNode(node)) return;
  const place = `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
  for (const tell of [tellCode, tellObject, tellCall, tellHint]) tell(found, node, place);
  ts.forEachChild(node, (child) => visit(found, child, source));
}

const tellCode: Told = ({ codes }, node, place) => {
  if (ts.isStringLiteral(node) && CODE.test(node.text)) add(codes, node.text, place);
};

const tellObject: Told = ({ codes, severities, messages }, node, place) => {
  if (!ts.isObjectLiteralExpression(node)) return;
  const code = textOf(member(node, 'code'));
  const severity = textOf(member(node, 'severity'));
  if (code !== null && severity !== null) add(severities, `${code} ${severity}`, place);
  if (code !== null && severity !== null && !CODE.test(code)) add(codes, code, place);
  if (member(node, 'code') !== undefined) messages.push(...wordings(member(node, 'message'), place));
};

const tellCall: Told = ({ messages, hints }, node, place) => {
  if (!ts.isCallExpression(node) || !TELLING.has(node.expression.getText())) return;
  messages.push(...wordings(node.arguments[1], place));
  hints.push(...wordings(node.arguments[2], place));
};

const tellHint: Told = ({ hints }, node, place) => {
  const isNamed = ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node);
  if (isNamed && /^(?:\w+_)?hint$/i.test(node.name.getText())) hints.push(...wordings(node.initializer, place));
};

/** The texts that an expression can be: a literal, a template, or either side of a condition. */
function wordings(node: ts.Expression | undefined, place: string): Wording[] {
  if (node === undefined) return [];
  if (ts.isConditionalExpression(node)) return [...wordings(node.whenTrue, place), ...wordings(node.whenFalse, place)];
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return [{ place, text: node.text, head: node.text, tail: node.text }];
  if (!ts.isTemplateExpression(node)) return [];
  const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  return [{ place, text: parts.join('…'), head: parts[0] ?? '', tail: parts.at(-1) ?? '' }];
}

function member(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const property = object.properties.find((one) => one.name?.getText() === name);
  return property !== undefined && ts.isPropertyAssignment(property) ? property.initializer : undefined;
}

function textOf(node: ts.Expression | undefined): string | null {
  return node !== undefined && ts.isStringLiteral(node) ? node.text : null;
}

function add(places: Map<string, string[]>, key: string, place: string): void {
  places.set(key, [...(places.get(key) ?? []), place]);
}
