import { refuseWorkbook } from './xlsx-faults.ts';

/** What a reader of a part is told; names come without their namespace prefix. */
export interface XmlHandler {
  open(name: string, attributes: () => Map<string, string>): void;
  close(name: string): void;
  /** A piece of text, entities decoded; long texts come in several pieces. */
  text(piece: string): void;
}

/** Office writes tags of a few hundred characters; a limit keeps one endless tag from being looked at again with every piece. */
const TAG_CHARACTERS = 64 * 1024;
const DEPTH = 64;
const ENTITY_CHARACTERS = 12;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface XmlState {
  part: string;
  handler: XmlHandler;
  /** What is not yet complete: the beginning of a tag, of an entity, of a line end. */
  rest: string;
  open: string[];
  /** The end that is waited for inside a comment or an instruction; its content is thrown away as it comes. */
  skipTo: string | null;
  rooted: boolean;
}

/** Reads one XML part of an Office file in pieces: five entities and numbers, no document type; throws XlsxError. */
export async function readXml(part: string, bytes: AsyncIterable<Uint8Array>, handler: XmlHandler): Promise<void> {
  for await (const _ of readXmlSteps(part, bytes, handler));
}

/** `readXml` that pauses after each piece of input, so that what the handler gathered can be handed on. */
export async function* readXmlSteps(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
  handler: XmlHandler,
): AsyncGenerator<void, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const state: XmlState = { part, handler, rest: '', open: [], skipTo: null, rooted: false };
  for await (const piece of bytes) {
    readPiece(
      state,
      decode(part, () => decoder.decode(piece, { stream: true })),
      false,
    );
    yield;
  }
  readPiece(
    state,
    decode(part, () => decoder.decode()),
    true,
  );
  if (state.open.length > 0 || state.skipTo !== null || !state.rooted) refuseXml(part, 'it ends too early');
  yield;
}

function decode(part: string, take: () => string): string {
  try {
    return take();
  } catch (error) {
    if (error instanceof TypeError) return refuseXml(part, 'it is not UTF-8');
    throw error;
  }
}

function refuseXml(part: string, why: string): never {
  refuseWorkbook('XLSX_XML', `the workbook is damaged: ${why} (${part})`);
}

function readPiece(state: XmlState, piece: string, last: boolean): void {
  const text = state.rest === '' ? piece : state.rest + piece;
  let at = 0;
  while (at < text.length) {
    const next = readNext(state, text, at, last);
    if (next === null) break;
    at = next;
  }
  state.rest = text.slice(at);
  if (state.rest.length > TAG_CHARACTERS) refuseXml(state.part, 'it has a tag without end');
  if (last && state.rest !== '') refuseXml(state.part, 'it ends too early');
}

/** Reads one thing at `at` and returns where the next begins, or null where more input is needed. */
function readNext(state: XmlState, text: string, at: number, last: boolean): number | null {
  if (state.skipTo !== null) return skip(state, text, at, state.skipTo);
  if (text.charCodeAt(at) !== 60 /* < */) return readText(state, text, at, last);
  const mark = text.charCodeAt(at + 1);
  if (mark === 63 /* ? */) return beginSkip(state, '?>', at + 2);
  if (mark === 33 /* ! */) return readDeclaration(state, text, at);
  return readTag(state, text, at);
}

function beginSkip(state: XmlState, end: string, next: number): number {
  state.skipTo = end;
  return next;
}

/** All but the last characters can be thrown away: the end mark may have begun in them. */
function skip(state: XmlState, text: string, at: number, end: string): number | null {
  const found = text.indexOf(end, at);
  if (found >= 0) {
    state.skipTo = null;
    return found + end.length;
  }
  const keep = Math.max(at, text.length - end.length + 1);
  return keep > at ? keep : null;
}

function readDeclaration(state: XmlState, text: string, at: number): number | null {
  if (text.startsWith('<!--', at)) return beginSkip(state, '-->', at + 4);
  if (text.startsWith('<![CDATA[', at)) {
    const end = text.indexOf(']]>', at);
    if (end < 0) return null;
    sayText(state, text.slice(at + 9, end), false);
    return end + 3;
  }
  const begun = text.slice(at, at + 9);
  if (begun.length < 9 && ('<!--'.startsWith(begun) || '<![CDATA['.startsWith(begun))) return null;
  return refuseWorkbook(
    'XLSX_DOCTYPE',
    `the workbook declares a document type or entities (${state.part}); no spreadsheet program writes that, and it is not read`,
  );
}

