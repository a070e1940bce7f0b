import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { bufferAccess } from '../../lib/formats/random-access.ts';
import { readZipDirectory, streamZipEntry, ZipEntryError } from '../../lib/formats/zip.ts';
import { type BuiltEntry, buildZip } from './zip-builder.ts';
import { type Files, fflateVerdict, pythonAbsence, pythonVerdicts, type Verdict, yauzlVerdict } from './zip-oracles.ts';
import { readWhole } from './zip-reading.ts';

const name = fc
  .array(fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }), { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join('/').replaceAll(/[\p{Cc}\\:]/gu, '_'))
  .filter((path) => !/^\/|^\.\/|(^|\/)\.\.(\/|$)|\ufeff|�/.test(path));

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 500 })).map(([bytes, times]) => {
    return new Uint8Array(Buffer.alloc(bytes.length * times, bytes));
  }),
);

const entry = fc.record({
  name,
  bytes: contents,
  method: fc.constantFrom(0, 8),
  descriptor: fc.constantFrom<boolean | 'without-signature'>(false, true, 'without-signature'),
  zip64: fc.boolean(),
  externalAttributes: fc.constantFrom(0, 0o100644 * 65536, 32),
});

/** The UTF-8 flag is always set: without it yauzl and Python read code page 437 where we recognise UTF-8. */
const archive = fc
  .record({
    entries: fc.uniqueArray(entry, { selector: (built) => built.name, maxLength: 8 }),
    zip64: fc.boolean(),
    comment: fc.constantFrom('', 'a comment'),
  })
  .map(({ entries, zip64, comment }) => {
    const built: BuiltEntry[] = entries.map((each) => ({ ...each, utf8Flag: true }));
    return { entries, bytes: buildZip(built, { zip64, comment: Buffer.from(comment) }) };
  });

async function ourVerdict(bytes: Uint8Array, maxSpanBytes?: number): Promise<Verdict> {
  const reading = await readWhole(bytes, maxSpanBytes === undefined ? {} : { maxSpanBytes });
  if (reading.refused !== null) return 'refused';
  const files: Files = Object.create(null);
  for (const [path, read] of reading.files) files[path] = [read.length, crc32(read)];
  return files;
}

describe('readZipEntries beside other libraries', () => {
  it('reads what was packed, as yauzl and fflate do, in one read or in many', () =>
    fc.assert(
      fc.asyncProperty(archive, fc.integer({ min: 1, max: 2000 }), async ({ entries, bytes }, maxSpanBytes) => {
        const packed: Files = Object.create(null);
        for (const each of entries) packed[each.name] = [each.bytes.length, crc32(each.bytes)];
        expect(await ourVerdict(bytes)).toEqual(packed);
        expect(await ourVerdict(bytes, maxSpanBytes)).toEqual(packed);
        expect(await yauzlVerdict(bytes)).toEqual(packed);
        // fflate 0.8.3 reads stored entries with ZIP64 sizes as empty.
        if (!entries.some(({ zip64 }) => zip64)) expect(fflateVerdict(bytes)).toEqual(packed);
      }),
      { seed: 42, numRuns: 150 },
    ));

  it('reads what fflate packs', () =>
    fc.assert(
      fc.asyncProperty(fc.uniqueArray(entry, { selector: (each) => each.name, maxLength: 8 }), async (entries) => {
        const files: Zippable = Object.create(null);
        const packed: Files = Object.create(null);
        for (const each of entries) {
          files[each.name] = [each.bytes, { level: each.method === 8 ? 6 : 0, mtime: '1980-01-02T00:00:00' }];
          packed[each.name] = [each.bytes.length, crc32(each.bytes)];
        }
        expect(await ourVerdict(zipSync(files))).toEqual(packed);
      }),
      { seed: 42, numRuns: 100 },
    ));

  const absence = pythonAbsence();
  it.skipIf(absence !== null)(
    `reads what Python's zipfile reads${absence === null ? '' : ` (skipped: ${absence})`}`,
    async () => {
      const samples = fc.sample(archive, { seed: 42, numRuns: 60 }).map(({ bytes }) => bytes);
      const theirs = pythonVerdicts(samples);
      expect(await Promise.all(samples.map((bytes) => ourVerdict(bytes)))).toEqual(theirs);
    },
  );
});

