const EXCERPT_CHARACTERS = 80;
// Controls, format characters (zero-width, bidi overrides, BOM), lone surrogates, line separators: invisible, or able to reorder a terminal's line.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A value from the data as messages show it: at most `limit` characters, invisible characters as `\u202e`. */
export function excerpt(value: string, limit: number = EXCERPT_CHARACTERS): string {
  const characters = Array.from(value.slice(0, limit * 2));
  const isCut = characters.length > limit || value.length > limit * 2;
  const shown = isCut ? `${characters.slice(0, limit - 1).join('')}…` : characters.join('');
  return shown.replace(INVISIBLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
