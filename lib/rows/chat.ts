import type { Message, Split } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import { nearestNames } from '../domain/nearest-name.ts';
import { readMessage } from './chat-message.ts';
import { type ChatReading, openChat, tellAlias, tellChat, tellUnread } from './chat-reading.ts';
import { readTools } from './chat-tools.ts';
import { isJsonObject, type JsonObject, kindOf, own, ownText } from './json-value.ts';
import { closeRow, openRow, type ReadRow, type RowContext, type RowPlace } from './row.ts';
import { rowId } from './row-keys.ts';
import { readSplit } from './split.ts';

/** Reads one chat: a list of messages, an object that holds one, or either inside of a rejected line that was dropped back. */
export function readChat(value: unknown, where: RowPlace, context: RowContext): ReadRow {
  const draft = openRow(where, context);
  const chat = openChat(draft);
  const { value: inner, fixes } = unwrap(value);
  if (draft.errors > 0) return closeRow(draft, null, fixes);
  const envelope = readEnvelope(chat, inner);
  if (!envelope) return closeRow(draft, null, fixes);
  const tools = readTools(chat, envelope.object);
  const split = splitOf(chat, envelope.object);
  const messages = readMessages(chat, envelope);
  return closeRow(draft, { messages, tools, split, id: idOf(envelope.object) }, fixes);
}

/** An id may be a text or a number; anything else is none. Numbers that JSON readers round are none either: two of them would be one row. */
function idOf(object: JsonObject): string | null {
  const id = own(object, 'id');
  if (typeof id === 'string') return rowId(id);
  const isExact = typeof id === 'number' && (Number.isSafeInteger(id) || !Number.isInteger(id));
  return isExact ? String(id) : null;
}

/** True for a first element that makes a whole-file array many examples: anything but an object with a `role`. */
export function isManyExamples(first: unknown): boolean {
  return !(isJsonObject(first) && Object.hasOwn(first, 'role'));
}

interface Envelope {
  messages: readonly unknown[];
  /** What stands beside the messages; empty for a bare list. */
  object: JsonObject;
}

/** Takes the chat out of `{finedrop_fixes, error, example}`, as rejected lines come. */
function unwrap(value: unknown): { value: unknown; fixes: string | null } {
  if (!isJsonObject(value)) return { value, fixes: null };
  const fixes = ownText(value, 'finedrop_fixes') ?? null;
  if (Object.hasOwn(value, 'messages')) return { value, fixes };
  if (Object.hasOwn(value, 'example') && (fixes !== null || Object.hasOwn(value, 'error'))) {
    return { value: own(value, 'example'), fixes };
  }
  return { value, fixes };
}

const MESSAGE_LISTS = ['messages', 'conversations', 'conversation', 'contents', 'dialog', 'dialogue', 'chat'];
const READ_KEYS: ReadonlySet<string> = new Set([
  ...['messages', 'tools', 'functions', 'split', 'system', 'id', 'parallel_tool_calls', 'tool_choice'],
  ...['finedrop_fixes', 'error', 'example'],
]);

function readEnvelope(chat: ChatReading, value: unknown): Envelope | null {
  if (Array.isArray(value)) return nonEmpty(chat, { messages: value, object: {} });
  if (!isJsonObject(value)) return refuse(chat, `the value is ${kindOf(value)}, not a chat`, CHAT_HINT);
  const key = MESSAGE_LISTS.find((name) => Array.isArray(own(value, name)));
  if (key === undefined) return refuseObject(chat, value);
  if (key !== 'messages') tellAlias(chat, `"${key}"`, '"messages"');
  tellUnread(chat, value, { place: '', read: new Set([...READ_KEYS, key]) });
  return nonEmpty(chat, { messages: own(value, key) as readonly unknown[], object: value });
}

const CHAT_HINT = 'Write a list of messages: [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]';

function nonEmpty(chat: ChatReading, envelope: Envelope): Envelope | null {
  return envelope.messages.length > 0 ? envelope : refuse(chat, 'the chat has no messages', CHAT_HINT);
}

function refuseObject(chat: ChatReading, value: JsonObject): null {
  const raw = ownText(value, 'raw');
  if (raw !== undefined && Object.hasOwn(value, 'finedrop_fixes')) return refuseRaw(chat, raw);
  if (Object.hasOwn(value, 'messages')) {
    return refuse(chat, `"messages" is ${kindOf(own(value, 'messages'))}, not a list`, CHAT_HINT);
  }
  if (Object.hasOwn(value, 'role')) {
    return refuse(chat, 'the value is a single message, not a chat', 'Put all messages of a chat into one list.');
  }
  if (Object.hasOwn(value, 'prompt') || Object.hasOwn(value, 'completion')) {
    const hint = 'Write messages, or put prompt, completion and files into a CSV or XLSX table.';
    return refuse(chat, 'the value has prompt and completion instead of messages', hint);
  }
  const [near] = Object.keys(value).flatMap((key) => (nearestNames(key, ['messages']).length > 0 ? [key] : []));
  const hint = near === undefined ? CHAT_HINT : `Is "${excerpt(near)}" meant to be "messages"?`;
  return refuse(chat, 'the value has no messages', hint);
}

function refuseRaw(chat: ChatReading, raw: string): null {
  const message = `the line is still no JSON: ${excerpt(raw)}`;
  const hint = 'Replace "raw" by "example", followed by the mended chat as JSON (not as a text).';
  tellChat(chat, 'CHAT_RAW', { place: '', message, hint });
  return null;
}

function refuse(chat: ChatReading, message: string, hint: string): null {
  tellChat(chat, 'CHAT_SHAPE', { place: '', message, hint });
  return null;
}

function splitOf(chat: ChatReading, object: JsonObject): Split | null {
  const said = own(object, 'split');
  const read = readSplit(typeof said === 'string' ? said : said === undefined || said === null ? '' : kindOf(said));
  if ('split' in read) return read.split ?? chat.draft.context.split;
  chat.draft.tell(read.issue);
  return null;
}

function readMessages(chat: ChatReading, { messages, object }: Envelope): Message[] {
  const system = ownText(object, 'system');
  if (system !== undefined) tellAlias(chat, '"system" beside the messages', 'a system message');
  const written = system === undefined ? messages : [{ role: 'system', content: system }, ...messages];
  const read = written.flatMap((message, index) => {
    // Numbers are those of the user's own list, which a system text beside it does not belong to.
    const number = index + (system === undefined ? 1 : 0);
    return readMessage(chat, message, number === 0 ? 'system' : `message ${number}`) ?? [];
  });
  if (chat.draft.errors === 0) checkEnd(chat, read);
  return read;
}

function checkEnd(chat: ChatReading, messages: readonly Message[]): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') {
    const message = last ? `the chat ends in a ${last.role} turn` : 'the chat says nothing';
    tellChat(chat, 'CHAT_NO_ANSWER', { place: '', message, hint: 'End it with what the assistant should answer.' });
  } else if (messages.every((message) => message.role !== 'assistant' || message.weight === 0)) {
    const hint = 'Leave out the weight of the turn to learn, or make it 1.';
    tellChat(chat, 'CHAT_NO_ANSWER', { place: '', message: 'every assistant turn has the weight 0', hint });
  }
}
