import type { Message, Part } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { readContent } from './chat-content.ts';
import { type ChatReading, tellAlias, tellChat, tellUnread } from './chat-reading.ts';
import { isPlainName, readAnsweredCall, readToolCalls } from './chat-tools.ts';
import { isJsonObject, type JsonObject, kindOf, own } from './json-value.ts';

type Role = Message['role'];

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['assistant', 'assistant'],
  ['model', 'assistant'],
  ['gpt', 'assistant'],
  ['ai', 'assistant'],
  ['bot', 'assistant'],
  ['chatbot', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

const OWN_ROLES = ['system', 'user', 'assistant', 'tool'];

const READ_KEYS: ReadonlySet<string> = new Set([
  ...['role', 'content', 'name', 'weight', 'tool_calls', 'tool_call_id', 'function_call', 'from', 'value', 'id'],
]);

/** Reads one message; null when it was refused or says nothing that could be kept. `place` is how findings call it. */
export function readMessage(chat: ChatReading, value: unknown, place: string): Message | null {
  if (!isJsonObject(value)) {
    const message = `it is ${kindOf(value)}, not an object with a role and a content`;
    tellChat(chat, 'CHAT_SHAPE', { place, message, hint: 'Write {"role": "user", "content": "…"}' });
    return null;
  }
  const role = roleOf(chat, value, place);
  if (!role) return null;
  tellUnread(chat, value, { place, read: READ_KEYS });
  const errorsBefore = chat.draft.errors;
  const parts = readContent(chat, contentOf(chat, value), { place, role });
  const message: Message = {
    role,
    parts,
    ...nameOf(chat, value, place),
    ...weightOf(chat, value, { place, role }),
    ...(role === 'assistant' ? readToolCalls(chat, value, place) : {}),
    ...(role === 'tool' ? readAnsweredCall(chat, value, place) : {}),
  };
  // A turn whose files or calls were refused is not empty, only unread.
  if (saysSomething(message) || chat.draft.errors > errorsBefore) return message;
  return emptyMessage(chat, message, place);
}

function roleOf(chat: ChatReading, message: JsonObject, place: string): Role | null {
  const isForeign = !Object.hasOwn(message, 'role') && Object.hasOwn(message, 'from');
  if (isForeign) tellAlias(chat, '"from"', '"role"');
  const word = own(message, isForeign ? 'from' : 'role');
  if (typeof word !== 'string') {
    const hint = `Write "role": one of ${OWN_ROLES.join(', ')}.`;
    tellChat(chat, 'CHAT_ROLE', { place, message: `its role is ${kindOf(word)}`, hint });
    return null;
  }
  const role = ROLES.get(word.trim().toLowerCase());
  if (!role) {
    const hint = `Write one of ${OWN_ROLES.join(', ')}.${didYouMean(word, OWN_ROLES)}`;
    tellChat(chat, 'CHAT_ROLE', { place, message: `the role "${excerpt(word)}" is not known`, hint });
    return null;
  }
  if (role !== word) tellAlias(chat, `the role "${word}"`, `"${role}"`);
  return role;
}

function contentOf(chat: ChatReading, message: JsonObject): unknown {
  if (Object.hasOwn(message, 'content') || !Object.hasOwn(message, 'value')) return own(message, 'content');
  tellAlias(chat, '"value"', '"content"');
  return own(message, 'value');
}

function nameOf(chat: ChatReading, message: JsonObject, place: string): { name?: string } {
  const name = own(message, 'name');
  if (name === undefined || name === null || name === '') return {};
  if (isPlainName(name)) return { name };
  const kind = typeof name === 'string' ? `"${excerpt(name)}"` : kindOf(name);
  tellChat(chat, 'CHAT_KEY_IGNORED', { place, message: `its name is ${kind}, which is no name; it is not read` });
  return {};
}

function weightOf(chat: ChatReading, message: JsonObject, at: { place: string; role: Role }): { weight?: 0 | 1 } {
  const weight = own(message, 'weight');
  const { place, role } = at;
  if (weight === undefined || weight === null) return {};
  if (weight !== 0 && weight !== 1) {
    const shown = typeof weight === 'number' ? `${weight}` : kindOf(weight);
    tellChat(chat, 'CHAT_WEIGHT', {
      place,
      message: `its weight is ${shown}`,
      hint: 'Write 0 (context only) or 1 (learned).',
    });
    return {};
  }
  if (role === 'assistant') return { weight };
  tellChat(chat, 'CHAT_WEIGHT_IGNORED', { place, message: `a weight means nothing at a ${role} turn; it is not read` });
  return {};
}

function saysSomething({ parts, toolCalls = [] }: Message): boolean {
  return toolCalls.length > 0 || parts.some((part: Part) => 'media' in part || part.text.trim() !== '');
}

/** Tools may answer with nothing; a system message that says nothing can go; any other turn would teach silence. */
function emptyMessage(chat: ChatReading, message: Message, place: string): Message | null {
  if (message.role === 'tool') return { ...message, parts: [{ text: '' }] };
  if (message.role === 'system') {
    tellChat(chat, 'CHAT_EMPTY_SYSTEM', { place, message: 'the system message is empty and was left out' });
    return null;
  }
  const hint = message.role === 'assistant' ? 'Write the answer, or the tool calls.' : 'Write text, or name a file.';
  tellChat(chat, 'CHAT_EMPTY', { place, message: `the ${message.role} turn is empty`, hint });
  return null;
}
