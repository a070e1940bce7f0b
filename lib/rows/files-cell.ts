import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { scanDataUri } from '../formats/data-uri.ts';
import { rowIssue } from './codes.ts';
import { hasMediaEnding, hasVideoEnding } from './entry-name.ts';
import { joinNames } from './join-names.ts';
import { beginsWithScheme, classifyReference, type WrittenReference } from './reference.ts';

export type { WrittenReference } from './reference.ts';

/** Our own limit on the files of a row, frames included; what a provider takes is told by its own check. */
export const MOST_REFERENCES = 1000;

/** A name longer than an archive may hold is never known, so that no lookup costs more than this. */
const LONGEST_NAME = 1024;
const LONGEST_LINK = 2048;

interface Reader {
  cell: string;
  knows: (name: string) => boolean;
  references: WrittenReference[];
  issues: Issue[];
}

/**
 * Reads the list in a `files` cell, in its order: names (quoted where they hold a comma), links, data URIs, object URIs, or a JSON array of
 * these. `knows` says whether the drop has a file or folder of that name; it decides about commas within names and behind links.
 */
export function parseFilesCell(
  cell: string,
  knows: (name: string) => boolean,
): { references: WrittenReference[]; issues: Issue[] } {
  const list = readJsonList(cell.trim());
  if (Array.isArray(list)) return { references: list, issues: [] };
  if (list) return { references: [], issues: [list.issue] };
  const reader: Reader = {
    cell: withoutBrackets(cell),
    knows: (name) => name !== '' && name.length <= LONGEST_NAME && knows(name),
    references: [],
    issues: [],
  };
  let at = skipSeparators(reader, 0);
  while (at < reader.cell.length) {
    at = skipSeparators(reader, readItem(reader, at));
    if (reader.references.length > MOST_REFERENCES) return tooMany();
  }
  return { references: reader.references, issues: reader.issues };
}

function tooMany(): { references: WrittenReference[]; issues: Issue[] } {
  const message = `the cell names more than ${MOST_REFERENCES} files`;
  return { references: [], issues: [rowIssue('FILES_TOO_MANY', message, 'Give fewer files with one prompt.')] };
}

