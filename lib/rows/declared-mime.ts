/** Names that people and older programs give to the types that IANA registered under another one. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-jpeg', 'image/jpeg'],
  ['image/x-jpg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['image/apng', 'image/png'],
  ['image/x-gif', 'image/gif'],
  ['image/x-webp', 'image/webp'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/x-mp3', 'audio/mpeg'],
  ['audio/x-mpeg', 'audio/mpeg'],
  ['audio/mpeg3', 'audio/mpeg'],
  ['audio/x-mpeg-3', 'audio/mpeg'],
  ['audio/mpg', 'audio/mpeg'],
  ['application/x-pdf', 'application/pdf'],
  ['application/acrobat', 'application/pdf'],
  ['text/pdf', 'application/pdf'],
  ['image/pdf', 'application/pdf'],
  ['text/txt', 'text/plain'],
  ['application/txt', 'text/plain'],
  ['text/x-plain', 'text/plain'],
]);

/** The registered name of a MIME type that a row declares, without parameters, in lower case. */
export function registeredMime(declared: string): string {
  const [type = ''] = declared.split(';', 1);
  const mime = type.trim().toLowerCase();
  return ALIASES.get(mime) ?? mime;
}
