import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bufferAccess, type RandomAccess } from '../../lib/formats/random-access.ts';
import {
  planZipRanges,
  readZipDirectory,
  readZipEntries,
  streamZipEntry,
  type ZipEntry,
  ZipEntryError,
} from '../../lib/formats/zip.ts';
import { type BuiltEntry, buildZip, unicodePath } from './zip-builder.ts';
import { countingAccess, readWhole } from './zip-reading.ts';

const text = (value: string): Buffer => Buffer.from(value, 'utf8');
const noise = (length: number, seed = 1): Buffer => {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
};

// Vitest compares long buffers byte by byte in JavaScript: sums are a thousand times faster.
const sums = (contents: Buffer[]): number[][] => contents.map((bytes) => [bytes.length, crc32(bytes)]);
const long = Buffer.concat([noise(5_000_000), text('hello '.repeat(1000))]);

async function streamed(source: RandomAccess, entry: ZipEntry): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of streamZipEntry(source, entry)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('readZipDirectory', () => {
  it('reads an archive without entries', async () => {
    expect(await readZipDirectory(bufferAccess(buildZip([])))).toEqual({ entries: [], fault: null, warnings: [] });
  });

  it('gives entries that survive JSON, so that they can be kept and read from later', async () => {
    const archive = buildZip([
      { name: text('é.txt'), bytes: text('hello') },
      { name: Buffer.from([0x82]), bytes: text('x') },
    ]);
    const { entries } = await readZipDirectory(bufferAccess(archive));
    const kept = JSON.parse(JSON.stringify(entries)) as ZipEntry[];
    const names: string[] = [];
    for await (const read of readZipEntries(bufferAccess(archive), kept))
      if ('bytes' in read) names.push(read.entry.name);
    expect(names).toEqual(['é.txt', 'é']);
  });

  it('needs one read for a small archive and two for one whose directory is long', async () => {
    const small = countingAccess(buildZip([{ name: 'a', bytes: text('x') }]));
    await readZipDirectory(small);
    const many = Array.from({ length: 3000 }, (_, index) => ({
      name: `folder/${index}`.padEnd(60, 'x'),
      bytes: text('x'),
    }));
    const large = countingAccess(buildZip(many));
    const { entries } = await readZipDirectory(large);
    expect(entries).toHaveLength(3000);
    expect([small.reads.length, large.reads.length]).toEqual([1, 2]);
  });

  it('lets an error of the storage through, and only that', async () => {
    const broken: RandomAccess = { size: 1000, readAt: () => Promise.reject(new Error('the network is down')) };
    await expect(readZipDirectory(broken)).rejects.toThrow('the network is down');
  });

  it('reads 65,535 entries with and without ZIP64', async () => {
    const entries = Array.from({ length: 65_535 }, (_, index) => ({ name: `${index}` }));
    for (const zip64 of [false, true]) {
      const { entries: read, fault } = await readZipDirectory(bufferAccess(buildZip(entries, { zip64 })));
      expect([read.length, fault]).toEqual([65_535, null]);
    }
  });

  it.each<[string, BuiltEntry, string, 'utf-8' | 'cp437', string[]]>([
    ['UTF-8 with its flag', { name: 'été.png', utf8Flag: true }, 'été.png', 'utf-8', []],
    ['UTF-8 without its flag, as macOS writes it', { name: 'été.png' }, 'été.png', 'utf-8', []],
    ['code page 437', { name: Buffer.from([0x82, 0x74, 0x82]) }, 'été', 'cp437', ['ZIP_NAME_ENCODING']],
    ['a Unicode path beside a raw name', withUnicodePath(Buffer.from([0x3f, 0x2e, 0x70]), '日.p'), '日.p', 'utf-8', []],
    ['a Unicode path beside code page 437', withUnicodePath(Buffer.from([0x82]), 'é'), 'é', 'cp437', []],
    ['backslashes, as old Windows tools write them', { name: 'a\\b.png' }, 'a/b.png', 'utf-8', ['ZIP_BACKSLASH']],
    ['a leading dot folder', { name: './a/b.png' }, 'a/b.png', 'utf-8', []],
    [
      'a name that turns the reading direction',
      { name: 'a\u202Egpj.exe' },
      'a\u202Egpj.exe',
      'utf-8',
      ['ZIP_NAME_INVISIBLE'],
    ],
    ['a name with zero width', { name: 'a\u200Bb' }, 'a\u200Bb', 'utf-8', ['ZIP_NAME_INVISIBLE']],
  ])('reads a name in %s', async (_, entry, name, nameEncoding, warnings) => {
    const { entries } = await readZipDirectory(bufferAccess(buildZip([{ ...entry, bytes: text('x') }])));
    expect(entries[0]).toMatchObject({ name, nameEncoding, fault: null });
    expect(entries[0]?.warnings.map(({ code }) => code)).toEqual(warnings);
    const reading = await readWhole(buildZip([{ ...entry, bytes: text('x') }]));
    expect(reading.files.get(name)).toEqual(text('x'));
  });
});

