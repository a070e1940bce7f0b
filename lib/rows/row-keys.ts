import { hashOf, sha256 } from '../domain/canonical.ts';
import type { Message, Tool } from '../domain/example.ts';

/** By what a row is known when others replace it or take it out; hashes are 16 hex digits. */
export interface RowKeys {
  /** The row's own id, where the drop gives one. */
  id?: string;
  /** All but the last answer, with files as the row writes them. */
  input: string;
  /** The first question's text alone, as {@link promptKey} has it. */
  prompt: string;
}

const DIGITS = 16;
/** Nobody reads a longer one, and the history keeps them all. */
const LONGEST_ID = 200;

/** A row's own id, in whatever Unicode form it is written and without space at its ends; a very long one stands by its hash. null = it has none. */
export function rowId(written: string): string | null {
  const id = written.normalize('NFC').trim();
  if (id === '') return null;
  return id.length > LONGEST_ID ? `sha256:${sha256(id)}` : id;
}

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

/** The key of a question, as a list of rows to take out names it: programs that save tables write line ends and accents in ways of their own. */
export function promptKey(text: string): string {
  return hashOf(text.normalize('NFC').replace(/\r\n?/g, '\n').trim()).slice(0, DIGITS);
}

function textOf(message: Message | undefined): string {
  return (message?.parts ?? []).flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
}
