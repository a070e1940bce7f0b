/** What no shell reads anything into. */
const PLAIN = /^[A-Za-z0-9_./:@%+,=-]+$/;

/** A word for a POSIX shell: whatever is in it, the shell reads it as one argument and runs nothing. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON as one shell word; what a terminal would not show, or would reorder, is escaped. */
export function shellJson(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return shellWord(text);
}
