import type { Answer } from '../http.ts';

/** Children by name; an array repeats the element, undefined leaves it out. */
export interface XmlChildren {
  [name: string]: string | number | boolean | XmlChildren | readonly XmlChildren[] | undefined;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const DEEPEST = 8;

/** An XML document as S3 answers it; errors carry no namespace. */
export function xmlAnswer(status: number, [root, content]: [string, XmlChildren | string], headers = {}): Answer {
  const attribute = root === 'Error' ? '' : ` xmlns="${NAMESPACE}"`;
  const inner = typeof content === 'string' ? escapeText(content) : formatChildren(content);
  const document = `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${inner}</${root}>`;
  const body = Buffer.from(document, 'utf8');
  return {
    status,
    headers: { ...headers, 'content-type': 'application/xml', 'content-length': String(body.length) },
    body: once(body),
  };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function formatChildren(children: XmlChildren): string {
  return Object.entries(children)
    .map(([name, value]) => {
      if (value === undefined) return '';
      if (Array.isArray(value)) return value.map((item) => formatElement(name, item)).join('');
      return formatElement(name, value as string | XmlChildren);
    })
    .join('');
}

function formatElement(name: string, value: string | number | boolean | XmlChildren): string {
  const content = typeof value === 'object' ? formatChildren(value) : escapeText(String(value));
  return `<${name}>${content}</${name}>`;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\p{Cc}/gu, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

/** An element of a request's body: its children in order, or its text. */
export interface XmlElement {
  name: string;
  children: XmlElement[];
  text: string;
}

/** Reads the few documents that S3 takes: elements and text, no DOCTYPE, no CDATA; null for anything else. */
export function parseXml(document: string): XmlElement | null {
  const root: XmlElement = { name: '', children: [], text: '' };
  const open = [root];
  const body = document.replace(/^\uFEFF?\s*<\?xml[^?]*\?>/, '');
  let position = 0;
  for (const token of body.matchAll(/<(\/?)([A-Za-z][\w.:-]*)([^<>]*)>|([^<]+)/g)) {
    if (token.index !== position) return null;
    position += token[0].length;
    if (!takeToken(open, token)) return null;
  }
  const [element] = root.children;
  const isWhole = position === body.length && open.length === 1 && root.children.length === 1;
  return isWhole && element !== undefined && root.text.trim() === '' ? element : null;
}

function takeToken(open: XmlElement[], [, slash, name, rest, text]: RegExpMatchArray): boolean {
  const parent = open.at(-1);
  if (parent === undefined) return false;
  if (name === undefined) {
    parent.text += unescapeText(text ?? '');
    return true;
  }
  if (slash === '/') return open.length > 1 && open.pop()?.name === name;
  const element: XmlElement = { name, children: [], text: '' };
  parent.children.push(element);
  if (!rest?.endsWith('/')) open.push(element);
  return open.length <= DEEPEST;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function unescapeText(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));/g, (whole, hex, decimal, named) => {
    if (named !== undefined) return ENTITIES.get(named) ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

/** The text of the first child of that name. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}
