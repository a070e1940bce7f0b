/** Names that people and older programs give to types that IANA registered under another one. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/jfif', 'image/jpeg'],
  ['image/x-jpeg', 'image/jpeg'],
  ['image/x-jpg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['image/apng', 'image/png'],
  ['image/x-gif', 'image/gif'],
  ['image/x-webp', 'image/webp'],
  ['image/x-bmp', 'image/bmp'],
  ['image/x-ms-bmp', 'image/bmp'],
  ['image/tif', 'image/tiff'],
  ['image/svg', 'image/svg+xml'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/x-mp3', 'audio/mpeg'],
  ['audio/x-mpeg', 'audio/mpeg'],
  ['audio/mpeg3', 'audio/mpeg'],
  ['audio/x-mpeg-3', 'audio/mpeg'],
  ['audio/x-mpeg3', 'audio/mpeg'],
  ['audio/mpg', 'audio/mpeg'],
  ['audio/x-mpg', 'audio/mpeg'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/wave', 'audio/wav'],
  ['audio/vnd.wave', 'audio/wav'],
  ['audio/x-flac', 'audio/flac'],
  ['audio/m4a', 'audio/mp4'],
  ['audio/x-m4a', 'audio/mp4'],
  ['audio/x-aac', 'audio/aac'],
  ['application/x-pdf', 'application/pdf'],
  ['application/acrobat', 'application/pdf'],
  ['text/pdf', 'application/pdf'],
  ['image/pdf', 'application/pdf'],
  ['text/txt', 'text/plain'],
  ['application/txt', 'text/plain'],
  ['text/x-plain', 'text/plain'],
  ['application/x-zip-compressed', 'application/zip'],
  ['application/x-gzip', 'application/gzip'],
]);

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['jpe', 'image/jpeg'],
  ['jfif', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['bmp', 'image/bmp'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['heic', 'image/heic'],
  ['heif', 'image/heic'],
  ['avif', 'image/avif'],
  ['svg', 'image/svg+xml'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['ogg', 'audio/ogg'],
  ['oga', 'audio/ogg'],
  ['opus', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['m4a', 'audio/mp4'],
  ['aac', 'audio/aac'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['text', 'text/plain'],
  ['md', 'text/plain'],
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['mp4', 'video/mp4'],
  ['m4v', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
  ['mkv', 'video/matroska'],
  ['avi', 'video/x-msvideo'],
  ['zip', 'application/zip'],
  ['gz', 'application/gzip'],
]);

/** The registered name of a MIME type as somebody wrote it: lower case, without parameters, aliases resolved; unknown ones come back as they are. */
export function registeredMime(name: string): string {
  const mime = (name.split(';', 1)[0] ?? '').trim().toLowerCase();
  return ALIASES.get(mime) ?? mime;
}

/** The MIME type that a file's name promises, or null where it promises none that we know. */
export function mimeOfExtension(name: string): string | null {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1];
  return extension === undefined ? null : (EXTENSIONS.get(extension.toLowerCase()) ?? null);
}
