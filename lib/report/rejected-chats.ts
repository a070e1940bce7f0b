import { readJsonValues } from '../formats/jsonl.ts';

/** A refused chat as it stood in its file; `fixes` is the identity of the row that it stands for, `error` all that is wrong with it. */
export interface RejectedChat {
  text: string;
  fixes: string;
  error: string;
}

/** Writes one `{finedrop_fixes, error, example}` a line: the chat as it came, or `raw`, its text, where it is no JSON. */
export async function* rejectedChats(records: AsyncIterable<RejectedChat>): AsyncGenerator<Uint8Array> {
  for await (const { text, fixes, error } of records) {
    const head = `{"finedrop_fixes":${JSON.stringify(fixes)},"error":${JSON.stringify(error)}`;
    yield Buffer.from(`${head},${await quote(text)}}\n`);
  }
}

/** A refused line that was dropped back and is still wrong is taken out of its wrapper first. */
async function quote(text: string): Promise<string> {
  const value = await parse(text);
  const wrapped = unwrap(value);
  if (wrapped === null) return value === undefined ? quoteRaw(text) : quoteValue(text, value);
  if ('example' in wrapped) return quotePrinted(wrapped.example) ?? quoteRaw(text);
  const inner = await parse(wrapped.raw);
  return inner === undefined ? quoteRaw(wrapped.raw) : quoteValue(wrapped.raw, inner);
}

function quoteRaw(text: string): string {
  return `"raw":${JSON.stringify(text)}`;
}

/** JSON keeps its spelling (numbers beyond 2^53, a key that stands twice), which printing the parsed value would lose. */
function quoteValue(text: string, value: unknown): string {
  if (parseStrict(text) !== undefined) return `"example":${onOneLine(text)}`;
  return quotePrinted(value) ?? quoteRaw(text);
}

/** Values are parsed to any depth but not printed to any. */
function quotePrinted(value: unknown): string | null {
  try {
    return `"example":${JSON.stringify(value)}`;
  } catch {
    return null;
  }
}

/** Strings in JSON hold no line breaks, so that all that stand there are between values. */
function onOneLine(json: string): string {
  return json.trim().replaceAll(/[\r\n]+[ \t]*/g, ' ');
}

/** The value as strict JSON or as the reader of chats repairs it (a comma too many); `undefined` where it is neither. */
async function parse(text: string): Promise<unknown> {
  return parseStrict(text) ?? (await parseRepaired(text.trim()));
}

function parseStrict(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function parseRepaired(text: string): Promise<unknown> {
  const bytes = Buffer.from(text);
  for await (const { value, offset, length } of readJsonValues(once(bytes), { splitArray: () => false })) {
    const behind = bytes.subarray(offset + length).toString();
    return /^[\s,]*$/.test(behind) ? value : undefined;
  }
  return undefined;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** By the same signs as the reader of chats. */
function unwrap(value: unknown): { example: unknown } | { raw: string } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const members = new Map<string, unknown>(Object.entries(value));
  if (members.has('messages')) return null;
  const isOurs = members.has('finedrop_fixes');
  if (members.has('example') && (isOurs || members.has('error'))) return { example: members.get('example') };
  const raw = members.get('raw');
  return isOurs && typeof raw === 'string' ? { raw } : null;
}
