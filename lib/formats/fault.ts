/** What is wrong (or only odd) with some bytes, as a value: a stable code, one sentence for the user and, where it helps, what to do. */
export interface Fault {
  code: string;
  message: string;
  hint?: string;
}

const EXCERPT_CHARACTERS = 80;

/** Shortens a piece of the user's data (to 80 characters unless told) and escapes what could not be seen or could reorder the line. */
export function excerpt(text: string, length: number = EXCERPT_CHARACTERS): string {
  const shown = text.length > length ? `${text.slice(0, length)}…` : text;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  const name = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  if (name !== undefined) return name;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
