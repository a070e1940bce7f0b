/** One part of a `multipart/form-data` body; read `body` to its end before asking for the next part. */
export interface MultipartPart {
  name: string;
  filename: string | null;
  body: AsyncGenerator<Buffer>;
}

/** A body that is no well-formed multipart message: the client's fault, to be answered with 400. */
export class MultipartError extends Error {
  override name = 'MultipartError';
}

const MAXIMUM_HEADER_BYTES = 16 * 1024;
const MAXIMUM_PARTS = 32;
const HEADER_END = Buffer.from('\r\n\r\n');

/** The boundary of a `multipart/form-data` content type, or null. */
export function multipartBoundary(contentType: string | undefined): string | null {
  const match = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '');
  return match?.[1] ?? match?.[2] ?? null;
}

/** Parses a body as it streams, holding one chunk and a delimiter's length in memory. */
export async function* readMultipart(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<MultipartPart> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const window = openWindow(source);
  await skip(window.until(delimiter));
  for (let count = 0; await opensPart(window); count += 1) {
    if (count >= MAXIMUM_PARTS) throw new MultipartError(`more than ${MAXIMUM_PARTS} parts`);
    const header = await collect(window.until(HEADER_END), MAXIMUM_HEADER_BYTES);
    const body = window.until(delimiter);
    yield { ...readHeader(header), body };
    await skip(body);
  }
  await window.drain();
}

/** The text of a small part. */
export async function readText(part: MultipartPart, limit = MAXIMUM_HEADER_BYTES): Promise<string> {
  return (await collect(part.body, limit)).toString('utf8');
}

interface Window {
  until(delimiter: Buffer): AsyncGenerator<Buffer>;
  exactly(size: number): Promise<Buffer>;
  drain(): Promise<void>;
}

/** A sliding look at the stream; it begins with a line break, so that the first boundary looks like all others. */
function openWindow(source: AsyncIterable<Buffer>): Window {
  const chunks = source[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.from('\r\n');
  const pull = async () => {
    const next = await chunks.next();
    if (next.done === true) return false;
    pending = pending.length === 0 ? next.value : Buffer.concat([pending, next.value]);
    return true;
  };
  const take = (size: number) => {
    const taken = pending.subarray(0, size);
    pending = pending.subarray(size);
    return taken;
  };
  return {
    async *until(delimiter) {
      let at = pending.indexOf(delimiter);
      while (at === -1) {
        // The last bytes may be the beginning of the delimiter.
        const piece = take(Math.max(0, pending.length - delimiter.length + 1));
        if (piece.length > 0) yield piece;
        if (!(await pull())) throw new MultipartError('the body ends inside a part');
        at = pending.indexOf(delimiter);
      }
      yield take(at);
      take(delimiter.length);
    },
    async exactly(size) {
      while (pending.length < size) if (!(await pull())) throw new MultipartError('the body ends too early');
      return take(size);
    },
    async drain() {
      while (await pull()) take(pending.length);
    },
  };
}

/** After a boundary stands a line break (one more part follows) or `--` (the end). */
async function opensPart(window: Window): Promise<boolean> {
  const mark = (await window.exactly(2)).toString('latin1');
  if (mark === '\r\n') return true;
  if (mark === '--') return false;
  throw new MultipartError('a boundary is followed by stray bytes');
}

function readHeader(header: Buffer): { name: string; filename: string | null } {
  const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(header.toString('utf8'))?.[1];
  const name = disposition === undefined ? undefined : /\bname="([^"]*)"/i.exec(` ${disposition}`)?.[1];
  if (disposition === undefined || name === undefined) throw new MultipartError('a part has no name');
  return { name, filename: /\bfilename="([^"]*)"/i.exec(disposition)?.[1] ?? null };
}

async function collect(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > limit) throw new MultipartError(`a field is longer than ${limit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function skip(body: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of body);
}
