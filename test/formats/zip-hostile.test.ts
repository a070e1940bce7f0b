import { describe, expect, it } from 'vitest';
import { bufferAccess, type RandomAccess } from '../../lib/formats/random-access.ts';
import { readZipDirectory, type ZipLimits } from '../../lib/formats/zip.ts';
import {
  type BuiltArchive,
  type BuiltEntry,
  buildZip,
  extraField,
  uint16,
  uint64,
  unicodePath,
} from './zip-builder.ts';
import { countingAccess, readWhole } from './zip-reading.ts';

const text = (value: string): Buffer => Buffer.from(value, 'utf8');
const good: BuiltEntry = { name: 'good.txt', bytes: text('good') };
const hello: BuiltEntry = { name: 'a.txt', bytes: text('hello '.repeat(50)), method: 8 };
const END = Buffer.from('PK\x05\x06', 'latin1');

/** Only the claim is large: nothing is inflated before it is refused. */
const claim = (size: number): BuiltEntry => ({
  ...hello,
  zip64: true,
  central: { extra: extraField(1, Buffer.concat([uint64(size), uint64(20), uint64(0)])) },
});

const refused: [string, string, BuiltEntry[], BuiltArchive?, Partial<ZipLimits>?][] = [
  ['a bomb by its claim: 1 GB from 20 bytes', 'ZIP_RATIO', [claim(2 ** 30)]],
  ['a total above the budget', 'ZIP_TOO_BIG', [hello, { ...hello, name: 'b' }], {}, { totalBytes: 500 }],
  ['a file above the budget', 'ZIP_TOO_BIG', [hello], {}, { archiveBytes: 50 }],
  [
    'two entries with the same data (Fifield)',
    'ZIP_OVERLAP',
    [hello, { ...hello, name: 'b.txt', withoutLocal: true, central: { localOffset: 0 } }],
  ],
  [
    'an entry that quotes the next header (Fifield)',
    'ZIP_OVERLAP',
    [{ ...good, central: { compressedSize: 40, size: 40 } }, hello],
  ],
  ['an entry that reaches into the directory', 'ZIP_OVERLAP', [{ ...good, central: { compressedSize: 5, size: 5 } }]],
  ['a descriptor that has no room', 'ZIP_OVERLAP', [{ ...good, central: { flags: 8 } }]],
  ['the same name twice', 'ZIP_DUPLICATE', [good, good]],
  [
    'the same name twice once backslashes are slashes',
    'ZIP_DUPLICATE',
    [
      { ...good, name: 'a/b' },
      { ...good, name: 'a\\b' },
    ],
  ],
  ['a NUL in a name', 'ZIP_NAME', [{ ...good, name: 'a.jpg\0.exe' }]],
  ['a line break in a name', 'ZIP_NAME', [{ ...good, name: 'a\nb' }]],
  ['bytes before the archive', 'ZIP_POLYGLOT', [good], { prefix: text('#!/bin/sh') }],
  [
    'bytes before the archive that the offsets do not count',
    'ZIP_POLYGLOT',
    [good],
    { prefix: text('MZ'), keepOffsets: true },
  ],
  ['bytes after the archive', 'ZIP_POLYGLOT', [good], { suffix: text('more') }],
  ['zeros after the archive', 'ZIP_POLYGLOT', [good], { suffix: Buffer.alloc(512) }],
  ['an archive after the archive', 'ZIP_POLYGLOT', [hello], { prefix: buildZip([good]) }],
  [
    'an archive after the archive, offsets of its own',
    'ZIP_POLYGLOT',
    [hello],
    { prefix: buildZip([good]), keepOffsets: true },
  ],
  ['an archive in the comment', 'ZIP_POLYGLOT', [good], { comment: buildZip([hello]) }],
  ['an end record in the comment', 'ZIP_POLYGLOT', [good], { comment: Buffer.concat([END, Buffer.alloc(30)]) }],
  ['two end records', 'ZIP_POLYGLOT', [good], { beforeEnd: buildZip([]) }],
  ['bytes between directory and end', 'ZIP_POLYGLOT', [good], { beforeEnd: text('junk') }],
  [
    'a second name whose checksum is of another name',
    'ZIP_HEADER_MISMATCH',
    [{ ...good, extra: unicodePath(text('other'), 'evil.exe') }],
  ],
  [
    'a second name that swaps the first',
    'ZIP_HEADER_MISMATCH',
    [{ ...good, extra: unicodePath(text('good.txt'), 'evil.exe') }],
  ],
  [
    'a second name beside the UTF-8 flag that differs',
    'ZIP_HEADER_MISMATCH',
    [{ ...good, name: 'a?', utf8Flag: true, extra: unicodePath(text('a?'), 'b') }],
  ],
  ['one disk of many', 'ZIP_STRUCTURE', [good], { end: { disk: 1 } }],
  ['a directory on another disk', 'ZIP_STRUCTURE', [good], { end: { directoryDisk: 3 } }],
  ['entries on other disks', 'ZIP_STRUCTURE', [good, hello], { end: { countHere: 1 } }],
  ['an entry on another disk', 'ZIP_STRUCTURE', [{ ...good, central: { disk: 2 } }]],
  ['fewer entries than listed', 'ZIP_STRUCTURE', [good, hello], { end: { count: 1, countHere: 1 } }],
  ['more entries than listed', 'ZIP_STRUCTURE', [good], { end: { count: 2, countHere: 2 } }],
  ['a directory offset beyond the file', 'ZIP_STRUCTURE', [good], { end: { offset: 2 ** 31 } }],
  ['a directory larger than the file', 'ZIP_STRUCTURE', [good], { end: { size: 2 ** 20 } }],
  ['a record without its signature', 'ZIP_STRUCTURE', [{ ...good, central: { signature: 1 } }]],
  ['saturated sizes without ZIP64', 'ZIP_STRUCTURE', [{ ...good, central: { size: 0xffffffff } }]],
  [
    'a ZIP64 field that is too short',
    'ZIP_STRUCTURE',
    [{ ...good, zip64: true, central: { extra: extraField(1, uint64(4)) } }],
  ],
  [
    'a ZIP64 size beyond all files',
    'ZIP_STRUCTURE',
    [{ ...good, zip64: true, central: { extra: extraField(1, Buffer.alloc(24, 255)) } }],
  ],
  [
    'two ZIP64 fields',
    'ZIP_STRUCTURE',
    [{ ...good, extra: Buffer.concat([extraField(1, uint64(4)), extraField(1, uint64(4))]) }],
  ],
  [
    'an extra field longer than its list',
    'ZIP_STRUCTURE',
    [{ ...good, extra: Buffer.concat([uint16(7), uint16(99), uint16(0)]) }],
  ],
  ['a ZIP64 end that is not where it should be', 'ZIP_STRUCTURE', [good], { zip64: true, end64: { recordOffset: 1 } }],
  ['a ZIP64 end beyond the file', 'ZIP_STRUCTURE', [good], { zip64: true, end64: { recordOffset: 2 ** 40 } }],
  ['a ZIP64 end of another length', 'ZIP_STRUCTURE', [good], { zip64: true, end64: { recordLength: 45 } }],
  ['a ZIP64 end with another count', 'ZIP_STRUCTURE', [good], { zip64: true, end64: { count: 2, countHere: 2 } }],
  [
    'a ZIP64 end that contradicts the old one',
    'ZIP_STRUCTURE',
    [good],
    { zip64: true, end: { size: 54, count: 9, countHere: 9 } },
  ],
  ['a ZIP64 end on another disk', 'ZIP_STRUCTURE', [good], { zip64: true, end64: { disk: 1 } }],
  ['a ZIP64 archive of two disks', 'ZIP_STRUCTURE', [good], { zip64: true, end64: { disks: 2 } }],
  ['a ZIP64 directory beyond the file', 'ZIP_STRUCTURE', [good], { zip64: true, end64: { offset: 2 ** 40 } }],
  ['more entries than the budget', 'ZIP_TOO_MANY', [good, hello], {}, { entries: 1 }],
  [
    'more entries than the budget, hidden by a wrong count',
    'ZIP_STRUCTURE',
    [good, hello],
    { end: { count: 1, countHere: 1 } },
    { entries: 1 },
  ],
  ['a directory above the budget', 'ZIP_TOO_MANY', [good, hello], {}, { directoryBytes: 60 }],
  [
    'a ZIP64 count above the budget',
    'ZIP_TOO_MANY',
    [good],
    { zip64: true, end64: { count: 2 ** 40, countHere: 2 ** 40 } },
  ],
  ['only encrypted files', 'ZIP_ENCRYPTED', [{ ...good, central: { flags: 1 } }, { name: 'folder/' }]],
  ['only files packed with bzip2', 'ZIP_METHOD', [{ ...good, method: 12 }]],
];

