/**
 * The guide's list and the words that AWS's validator adds or means to add: missing commas in its source join "[EOS]" and "Thought:" with
 * their neighbours, so that it never finds them (nova_ft_dataset_validator.py at 1e88f24, read 2026-11).
 */
export const RESERVED_WORDS = [
  ...['System:', 'User:', 'Bot:', 'Assistant:', 'Thought:'],
  ...['[EOS]', '<image>', '<video>', '<unk>'],
] as const;

// With "u", letters that only fold to ASCII count, too: the Kelvin sign is a "k" to whoever compares lower-cased texts.
const SOURCE = RESERVED_WORDS.map((word) => word.replace(/[[\]]/g, '\\$&')).join('|');
const FIRST = new RegExp(SOURCE, 'iu');
const EVERY = new RegExp(SOURCE, 'giu');

/** The first reserved word of a text as it is written there, and what to write instead; found in any case and inside of words. */
export function findReservedWord(text: string): { word: string; instead: string } | null {
  const [word] = FIRST.exec(text) ?? [];
  return word === undefined ? null : { word, instead: rewriteWord(word) };
}

/** The text without reserved words: "User: hello" becomes "User - hello", "<image>" becomes "(image)". */
export function rewriteReservedWords(text: string): string {
  return text.replace(EVERY, rewriteWord);
}

function rewriteWord(written: string): string {
  return written.endsWith(':') ? `${written.slice(0, -1)} -` : `(${written.slice(1, -1)})`;
}
