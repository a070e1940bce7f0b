const KIND = Symbol('markup');

/** Text that is HTML already: only {@link html} and {@link address} make it, so that nothing from the data passes unescaped. */
export interface Markup {
  readonly [KIND]: 'html' | 'address';
  readonly text: string;
}

type Content = string | number | Markup | null | readonly Content[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
// Controls but line feed and tab, format characters (zero-width, bidi), lone surrogates, line separators: unseen, or able to reorder a line.
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
// The joiner within one emoji of several, which is one picture to its reader.
const EMOJI_JOINER = /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;

/**
 * Builds HTML of constant text and values: a string is escaped for where it stands, in text or in an attribute, and an address
 * (`href`, `src`) takes nothing but what {@link address} or {@link picture} made.
 */
export function html(constants: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = constants[0] ?? '';
  for (const [index, value] of values.entries()) {
    text += place(value, text) + (constants[index + 1] ?? '');
  }
  return { [KIND]: 'html', text };
}

/** A relative link: each part of the path is encoded, so that no name leads elsewhere or to a script. */
export function address(path: string): Markup {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  const encoded = parts.map((part) => encodeURIComponent(part.replaceAll(/\p{Cs}/gu, '\ufffd')));
  return { [KIND]: 'address', text: encoded.join('/').replaceAll("'", '%27') };
}

/** A picture that lies in the page itself, or null for whatever else the text may be. */
export function picture(text: string | null): Markup | null {
  const isPicture = text !== null && /^data:image\/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}$/.test(text);
  return isPicture ? { [KIND]: 'address', text } : null;
}

function place(value: Content, before: string): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const isInTag = before.lastIndexOf('<') > before.lastIndexOf('>');
  if (typeof value === 'string') {
    if (!isInTag) return escapeText(value);
    if (/\b(?:href|src)="[^"]*$/.test(before)) throw new TypeError('An address must come from address() or picture().');
    return escapeAttribute(value);
  }
  if (KIND in value) return value.text;
  return value.map((one) => place(one, before)).join('');
}

/** What cannot be seen is shown as `\u202e`, set apart so that it is not taken for those six characters. */
function escapeText(text: string): string {
  return withMarks(text, (mark) => `<span class="mark">${mark}</span>`);
}

function escapeAttribute(text: string): string {
  return withMarks(text, (mark) => mark);
}

function withMarks(text: string, wrap: (mark: string) => string): string {
  const pieces = text.replaceAll('\r\n', '\n').split(EMOJI_JOINER);
  const escaped = pieces.map((piece) =>
    piece
      .replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
      .replaceAll(INVISIBLE, (character) => wrap(markOf(character))),
  );
  return escaped.join('\u200d');
}

function markOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
