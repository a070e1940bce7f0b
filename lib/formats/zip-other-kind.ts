import { type RandomAccess, readBuffer } from './random-access.ts';
import { refuseArchive } from './zip-faults.ts';

/** How other files begin, as people know them; the first line that fits is told. */
const KINDS: readonly (readonly [string, string])[] = [
  ['Rar!\x1a\x07', 'a RAR archive'],
  ["7z\xbc\xaf'\x1c", 'a 7-Zip archive'],
  ['\x1f\x8b', 'a gzip file (perhaps .tar.gz)'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file'],
  ['BZh', 'a bzip2 file'],
  ['\xfd7zXZ\x00', 'an xz file'],
  ['%PDF-', 'a PDF'],
  ['<!DOCTYPE', 'a web page'],
  ['<html', 'a web page'],
  ['<?xml', 'an XML file (perhaps the error page of a download)'],
  ['PK\x03\x04', 'the beginning of a ZIP archive; its end is missing'],
];
const HEAD_LENGTH = 512;
const TAR_MAGIC_AT = 257;

/** Refuses a file without a ZIP end record, and says what it looks like instead. */
export async function refuseOtherKind(source: RandomAccess): Promise<never> {
  if (source.size === 0) refuseArchive('ZIP_STRUCTURE', 'the archive is an empty file of 0 bytes', 'Upload it again.');
  const head = (await readBuffer(source, 0, Math.min(HEAD_LENGTH, source.size))).toString('latin1');
  const kind = head.startsWith('ustar', TAR_MAGIC_AT)
    ? 'a tar archive'
    : KINDS.find(([magic]) => head.startsWith(magic))?.[1];
  if (kind === undefined) refuseArchive('ZIP_STRUCTURE', 'this is not a ZIP archive', 'Pack the files as ZIP.');
  const advice = head.startsWith('PK') ? 'Upload it again.' : 'Pack the files as ZIP.';
  refuseArchive('ZIP_STRUCTURE', `this is not a ZIP archive but ${kind}`, advice);
}