function readText(state: XmlState, text: string, at: number, last: boolean): number | null {
  const found = text.indexOf('<', at);
  let end = found < 0 ? text.length : found;
  if (found < 0 && !last) {
    const ampersand = text.lastIndexOf('&');
    if (ampersand >= at && end - ampersand <= ENTITY_CHARACTERS && !text.includes(';', ampersand)) end = ampersand;
    else if (text.charCodeAt(end - 1) === 13 /* CR: the LF may follow */) end -= 1;
  }
  if (end === at) return null;
  sayText(state, text.slice(at, end), true);
  return end;
}

function sayText(state: XmlState, raw: string, entities: boolean): void {
  const lines = raw.includes('\r') ? raw.replaceAll(/\r\n?/g, '\n') : raw;
  if (state.open.length > 0) state.handler.text(entities ? decodeEntities(state.part, lines) : lines);
  else if (lines.trim() !== '') refuseXml(state.part, 'it has text outside of its element');
}

function decodeEntities(part: string, text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&([^;&<]{0,12};)?/g, (_, named: string | undefined) =>
    entity(part, named?.slice(0, -1) ?? ''),
  );
}

function entity(part: string, name: string): string {
  const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  if (known !== undefined) return known;
  const digits = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name);
  const code = digits === null ? -1 : Number.parseInt(digits[1] ?? digits[2] ?? '', digits[1] === undefined ? 10 : 16);
  if (code < 0 || code > 0x10ffff) return refuseXml(part, 'it has an entity that is not known');
  return String.fromCodePoint(code);
}

function readTag(state: XmlState, text: string, at: number): number | null {
  const end = tagEnd(text, at + 1);
  if (end === null) return null;
  if (end - at > TAG_CHARACTERS) refuseXml(state.part, 'it has a tag of many thousand characters');
  if (text.charCodeAt(at + 1) === 47 /* / */) {
    closeTag(state, text.slice(at + 2, end).trimEnd());
    return end + 1;
  }
  const selfClosing = text.charCodeAt(end - 1) === 47;
  const content = text.slice(at + 1, selfClosing ? end - 1 : end);
  const space = content.search(/\s/);
  const name = space < 0 ? content : content.slice(0, space);
  openTag(state, name);
  state.handler.open(local(name), () => (space < 0 ? new Map() : readAttributes(state.part, content, space)));
  if (selfClosing) closeTag(state, name);
  return end + 1;
}

function tagEnd(text: string, from: number): number | null {
  let quote = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 34 /* " */ || code === 39 /* ' */) quote = code;
    else if (code === 62 /* > */) return at;
  }
  return null;
}

function openTag(state: XmlState, name: string): void {
  if (name === '' || (state.open.length === 0 && state.rooted)) refuseXml(state.part, 'its elements do not add up');
  if (state.open.length === DEPTH) refuseXml(state.part, `it is nested more than ${DEPTH} deep`);
  state.rooted = true;
  state.open.push(name);
}

function closeTag(state: XmlState, name: string): void {
  if (state.open.pop() !== name) refuseXml(state.part, 'its elements do not add up');
  state.handler.close(local(name));
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Walks `name="value"` pairs; a Map, so that no name can reach a prototype. */
function readAttributes(part: string, content: string, from: number): Map<string, string> {
  const attributes = new Map<string, string>();
  let at = from;
  for (;;) {
    const equals = content.indexOf('=', at);
    if (equals < 0) break;
    const quoteAt = content.slice(equals + 1, equals + 64).search(/["']/);
    const open = equals + 1 + quoteAt;
    const close = quoteAt < 0 ? -1 : content.indexOf(content.charAt(open), open + 1);
    if (close < 0) return refuseXml(part, 'it has an attribute without quotes');
    attributes.set(content.slice(at, equals).trim(), decodeEntities(part, content.slice(open + 1, close)));
    at = close + 1;
  }
  return attributes;
}