describe('readZipDirectory on hostile archives', () => {
  it.each(refused)('refuses %s as %s', async (_, code, entries, options, limits) => {
    const { entries: read, fault } = await readZipDirectory(bufferAccess(buildZip(entries, options)), limits);
    expect([fault?.code, read]).toEqual([code, []]);
    expect(fault?.message).toMatch(/^[a-z\d"].*[^.]$/u);
    expect(fault?.hint).toMatch(/^[A-Z].*\.$/u);
  });

  it('refuses 42.zip-like claims without reading a byte of the entries', async () => {
    const source = countingAccess(Buffer.concat([buildZip([claim(2 ** 30)])]));
    expect((await readZipDirectory(source)).fault?.code).toBe('ZIP_RATIO');
    expect(source.reads).toHaveLength(1);
  });

  it('tells a Mac user what to do about sizes that wrapped at 4 GiB', async () => {
    const archive = buildZip([good]);
    const source = shifted(archive, archive.length - 22 - 54, 2 ** 32);
    const { fault } = await readZipDirectory(source);
    expect(fault).toMatchObject({ code: 'ZIP_STRUCTURE', message: expect.stringContaining('macOS Finder') });
  });

  it('tells a Mac user what to do about a count that wrapped at 65,536', async () => {
    const many = Array.from({ length: 65_537 }, (_, index) => ({ name: `${index}` }));
    const { fault } = await readZipDirectory(bufferAccess(buildZip(many, { end: { count: 1, countHere: 1 } })));
    expect(fault).toMatchObject({ code: 'ZIP_STRUCTURE', message: expect.stringContaining('macOS Finder') });
  });

  it.each([
    ['an empty file', Buffer.alloc(0), 'empty file'],
    ['a RAR archive', Buffer.from('Rar!\x1a\x07\x01\x00', 'latin1'), 'a RAR archive'],
    ['a 7-Zip archive', Buffer.from("7z\xbc\xaf'\x1c", 'latin1'), 'a 7-Zip archive'],
    ['a tar archive', Buffer.concat([Buffer.alloc(257), text('ustar\x0000'), Buffer.alloc(200)]), 'a tar archive'],
    ['a web page', text('<!DOCTYPE html><title>404</title>'), 'a web page'],
    ['a cut archive', buildZip([hello, good]).subarray(0, 60), 'its end is missing'],
    ['a cut comment', buildZip([good], { comment: text('hello') }).subarray(0, -2), '2 bytes are missing'],
    ['noise', text('hello world'), 'not a ZIP archive'],
  ])('names %s', async (_, bytes, words) => {
    const { fault } = await readZipDirectory(bufferAccess(bytes));
    expect(fault).toMatchObject({ code: 'ZIP_STRUCTURE', message: expect.stringContaining(words) });
  });

  it('warns about much room that belongs to no entry', async () => {
    const archive = buildZip([good, { ...hello, gap: Buffer.alloc(200_000) }]);
    expect((await readZipDirectory(bufferAccess(archive))).warnings.map(({ code }) => code)).toEqual(['ZIP_GAP']);
  });

  it('shows names so that they cannot deceive', async () => {
    const { entries } = await readZipDirectory(bufferAccess(buildZip([{ ...good, name: '../\u202Egpj.exe' }, hello])));
    expect(entries[0]?.fault?.message).toContain('"../\\u202egpj.exe"');
  });

  it('keeps names of objects apart from the object that holds them', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const reading = await readWhole(buildZip(names.map((name) => ({ name, bytes: text(name) }))));
    expect([...reading.files.keys()]).toEqual(names);
  });
});

/** The same archive with `by` more bytes before `at`, without holding them. */
function shifted(archive: Buffer, at: number, by: number): RandomAccess {
  return {
    size: archive.length + by,
    async readAt(offset, length) {
      const place = offset >= at + by ? offset - by : offset;
      const bytes = Buffer.alloc(length);
      const start = Math.max(0, at + by - offset);
      archive.copy(bytes, start, offset >= at + by ? place : at);
      return bytes;
    },
  };
}
