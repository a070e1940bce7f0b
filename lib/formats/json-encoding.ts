/** A JSON stream as UTF-8, and the way back from its offsets to those of the file. */
export interface JsonBytes {
  chunks: AsyncIterable<Uint8Array>;
  /** Missing where the file is UTF-8. */
  encoding?: Utf16;
  /** Offset of the first byte that `chunks` yields, behind a byte order mark. */
  start: number;
  /** The file's offset of a byte of `chunks`; ask in ascending order. */
  toFileOffset(offset: number): number;
}

const LONGEST_MARK = 3;

/** How a file that is not UTF-8 is written; told by the byte order mark at its start. */
export type Utf16 = 'utf-16le' | 'utf-16be';

/**
 * Strips a byte order mark and turns UTF-16 into UTF-8; half characters become bytes that no UTF-8 reader accepts. In the middle of a file
 * no mark tells, so the encoding must be handed in.
 */
export async function readJsonBytes(
  source: AsyncIterable<Uint8Array>,
  { offset, encoding }: { offset: number; encoding?: Utf16 | undefined },
): Promise<JsonBytes> {
  if (encoding !== undefined && offset > 0) return fromUtf16(source, offset, encoding);
  if (offset > 0) return { chunks: source, start: offset, toFileOffset: (at) => at };
  const { head, rest } = await peek(source);
  const [name, skipped] = markedEncoding(head);
  if (name !== undefined) return fromUtf16(rest(skipped), skipped, name);
  return { chunks: rest(skipped), start: skipped, toFileOffset: (at) => at };
}

async function peek(
  source: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; rest: (skip: number) => AsyncGenerator<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let isDone = false;
  while (head.length < LONGEST_MARK && !isDone) {
    const next = await iterator.next();
    isDone = next.done === true;
    if (next.done !== true) head = Buffer.concat([head, next.value]);
  }
  async function* rest(skip: number): AsyncGenerator<Uint8Array> {
    yield head.subarray(skip);
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, rest };
}

function markedEncoding(head: Buffer): [Utf16 | undefined, number] {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return [undefined, 3];
  if (head[0] === 0xff && head[1] === 0xfe) return ['utf-16le', 2];
  return head[0] === 0xfe && head[1] === 0xff ? ['utf-16be', 2] : [undefined, 0];
}

interface Converted {
  bytes: Buffer;
  start: number;
}

function fromUtf16(source: AsyncIterable<Uint8Array>, start: number, encoding: Utf16): JsonBytes {
  const waiting: Converted[] = [];
  // The conversion's own offsets begin where the file's do; from there the two part.
  let at = start;
  let fileAt = start;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let converted = start;
    for await (const text of utf16Texts(source, encoding === 'utf-16be')) {
      const bytes = toUtf8(text);
      waiting.push({ bytes, start: converted });
      converted += bytes.length;
      yield bytes;
    }
  }

  function toFileOffset(offset: number): number {
    while (waiting[0] !== undefined && at < offset) {
      const { bytes, start: first } = waiting[0];
      const end = Math.min(offset, first + bytes.length);
      fileAt += 2 * codeUnits(bytes.subarray(at - first, end - first));
      at = end;
      if (end === first + bytes.length) waiting.shift();
    }
    return fileAt;
  }

  return { chunks: chunks(), start, encoding, toFileOffset };
}

async function* utf16Texts(source: AsyncIterable<Uint8Array>, isBigEndian: boolean): AsyncGenerator<string> {
  let carried: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = Buffer.concat([carried, chunk]);
    const whole = wholeUnits(bytes, isBigEndian);
    carried = bytes.subarray(whole);
    const units = Buffer.from(bytes.subarray(0, whole));
    if (whole > 0) yield (isBigEndian ? units.swap16() : units).toString('utf16le');
  }
  // What is left is half a pair or half a unit: a lone surrogate tells either.
  if (carried.length > 0) yield '\ud800';
}

function wholeUnits(bytes: Buffer, isBigEndian: boolean): number {
  const even = bytes.length - (bytes.length % 2);
  if (even === 0) return 0;
  const high = bytes[isBigEndian ? even - 2 : even - 1] as number;
  return high >= 0xd8 && high < 0xdc ? even - 2 : even;
}

const LONE_SURROGATES = /(\p{Surrogate})/u;
const INVALID = Buffer.from([0xed, 0xa0, 0x80]);

function toUtf8(text: string): Buffer {
  if (!LONE_SURROGATES.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat(
    text.split(LONE_SURROGATES).map((part, index) => (index % 2 === 1 ? INVALID : Buffer.from(part, 'utf8'))),
  );
}

function codeUnits(bytes: Buffer): number {
  let units = 0;
  for (const byte of bytes) {
    if ((byte & 0xc0) === 0x80) continue;
    units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}