function withUnicodePath(raw: Buffer, name: string): BuiltEntry {
  return { name: raw, extra: unicodePath(raw, name) };
}

const forms: [string, Partial<BuiltEntry>][] = [
  ['stored', {}],
  ['deflated', { method: 8 }],
  ['deflated with a descriptor', { method: 8, descriptor: true }],
  ['stored with a descriptor', { descriptor: true }],
  ['deflated with a descriptor without signature', { method: 8, descriptor: 'without-signature' }],
  ['with ZIP64 sizes', { zip64: true }],
  ['deflated with ZIP64 sizes and a descriptor', { method: 8, zip64: true, descriptor: true }],
  ['with ZIP64 sizes and a descriptor without signature', { zip64: true, descriptor: 'without-signature' }],
];

describe('readZipEntries', () => {
  it.each(forms)('reads entries %s', async (_, form) => {
    const contents = [text(''), text('x'), text('hello '.repeat(50_000)), noise(70_000)];
    const archive = buildZip(
      contents.map((bytes, index) => ({ name: `${index}`, bytes, ...form })),
      { zip64: 'zip64' in form },
    );
    const reading = await readWhole(archive);
    expect(reading).toMatchObject({ refused: null, faults: new Map() });
    expect(sums([...reading.files.values()])).toEqual(sums(contents));
  });

  it.each(forms)('reads entries larger than one read, %s', async (_, form) => {
    const contents = [noise(200_000), text('hello '.repeat(50_000)), text('x')];
    const archive = buildZip(contents.map((bytes, index) => ({ name: `${index}`, bytes, ...form })));
    const reading = await readWhole(archive, { maxSpanBytes: 1000 });
    expect(sums([...reading.files.values()])).toEqual(sums(contents));
  });

  it('serves neighbours by one read and distant entries by their own', async () => {
    const entries = Array.from({ length: 100 }, (_, index) => ({ name: `${index}`, bytes: noise(5000, index + 1) }));
    const source = countingAccess(buildZip(entries));
    const directory = await readZipDirectory(source);
    source.reads.length = 0;
    const wanted = directory.entries.filter(({ index }) => index < 10 || index > 90);
    const names: string[] = [];
    for await (const read of readZipEntries(source, wanted.toReversed())) names.push(read.entry.name);
    expect(names).toEqual(wanted.map(({ name }) => name));
    expect(source.reads).toHaveLength(2);
  });

  it('gives views of what it read for stored entries', async () => {
    const archive = buildZip([{ name: 'a', bytes: noise(100) }]);
    const { entries } = await readZipDirectory(bufferAccess(archive));
    for await (const read of readZipEntries(bufferAccess(archive), entries)) {
      expect('bytes' in read && read.bytes.buffer).toBe(archive.buffer);
    }
  });

  it('refuses an entry above the size that the caller allows, and reads the others', async () => {
    const archive = buildZip([
      { name: 'large', bytes: noise(101) },
      { name: 'small', bytes: noise(100) },
    ]);
    const reading = await readWhole(archive, { maxEntryBytes: 100 });
    expect([[...reading.files.keys()], reading.faults]).toEqual([['small'], new Map([['large', 'ZIP_TOO_BIG']])]);
  });

  it('lets an error of the storage through', async () => {
    const archive = buildZip([{ name: 'a', bytes: noise(5000), method: 8 }]);
    const { entries } = await readZipDirectory(bufferAccess(archive));
    const broken: RandomAccess = {
      size: archive.length,
      readAt: () => Promise.reject(new Error('the network is down')),
    };
    const readAll = async (maxSpanBytes: number): Promise<void> => {
      for await (const _ of readZipEntries(broken, entries, { maxSpanBytes }));
    };
    await expect(readAll(1e6)).rejects.toThrow('the network is down');
    await expect(readAll(10)).rejects.toThrow('the network is down');
  });

  it('hands on an error of the read ahead when its turn comes', async () => {
    const entries = Array.from({ length: 4 }, (_, index) => ({ name: `${index}`, bytes: noise(1000, index + 1) }));
    const archive = buildZip(entries);
    const directory = await readZipDirectory(bufferAccess(archive));
    const inner = bufferAccess(archive);
    const source: RandomAccess = {
      size: archive.length,
      readAt: (offset, length) => (offset > 0 ? Promise.reject(new Error('gone')) : inner.readAt(offset, length)),
    };
    const names: string[] = [];
    const readSlowly = async (): Promise<void> => {
      for await (const read of readZipEntries(source, directory.entries, { maxSpanBytes: 1100, maxGapBytes: 0 })) {
        names.push(read.entry.name);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await expect(readSlowly()).rejects.toThrow('gone');
    expect(names).toEqual(['0']);
  });

  it('reads nothing more once the caller stops', async () => {
    const entries = Array.from({ length: 50 }, (_, index) => ({ name: `${index}`, bytes: noise(1000, index + 1) }));
    const source = countingAccess(buildZip(entries));
    const directory = await readZipDirectory(source);
    source.reads.length = 0;
    for await (const _ of readZipEntries(source, directory.entries, { maxSpanBytes: 2000 })) break;
    expect(source.reads.length).toBeLessThanOrEqual(2);
  });
});

describe('planZipRanges', () => {
  it('puts every usable entry into exactly one range that holds it, within the span', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3000), { minLength: 1, maxLength: 40 }),
        fc.nat(5000),
        fc.integer({ min: 100, max: 10_000 }),
        async (sizes, maxGapBytes, maxSpanBytes) => {
          const archive = buildZip(sizes.map((size, index) => ({ name: `${index}`, bytes: noise(size) })));
          const { entries } = await readZipDirectory(bufferAccess(archive));
          const wanted = entries.filter(({ index }) => index % 3 !== 1);
          const ranges = planZipRanges(wanted, { maxGapBytes, maxSpanBytes });
          expect(ranges.flatMap((range) => range.entries)).toEqual(wanted);
          for (const { offset, length, entries: held } of ranges) {
            expect(held.every((entry) => entry.localOffset >= offset && entry.endOffset <= offset + length)).toBe(true);
            expect(length <= maxSpanBytes || held.length === 1).toBe(true);
          }
        },
      ),
      { seed: 42, numRuns: 50 },
    ));
});

describe('streamZipEntry', () => {
  it.each(forms)('streams an entry %s', async (_, form) => {
    const archive = buildZip([{ name: 'a', bytes: long, ...form }]);
    const { entries } = await readZipDirectory(bufferAccess(archive));
    expect((await streamed(bufferAccess(archive), entries[0]!)).equals(long)).toBe(true);
  });

  it('throws a ZipEntryError for an entry with a fault', async () => {
    const archive = buildZip([{ name: '../a', bytes: text('x') }, { name: 'b' }]);
    const { entries } = await readZipDirectory(bufferAccess(archive));
    await expect(streamed(bufferAccess(archive), entries[0]!)).rejects.toThrow(ZipEntryError);
  });

  it('can be left early', async () => {
    const archive = buildZip([{ name: 'a', bytes: Buffer.concat([long, long]), method: 8 }]);
    const source = countingAccess(archive);
    const { entries } = await readZipDirectory(source);
    for await (const piece of streamZipEntry(source, entries[0]!)) {
      expect(long.subarray(0, piece.length).equals(piece)).toBe(true);
      break;
    }
    expect(source.reads.at(-1)!.offset).toBeLessThan(9_000_000);
  });
});
