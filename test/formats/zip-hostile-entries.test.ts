import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ZipLimits } from '../../lib/formats/zip.ts';
import { type BuiltEntry, buildZip, extraField, unicodePath } from './zip-builder.ts';
import { readWhole } from './zip-reading.ts';

const text = (value: string): Buffer => Buffer.from(value, 'utf8');
const good: BuiltEntry = { name: 'good.txt', bytes: text('good') };
const hello: BuiltEntry = { name: 'a.txt', bytes: text('hello '.repeat(50)), method: 8 };
const zeros = Buffer.alloc(2 * 1024 * 1024);

const unusable: [string, string, BuiltEntry, Partial<ZipLimits>?][] = [
  ['a bomb within an honest archive', 'ZIP_RATIO', { name: 'x', bytes: zeros, method: 8 }],
  ['a size above the budget', 'ZIP_TOO_BIG', { name: 'x', bytes: text('12345') }, { entryBytes: 4 }],
  ['a stored entry with another size', 'ZIP_SIZE_LIE', { name: 'x', bytes: text('12345'), central: { size: 9 } }],
  ['more bytes than claimed', 'ZIP_SIZE_LIE', { ...hello, central: { size: 9 }, local: { size: 9 } }],
  ['fewer bytes than claimed', 'ZIP_SIZE_LIE', { ...hello, central: { size: 400 }, local: { size: 400 } }],
  ['a path that climbs', 'ZIP_PATH', { ...hello, name: 'a/../../x' }],
  ['a path that climbs by backslash', 'ZIP_PATH', { ...hello, name: '..\\x' }],
  ['an absolute path', 'ZIP_PATH', { ...hello, name: '/etc/passwd' }],
  ['a network path', 'ZIP_PATH', { ...hello, name: '\\\\server\\x' }],
  ['a drive letter', 'ZIP_PATH', { ...hello, name: 'C:\\x' }],
  ['a drive letter without a slash', 'ZIP_PATH', { ...hello, name: 'C:x' }],
  ['no name', 'ZIP_PATH', { ...hello, name: '' }],
  ['a name above the budget', 'ZIP_PATH', { ...hello, name: 'x'.repeat(1025) }],
  ['too many folders', 'ZIP_PATH', { ...hello, name: 'x/'.repeat(32).concat('x') }],
  ['a symbolic link', 'ZIP_SPECIAL_FILE', { ...hello, externalAttributes: 0o120777 * 65536 }],
  ['a device', 'ZIP_SPECIAL_FILE', { ...hello, externalAttributes: 0o020666 * 65536 }],
  ['a setuid program', 'ZIP_SPECIAL_FILE', { ...hello, externalAttributes: 0o104755 * 65536 }],
  ['a name that claims UTF-8 wrongly', 'ZIP_NAME', { ...hello, name: Buffer.from([0xff, 0x2e]), utf8Flag: true }],
  ['the folder picture of macOS', 'ZIP_NAME', { ...hello, name: 'folder/Icon\r' }],
  ['a password', 'ZIP_ENCRYPTED', { ...hello, central: { flags: 1 } }],
  ['AES', 'ZIP_ENCRYPTED', { ...hello, method: 99 }],
  ['Deflate64', 'ZIP_METHOD', { ...hello, method: 9 }],
  ['patch data', 'ZIP_METHOD', { ...hello, central: { flags: 0x20 } }],
  ['another checksum', 'ZIP_DATA', { ...hello, central: { crc32: 1 }, local: { crc32: 1 } }],
  ['damaged deflate data', 'ZIP_DATA', { ...hello, packed: Buffer.alloc(20, 0xff) }],
  ['cut deflate data', 'ZIP_DATA', { ...hello, packed: deflateRawSync(hello.bytes!).subarray(0, -2) }],
  [
    'bytes after the deflate data',
    'ZIP_DATA',
    { ...hello, packed: Buffer.concat([deflateRawSync(hello.bytes!), text('x')]) },
  ],
  ['no local header', 'ZIP_HEADER_MISMATCH', { ...hello, local: { signature: 1 } }],
  ['another local name', 'ZIP_HEADER_MISMATCH', { ...hello, local: { name: text('b.txt') } }],
  ['another local size', 'ZIP_HEADER_MISMATCH', { ...hello, local: { size: 1 } }],
  ['another local packed size', 'ZIP_HEADER_MISMATCH', { ...hello, local: { compressedSize: 1 } }],
  ['another local method', 'ZIP_HEADER_MISMATCH', { ...hello, local: { method: 0 } }],
  ['another local checksum', 'ZIP_HEADER_MISMATCH', { ...hello, local: { crc32: 1 } }],
  ['a password in the local header only', 'ZIP_HEADER_MISMATCH', { ...hello, local: { flags: 1 } }],
  ['local sizes that are saturated without ZIP64', 'ZIP_HEADER_MISMATCH', { ...hello, local: { size: 0xffffffff } }],
  [
    'another local second name',
    'ZIP_HEADER_MISMATCH',
    { ...hello, local: { extra: unicodePath(text('a.txt'), 'b.txt') } },
  ],
  [
    'a descriptor with another size',
    'ZIP_HEADER_MISMATCH',
    { ...hello, descriptor: true, descriptorFields: { size: 1 } },
  ],
  [
    'a descriptor with another checksum',
    'ZIP_HEADER_MISMATCH',
    { ...hello, descriptor: true, descriptorFields: { crc32: 1 } },
  ],
  ['a descriptor announced in the local header only', 'ZIP_HEADER_MISMATCH', { ...hello, local: { flags: 8 } }],
  [
    'a local extra field that moves the data over the next entry',
    'ZIP_OVERLAP',
    {
      ...hello,
      packed: Buffer.concat([deflateRawSync(hello.bytes!)]),
      local: { extra: extraField(9, Buffer.alloc(8)) },
      central: { compressedSize: deflateRawSync(hello.bytes!).length + 4 },
    },
  ],
];

describe('readZipEntries on hostile entries', () => {
  it.each(unusable)('refuses the entry with %s as %s and reads its neighbours', async (_, code, entry, limits) => {
    const archive = buildZip([good, entry, { ...good, name: 'after.txt' }]);
    for (const maxSpanBytes of [undefined, 10]) {
      const reading = await readWhole(archive, maxSpanBytes === undefined ? {} : { maxSpanBytes }, limits);
      expect(reading.refused).toBe(null);
      expect([...reading.faults.values()]).toEqual([code]);
      expect([...reading.files.keys()]).toEqual(['good.txt', 'after.txt']);
    }
  });

  it('never opens an archive within the archive', async () => {
    const inner = buildZip([good]);
    const reading = await readWhole(buildZip([{ name: 'inner.zip', bytes: inner }]));
    expect([reading.refused, reading.files.get('inner.zip')]).toEqual([null, inner]);
  });

  it('takes a folder with the set-group bit, which folders pass on to their files', async () => {
    const reading = await readWhole(buildZip([{ name: 'folder/', externalAttributes: 0o042755 * 65536 + 16 }, good]));
    expect(reading.faults.size).toBe(0);
  });
});
