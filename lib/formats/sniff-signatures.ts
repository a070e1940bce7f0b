/** What a file's first bytes say it is; `extension` comes without a dot. */
export interface Sniffed {
  kind: 'image' | 'audio' | 'document' | 'text' | 'video' | 'archive' | 'other';
  mime: string;
  extension: string;
}

interface Signature {
  at: number;
  magic: Buffer;
  is: Sniffed;
}

type Row = readonly [at: number, magic: string, kind: Sniffed['kind'], mime: string, extension: string];

// Bytes as latin1 text. Only what cannot be mistaken for another format; the rest is told in sniff-containers.
const ROWS: readonly Row[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image', 'image/png', 'png'],
  [0, '\xff\xd8\xff', 'image', 'image/jpeg', 'jpg'],
  [0, 'GIF87a', 'image', 'image/gif', 'gif'],
  [0, 'GIF89a', 'image', 'image/gif', 'gif'],
  [0, 'II*\0', 'image', 'image/tiff', 'tiff'],
  [0, 'MM\0*', 'image', 'image/tiff', 'tiff'],
  [0, '8BPS\0\x01', 'image', 'image/vnd.adobe.photoshop', 'psd'],
  [0, '\0\0\x01\0', 'image', 'image/vnd.microsoft.icon', 'ico'],
  [0, '\0\0\0\x0cJXL \r\n\x87\n', 'image', 'image/jxl', 'jxl'],
  [0, '\0\0\0\x0cjP  \r\n\x87\n', 'image', 'image/jp2', 'jp2'],
  [0, 'fLaC', 'audio', 'audio/flac', 'flac'],
  [0, '#!AMR', 'audio', 'audio/amr', 'amr'],
  [0, 'MThd\0\0\0\x06', 'audio', 'audio/midi', 'mid'],
  [0, '%PDF-', 'document', 'application/pdf', 'pdf'],
  [0, '\ufeff%PDF-', 'document', 'application/pdf', 'pdf'],
  [0, '{\\rtf', 'document', 'application/rtf', 'rtf'],
  [0, '%!PS', 'document', 'application/postscript', 'ps'],
  [0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'document', 'application/x-ole-storage', 'doc'],
  [0, '\0\0\x01\xba', 'video', 'video/mpeg', 'mpg'],
  [0, '\0\0\x01\xb3', 'video', 'video/mpeg', 'mpg'],
  [0, 'FLV\x01', 'video', 'video/x-flv', 'flv'],
  [0, '0&\xb2u\x8ef\xcf\x11', 'video', 'video/x-ms-wmv', 'wmv'],
  [0, '\x1f\x8b\x08', 'archive', 'application/gzip', 'gz'],
  [0, 'BZh', 'archive', 'application/x-bzip2', 'bz2'],
  [0, '\xfd7zXZ\0', 'archive', 'application/x-xz', 'xz'],
  [0, '7z\xbc\xaf\x27\x1c', 'archive', 'application/x-7z-compressed', '7z'],
  [0, 'Rar!\x1a\x07', 'archive', 'application/vnd.rar', 'rar'],
  [0, '\x28\xb5\x2f\xfd', 'archive', 'application/zstd', 'zst'],
  [257, 'ustar', 'archive', 'application/x-tar', 'tar'],
  [0, 'PAR1', 'other', 'application/vnd.apache.parquet', 'parquet'],
  [0, 'SQLite format 3\0', 'other', 'application/vnd.sqlite3', 'sqlite'],
  [0, '\x7fELF', 'other', 'application/x-elf', 'elf'],
];

/** Formats that a fixed run of bytes at a fixed place tells. */
export const SIGNATURES: readonly Signature[] = ROWS.map(([at, magic, kind, mime, extension]) => ({
  at,
  magic: magic.startsWith('\ufeff') ? Buffer.from(magic, 'utf8') : Buffer.from(magic, 'latin1'),
  is: { kind, mime, extension },
}));
