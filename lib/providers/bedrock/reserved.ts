interface ReservedWord {
  /** Lower case. */
  word: string;
  /** What says the same to a reader and is not reserved, made of the word as it is written. */
  instead(written: string): string;
}

const beforeColon = (written: string) => `${written.slice(0, -1)} -`;
const inParentheses = (written: string) => `(${written.slice(1, -1)})`;

/**
 * The guide's list and the two words that AWS's validator means to have: missing commas in its source join "[EOS]" and "Thought:" with
 * their neighbours, so that it never finds them (nova_ft_dataset_validator.py at 1e88f24, read 2026-11).
 */
const RESERVED: readonly ReservedWord[] = [
  ...['system:', 'user:', 'bot:', 'assistant:', 'thought:'].map((word) => ({ word, instead: beforeColon })),
  ...['[eos]', '<image>', '<video>', '<unk>'].map((word) => ({ word, instead: inParentheses })),
];

const PATTERN = new RegExp(RESERVED.map(({ word }) => word.replace(/[[\]]/g, '\\$&')).join('|'), 'gi');

/** The first reserved word of a text as it is written there, and what to write instead; found in any case and inside of words. */
export function findReservedWord(text: string): { word: string; instead: string } | null {
  const [word] = text.match(new RegExp(PATTERN.source, 'i')) ?? [];
  return word === undefined ? null : { word, instead: rewriteWord(word) };
}

/** The text without reserved words: "User: hello" becomes "User - hello", "<image>" becomes "(image)". */
export function rewriteReservedWords(text: string): string {
  return text.replace(PATTERN, rewriteWord);
}

function rewriteWord(written: string): string {
  const lower = written.toLowerCase();
  return RESERVED.find(({ word }) => word === lower)?.instead(written) ?? written;
}
