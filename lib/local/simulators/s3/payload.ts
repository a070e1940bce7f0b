import type { IncomingMessage } from 'node:http';
import { S3Refusal } from './refusal.ts';

/** What came behind the last chunk, by lower-case name; filled once the body has been read. */
export type Trailers = Map<string, string>;

const LONGEST_LINE_BYTES = 4096;
const LARGEST_CHUNK_BYTES = 1_073_741_824;

/** The object's bytes of a request: plain, or unwrapped from `aws-chunked` with its trailers. */
export function openPayload(request: IncomingMessage): { body: AsyncIterable<Uint8Array>; trailers: Trailers } {
  const trailers: Trailers = new Map();
  const isChunked = String(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  if (!isChunked) return { body: request, trailers };
  const declared = Number(request.headers['x-amz-decoded-content-length'] ?? Number.NaN);
  if (!Number.isSafeInteger(declared)) {
    throw new S3Refusal('MissingContentLength', 'You must provide the x-amz-decoded-content-length header.');
  }
  return { body: checkLength(decodeChunks(request, trailers), declared), trailers };
}

async function* checkLength(body: AsyncIterable<Uint8Array>, declared: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const bytes of body) {
    size += bytes.length;
    yield bytes;
  }
  if (size === declared) return;
  throw new S3Refusal('IncompleteBody', 'The request body differs from x-amz-decoded-content-length.');
}

/** `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n` … `0\r\n` `<trailer>:<value>\r\n` … `\r\n`. */
export async function* decodeChunks(source: AsyncIterable<Uint8Array>, trailers: Trailers): AsyncGenerator<Uint8Array> {
  const reader = createReader(source);
  for (;;) {
    const size = parseChunkSize(await reader.line());
    if (size === 0) break;
    yield* reader.bytes(size);
    if ((await reader.line()) !== '') throw malformed();
  }
  for (let line = await reader.lineOrEnd(); line !== ''; line = await reader.lineOrEnd()) {
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed();
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function parseChunkSize(line: string): number {
  const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=[0-9a-f]{64})?$/.exec(line);
  const size = Number.parseInt(match?.[1] ?? '', 16);
  if (!(size <= LARGEST_CHUNK_BYTES)) throw malformed();
  return size;
}

function malformed(): S3Refusal {
  return new S3Refusal('IncompleteBody', 'The aws-chunked body is not well-formed.');
}

function createReader(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  const more = async () => {
    const { value, done } = await chunks.next();
    if (done) return false;
    rest = rest.length === 0 ? Buffer.from(value) : Buffer.concat([rest, value]);
    return true;
  };
  const take = (count: number, skip = 0) => {
    const taken = rest.subarray(0, count);
    rest = rest.subarray(count + skip);
    return taken;
  };
  const lineOrEnd = async () => {
    let end = rest.indexOf('\r\n');
    while (end < 0 && rest.length < LONGEST_LINE_BYTES && (await more())) end = rest.indexOf('\r\n');
    if (end < 0 && rest.length > 0) throw malformed();
    return take(Math.max(end, 0), 2).toString('latin1');
  };
  return {
    lineOrEnd,
    async line() {
      if (rest.length === 0 && !(await more())) throw malformed();
      return lineOrEnd();
    },
    async *bytes(count: number) {
      for (let left = count; left > 0; ) {
        if (rest.length === 0 && !(await more())) throw malformed();
        const taken = take(Math.min(left, rest.length));
        left -= taken.length;
        yield taken;
      }
    },
  };
}