const mutation = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.nat(40) }),
  fc.record({ kind: fc.constant('splice' as const), at: fc.nat(), from: fc.nat(), length: fc.nat(60) }),
  fc.record({
    kind: fc.constant('number' as const),
    at: fc.nat(),
    value: fc.constantFrom(0, 1, 0x7fffffff, 0xffffffff),
  }),
);

function mutate(bytes: Buffer, step: typeof mutation extends fc.Arbitrary<infer Step> ? Step : never): Buffer {
  const at = step.at % Math.max(1, bytes.length);
  const copy = Buffer.from(bytes);
  if (step.kind === 'flip' && copy.length > 0) copy[at] = copy[at]! ^ (1 << step.bit);
  if (step.kind === 'number' && at + 4 <= copy.length) copy.writeUInt32LE(step.value, at);
  if (step.kind === 'cut') return Buffer.concat([copy.subarray(0, at), copy.subarray(at + step.length)]);
  if (step.kind === 'splice') {
    const from = step.from % Math.max(1, bytes.length);
    return Buffer.concat([copy.subarray(0, at), copy.subarray(from, from + step.length), copy.subarray(at)]);
  }
  return copy;
}

describe('readZipEntries on mutated archives', () => {
  const mutated = fc
    .tuple(archive, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([{ bytes }, steps]) => steps.reduce(mutate, bytes));
  // An example that fails is long and its seed finds it again: shrinking would take longer than all the tests.
  const runs = { numRuns: 500, endOnFailure: true };

  it('never throws, and streaming judges each entry as reading does', () =>
    fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const reading = await readWhole(bytes);
        const source = bufferAccess(bytes);
        for (const each of (await readZipDirectory(source)).entries) {
          expect(await streamedCode(source, each)).toEqual(sameLoss(reading.faults.get(each.name)));
        }
      }),
      { seed: 42, ...runs },
    ));

  /**
   * Whatever we take out of a damaged archive, yauzl takes out as well, byte for byte. The other way round it reads
   * more: bytes before or after the archive, other local headers, overlaps, doubled names, wrong descriptors.
   * Names are left out: where the UTF-8 flag is lost we still recognise UTF-8, and yauzl does not.
   */
  it('reads no file that yauzl reads differently', () =>
    fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const ours = await ourVerdict(bytes);
        const theirs = await yauzlVerdict(bytes);
        if (ours !== 'refused' && theirs !== 'refused') {
          for (const read of Object.values(ours)) expect(Object.values(theirs)).toContainEqual(read);
        } else if (ours !== 'refused') {
          expect(await faultCodes(bytes)).toContainEqual(expect.stringMatching(/^ZIP_(ENCRYPTED|PATH|SIZE_LIE)$/));
        }
      }),
      { seed: 43, ...runs },
    ));
});

/** yauzl refuses the whole archive for one bad name, one stored entry with two sizes, one strong encryption; we refuse that entry. */
async function faultCodes(bytes: Buffer): Promise<string[]> {
  return [...(await readWhole(bytes)).faults.values()];
}

/** Damaged data that also have another size: the stream may see either first. */
function sameLoss(code: string | undefined): unknown {
  return code === 'ZIP_DATA' || code === 'ZIP_SIZE_LIE'
    ? expect.stringMatching(/^ZIP_(DATA|SIZE_LIE)$/)
    : (code ?? null);
}

async function streamedCode(...[source, entry]: Parameters<typeof streamZipEntry>): Promise<string | null> {
  try {
    for await (const _ of streamZipEntry(source, entry));
    return null;
  } catch (error) {
    if (error instanceof ZipEntryError) return error.fault.code;
    throw error;
  }
}
