/** What a row writes where a file is expected, told apart by its first characters. */
export type WrittenReference =
  | { kind: 'name'; name: string }
  | { kind: 'link'; url: string }
  | { kind: 'data-uri'; text: string }
  | { kind: 'object'; uri: string };

// Any `scheme://` is a link, also `ftp://` and `file://`: their check says better what is wrong than "no such file" would.
const SCHEME = /^\s*[a-z][a-z0-9+.-]{0,30}:\/\//i;
const OBJECT = /^\s*(?:s3|gs):\/\//i;
const DATA = /^\s*data:/i;

/** Reads one reference that stands alone; names keep their white space. */
export function classifyReference(text: string): WrittenReference {
  if (DATA.test(text)) return { kind: 'data-uri', text };
  if (OBJECT.test(text)) return { kind: 'object', uri: text.trim() };
  if (SCHEME.test(text)) return { kind: 'link', url: text.trim() };
  return { kind: 'name', name: text };
}

/** True where a link, an object URI or a data URI begins. */
export function beginsWithScheme(text: string): boolean {
  return SCHEME.test(text) || DATA.test(text);
}
