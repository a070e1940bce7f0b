import { hashOf } from '../domain/canonical.ts';
import type { Message, Tool } from '../domain/example.ts';

/** By what a row is known when others replace it or take it out; hashes are 16 hex digits. */
export interface RowKeys {
  /** The row's own id, where the drop gives one. */
  id?: string;
  /** All but the last answer, with files as the row writes them. */
  input: string;
  /** The first question's text alone, without space at its ends. */
  prompt: string;
}

const DIGITS = 16;

/** The keys of a row that was read; `written` gives each reference as the row has it. */
export function rowKeys(
  { messages, tools }: { messages: readonly Message[]; tools?: readonly Tool[] | undefined },
  { id, written }: { id: string | null; written: (reference: string) => string },
): RowKeys {
  const said = messages.slice(0, -1).map((message) => ({
    ...message,
    parts: message.parts.map((part) => ('media' in part ? { ...part, media: written(part.media) } : part)),
  }));
  return {
    ...(id === null ? {} : { id }),
    input: hashOf({ messages: said, tools: tools ?? null }).slice(0, DIGITS),
    prompt: promptKey(textOf(messages.find(({ role }) => role === 'user'))),
  };
}

/** The key of a question, as a list of rows to take out names it. */
export function promptKey(text: string): string {
  return hashOf(text.trim()).slice(0, DIGITS);
}

function textOf(message: Message | undefined): string {
  return (message?.parts ?? []).flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
}
