import { excerpt } from '../domain/excerpt.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { type RowCode, rowIssue } from './codes.ts';
import { type JsonObject, unreadKeys } from './json-value.ts';
import type { RowDraft } from './row.ts';

/** A chat that is being read: its row, and what messages say to each other. */
export interface ChatReading {
  draft: RowDraft;
  /** Ids of the tool calls so far. */
  calls: Set<string>;
  /** The id given to the last call of the older `function_call` form, which has none. */
  unnamedCall: string | null;
  /** Words of other formats that were told already. */
  told: Set<string>;
}

export function openChat(draft: RowDraft): ChatReading {
  return { draft, calls: new Set(), unnamedCall: null, told: new Set() };
}

/** Tells an issue; `place` (`message 2`) begins the sentence. */
export function tellChat(
  chat: ChatReading,
  code: RowCode,
  at: { place: string; message: string; hint?: string },
): void {
  const message = at.place === '' ? at.message : `${at.place}: ${at.message}`;
  chat.draft.tell(rowIssue(code, message, at.hint));
}

/** Tells, once a row, that a word of another format was read as ours. */
export function tellAlias(chat: ChatReading, word: string, meaning: string): void {
  if (chat.told.has(word)) return;
  chat.told.add(word);
  chat.draft.tell(rowIssue('CHAT_ALIAS', `${excerpt(word)} was read as ${meaning}`));
}

// Looking for the nearest known name costs time for each key, and a hostile object may have millions.
const MOST_UNREAD = 20;

/** Tells of keys that say something and are not read: the first ones. */
export function tellUnread(
  chat: ChatReading,
  object: JsonObject,
  at: { place: string; read: ReadonlySet<string> },
): void {
  for (const key of unreadKeys(object, at.read).slice(0, MOST_UNREAD)) {
    const near = didYouMean(key, at.read).trim();
    const message = `the key "${excerpt(key)}" is not known and not read`;
    tellChat(chat, 'CHAT_KEY_IGNORED', { place: at.place, message, ...(near === '' ? {} : { hint: near }) });
  }
}