function readJsonList(text: string): WrittenReference[] | { issue: Issue } | null {
  if (!text.startsWith('[') || !text.endsWith(']')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  if (value.length > MOST_REFERENCES) return { issue: tooMany().issues[0] as Issue };
  const strings = value.filter((entry) => typeof entry === 'string');
  if (strings.length < value.length) {
    const message = `the list ${excerpt(text)} holds something other than strings`;
    return { issue: rowIssue('FILES_LIST', message, 'Write it like 0.png,1.png or ["0.png", "1.png"].') };
  }
  return strings.filter((entry) => entry.trim() !== '').map(classifyReference);
}

/** `['0.png', '1.png']` is how Python prints a list; `[1].png` is a name. */
function withoutBrackets(cell: string): string {
  const text = cell.trim();
  return /^\[\s*['"]/.test(text) && text.endsWith(']') ? text.slice(1, -1) : cell;
}

function skipSeparators(reader: Reader, start: number): number {
  const { cell } = reader;
  let [at, commas] = [start, 0];
  while (at < cell.length && /[\s,;|]/.test(cell[at] ?? '')) {
    if (cell[at] === ',') commas += 1;
    at += 1;
  }
  const isEmptyPlace = start === 0 ? commas > 0 : commas > 1;
  if (isEmptyPlace && at < cell.length) {
    const hint = 'Remove the comma, or write the name that is missing.';
    reader.issues.push(rowIssue('FILES_EMPTY_ENTRY', 'there is nothing between two commas of the list', hint));
  }
  return at;
}

/** Reads what begins at `start`, and returns the index behind it. */
function readItem(reader: Reader, start: number): number {
  const first = reader.cell[start];
  if (first === '"' || first === "'") return readQuoted(reader, start, first) ?? readNames(reader, start);
  const head = reader.cell.slice(start, start + 40);
  if (/^data:/i.test(head)) return readDataUri(reader, start);
  return beginsWithScheme(head) ? readLink(reader, start) : readNames(reader, start);
}

/** A quote within the quotes is written twice. Null when this is no quoted name: an apostrophe may begin one. */
function readQuoted(reader: Reader, start: number, quote: string): number | null {
  const { cell } = reader;
  const end = closingQuote(cell, start, quote);
  if (end >= 0 && /^\s{0,16}(?:[,;|\r\n]|$)/.test(cell.slice(end + 1, end + 18))) {
    const name = cell.slice(start + 1, end).replaceAll(quote + quote, quote);
    if (name.trim() !== '') reader.references.push(classifyReference(name));
    return end + 1;
  }
  if (quote === "'" || reader.knows(cell.slice(start, lineEnd(cell, start)).trim())) return null;
  const message = `the quote before ${excerpt(cell.slice(start + 1, start + 200), 40)} is not closed before a comma`;
  reader.issues.push(
    rowIssue('FILES_QUOTE', message, 'Write names with commas like "a, b.png"; double a quote within.'),
  );
  return cell.length;
}

/** The index of the quote that closes the one at `start`, or -1; base64 holds no quotes, and names are not endless. */
function closingQuote(cell: string, start: number, quote: string): number {
  if (/^.\s{0,16}data:/i.test(cell.slice(start, start + 40))) return cell.indexOf(quote, start + 1);
  const quoted = cell.slice(start, start + 2 * LONGEST_LINK);
  let end = quoted.indexOf(quote, 1);
  while (end >= 0 && quoted[end + 1] === quote) end = quoted.indexOf(quote, end + 2);
  return end < 0 ? -1 : start + end;
}

function readDataUri(reader: Reader, start: number): number {
  const { cell } = reader;
  let end = scanDataUri(cell, start);
  if (end < 0) end = endOfBrokenUri(cell, start);
  if (!isAtSeparator(cell, end)) end = nextOf(/[,\r\n]/g, cell, end);
  end = skipWrappedLines(reader, end);
  reader.references.push({ kind: 'data-uri', text: cell.slice(start, end).trim() });
  return end;
}

/** A data URI whose header is wrong still owns one comma, unless a space or another reference follows it. */
function endOfBrokenUri(cell: string, start: number): number {
  const comma = nextOf(/[,\r\n]/g, cell, start);
  if (cell[comma] !== ',' || /\s/.test(cell[comma + 1] ?? ' ')) return comma;
  const end = nextOf(/[,;|\r\n]/g, cell, comma + 1);
  const next = cell.slice(comma + 1, Math.min(end, comma + 1 + LONGEST_NAME));
  return beginsWithScheme(next) || hasMediaEnding(next) ? comma : end;
}

function isAtSeparator(cell: string, end: number): boolean {
  return (
    end >= cell.length || /^\s{0,16}(?:[,;|\r\n]|$)/.test(cell.slice(end, end + 18)) || /[;|\r\n]/.test(cell[end] ?? '')
  );
}

/** Base64 that an encoder broke into lines is one reference, which the check of data URIs then explains. */
function skipWrappedLines(reader: Reader, start: number): number {
  let end = start;
  for (;;) {
    const line = /[\r\n]+[A-Za-z0-9+/]{2,}={0,2}(?=[\r\n,;|]|$)/y;
    line.lastIndex = end;
    const text = line.exec(reader.cell)?.[0];
    if (text === undefined || reader.knows(text.trim())) return end;
    end += text.length;
  }
}

function readLink(reader: Reader, start: number): number {
  const { cell } = reader;
  let end = nextOf(LINK_STOP, cell, start);
  while (end < cell.length && continuesLink(reader, start, end)) end = nextOf(LINK_STOP, cell, end + 1);
  reader.references.push(classifyReference(cell.slice(start, end).trim()));
  return end;
}

// A space ends a link only where another one begins: names of files behind links may hold spaces.
const LINK_STOP = /[,;|\r\n]|\s(?=(?:https?:\/\/|s3:\/\/|gs:\/\/|data:))/gi;

/** Whether the separator at `end` belongs to the link: what follows it does not look like a reference. */
function continuesLink(reader: Reader, start: number, end: number): boolean {
  const { cell } = reader;
  if (/\s/.test(cell[end] ?? '')) return false;
  const next = cell.slice(end + 1, nextOf(/[,;|\r\n]/g, cell, end + 1));
  if (next.trim() === '' || /^[\s"']/.test(next)) return false;
  if (next.length > LONGEST_NAME) return !beginsWithScheme(next);
  if (beginsWithScheme(next) || reader.knows(next.trim())) return false;
  return !looksLikeFile(next) || isPathOfLink(cell.slice(Math.max(start, end - LONGEST_NAME), end), next);
}

/** Image services write `https://host/w_200,h_300/owl.png`: a path goes on behind the comma until something names a file. */
function isPathOfLink(link: string, next: string): boolean {
  return next.includes('/') && !link.includes('?') && !hasMediaEnding(link);
}

function looksLikeFile(text: string): boolean {
  return hasMediaEnding(text.trim()) || hasVideoEnding(text.trim());
}

/** Reads names up to the end of the line, or to where something else than a name begins. */
function readNames(reader: Reader, start: number): number {
  const { cell } = reader;
  const spans: { start: number; end: number }[] = [];
  let at = start;
  while (at < cell.length && spans.length <= MOST_REFERENCES) {
    const end = nextOf(NAME_STOP, cell, at);
    spans.push(...nameSpans(reader, at, end));
    at = end;
    if (cell[end] !== ',' || beginsOther(cell, end + 1)) break;
    at = end + 1;
  }
  const { names, isAmbiguous } = joinNames(cell, spans, reader.knows);
  if (isAmbiguous) reader.issues.push(ambiguousCommas(cell.slice(start, at)));
  reader.references.push(...names.map((name) => ({ kind: 'name' as const, name })));
  return at;
}

const NAME_STOP = /[,\r\n]|[;|\s](?=(?:https?:\/\/|s3:\/\/|gs:\/\/|data:))/gi;

function beginsOther(cell: string, start: number): boolean {
  const next = cell.slice(start, start + 200).trimStart();
  return /^["',]/.test(next) || beginsWithScheme(next);
}

/** Semicolons and bars separate only where each piece looks like a file and the whole is none. */
function nameSpans(reader: Reader, start: number, end: number): { start: number; end: number }[] {
  const whole = reader.cell.slice(start, end);
  if (whole.trim() === '') return [];
  if (!/[;|]/.test(whole) || reader.knows(whole.trim())) return [{ start, end }];
  const spans: { start: number; end: number }[] = [];
  for (let at = start; at < end && spans.length <= MOST_REFERENCES; ) {
    const stop = Math.min(end, nextOf(/[;|]/g, reader.cell, at));
    if (reader.cell.slice(at, stop).trim() !== '') spans.push({ start: at, end: stop });
    at = stop + 1;
  }
  const isList = spans.every((span) => isReferenceName(reader, reader.cell.slice(span.start, span.end).trim()));
  return isList ? spans : [{ start, end }];
}

function isReferenceName(reader: Reader, name: string): boolean {
  return looksLikeFile(name) || reader.knows(name);
}

function ambiguousCommas(text: string): Issue {
  const message = `the commas in ${excerpt(text)} can be read in several ways, as files of the drop have commas in their names`;
  return rowIssue('FILES_COMMA_AMBIGUOUS', message, 'Write each name with a comma in quotes: "a, b.png"');
}

function lineEnd(cell: string, start: number): number {
  return nextOf(/[\r\n]/g, cell, start);
}

/** The index of the next character that the (global) pattern finds from `start`, or the length of the text. */
function nextOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}
