import { describe, expect, it } from 'vitest';
import { ObjectChangedError, type ObjectInfo } from '../../lib/storage/object-store.ts';
import { copyObject, joinObjects, type Piece, type UploadCalls } from '../../lib/storage/s3-upload.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;

/** Requests that keep count, and send nothing: what is read is zeros. */
function countingCalls() {
  const seen = { pieces: [] as Piece[], read: 0, reads: 0, flying: 0, most: 0, puts: 0, aborts: 0 };
  const zeros = new Uint8Array(6 * MEBIBYTE);
  const calls: UploadCalls = {
    put: async () => {
      seen.puts += 1;
      return { etag: 'e' };
    },
    begin: async (key) => ({ key, id: 'u', isChecked: false }),
    addPart: async (_upload, number, piece) => {
      seen.pieces[number - 1] = 'bytes' in piece ? { bytes: zeros.subarray(0, piece.bytes.length) } : piece;
      return { etag: `e${number}`, crc32: undefined };
    },
    complete: async () => ({ etag: 'e' }),
    abort: async () => {
      seen.aborts += 1;
    },
    read: async function* ({ length }) {
      seen.reads += 1;
      seen.flying += 1;
      seen.most = Math.max(seen.most, seen.flying);
      await new Promise((resolve) => setImmediate(resolve));
      seen.read += length;
      yield zeros.subarray(0, length);
      seen.flying -= 1;
    },
  };
  return { calls, seen };
}

const sourcesOf = (sizes: readonly number[]): ObjectInfo[] =>
  sizes.map((size, index) => ({ key: `part-${index}`, etag: `e${index}`, size }));

const lengthOf = (piece: Piece) => ('bytes' in piece ? piece.bytes.length : piece.length);

async function join(sizes: readonly number[]) {
  const { calls, seen } = countingCalls();
  const info = await joinObjects(calls, 'all', { sources: sourcesOf(sizes), options: {} });
  const lengths = seen.pieces.map(lengthOf);
  return { info, seen, lengths, total: sizes.reduce((sum, size) => sum + size, 0) };
}

describe('joinObjects', () => {
  it.each<[string, number[]]>([
    ['shards that are long enough for parts', Array.from({ length: 1600 }, () => 5 * MEBIBYTE)],
    ['one object of many gigabytes', [8 * GIBIBYTE + 3]],
    ['objects a little longer than what is copied at once', [260 * MEBIBYTE, 257 * MEBIBYTE]],
    ['a short one at the end, which may be so', [6 * MEBIBYTE, 9 * MEBIBYTE]],
  ])('downloads nothing of %s', async (_what, sizes) => {
    const { info, seen, lengths, total } = await join(sizes);
    expect({ size: info.size, read: seen.read }).toEqual({ size: total, read: 0 });
    expect(lengths.slice(0, -1).every((length) => length >= 5 * MEBIBYTE)).toBe(true);
    expect(lengths.length).toBeLessThanOrEqual(10_000);
  });

  it('gathers shards that are too short into as few parts as may be, and reads them side by side', async () => {
    const { info, seen, lengths, total } = await join(Array.from({ length: 2000 }, () => 200 * KIBIBYTE + 1));
    expect({ size: info.size, read: seen.read }).toEqual({ size: total, read: total });
    expect(lengths).toHaveLength(Math.ceil(total / (5 * MEBIBYTE)));
    expect(lengths.slice(0, -1).every((length) => length === 5 * MEBIBYTE)).toBe(true);
    expect(seen.most).toBeGreaterThan(8);
    expect(seen.most).toBeLessThanOrEqual(16);
  });

  it('takes of a long object no more than a short one before it lacks', async () => {
    const { seen, lengths } = await join([MEBIBYTE, 100 * MEBIBYTE, MEBIBYTE]);
    expect(lengths).toEqual([5 * MEBIBYTE, 96 * MEBIBYTE, MEBIBYTE]);
    expect(seen.read).toBe(6 * MEBIBYTE);
  });

  it('keeps to the ten thousand parts of an upload', async () => {
    // 5 MiB each would be 20,000 parts.
    const { info, lengths, total } = await join(Array.from({ length: 250 }, () => 400 * MEBIBYTE));
    expect(info.size).toBe(total);
    expect(lengths.length).toBeLessThan(10_000);
    const long = await join([2000 * GIBIBYTE]);
    expect(long.lengths.length).toBeLessThanOrEqual(10_000);
    expect(long.seen.read).toBe(0);
  });

  it('never makes a part of fewer bytes than were there', async () => {
    const { calls, seen } = countingCalls();
    const short: UploadCalls = {
      ...calls,
      read: async function* ({ length }) {
        yield new Uint8Array(length - 1);
      },
    };
    const joining = joinObjects(short, 'all', { sources: sourcesOf([5 * MEBIBYTE, 9, 9]), options: {} });
    await expect(joining).rejects.toBeInstanceOf(ObjectChangedError);
    expect(seen.pieces.every((piece) => !('bytes' in piece))).toBe(true);
  });
});

describe('copyObject', () => {
  it.each([1, 5 * MEBIBYTE, 8 * GIBIBYTE + 1])('reads none of %i bytes', async (size) => {
    const { calls, seen } = countingCalls();
    const source = { key: 'k', etag: 'e', size, bucket: 'other' };
    expect((await copyObject(calls, 'copy', { source, options: {} })).size).toBe(size);
    expect(seen.pieces.every((piece) => 'source' in piece && piece.source.bucket === 'other')).toBe(true);
    expect({ read: seen.read, puts: seen.puts }).toEqual({ read: 0, puts: 0 });
  });

  it('makes an empty object of an empty one', async () => {
    const { calls, seen } = countingCalls();
    const source = { key: 'k', etag: 'e', size: 0, bucket: 'other' };
    expect((await copyObject(calls, 'copy', { source, options: {} })).size).toBe(0);
    expect(seen.puts).toBe(1);
  });
});
