import { GcsRefusal } from './refusal.ts';

/** The two parts of a `multipart/related` upload: the object's resource as JSON text, then its bytes. */
export interface RelatedUpload {
  resource: string;
  contentType: string | null;
  body: AsyncIterable<Uint8Array>;
}

const LARGEST_HEAD_BYTES = 1024 * 1024;

/** Reads the first part and leaves the second one streaming; anything malformed is a 400, at the latest at the stream's end. */
export async function openRelated(source: AsyncIterable<Uint8Array>, contentType: string): Promise<RelatedUpload> {
  const match = /^multipart\/related\b.*;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed('the Content-Type names no boundary');
  const reader = createReader(source);
  if ((await reader.until(`--${boundary}\r\n`)) !== '') throw malformed('it does not begin with the boundary');
  await reader.until('\r\n\r\n');
  const resource = await reader.until(`\r\n--${boundary}\r\n`);
  const head = `\r\n${await reader.until('\r\n\r\n')}`;
  const type = /\r\ncontent-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? null;
  return { resource, contentType: type, body: reader.rest(`\r\n--${boundary}--`) };
}

function malformed(reason: string): GcsRefusal {
  return new GcsRefusal(400, `Malformed multipart body: ${reason}.`);
}

function createReader(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);
  const more = async () => {
    const { value, done } = await chunks.next();
    if (done) return false;
    held = held.length === 0 ? Buffer.from(value) : Buffer.concat([held, value]);
    return true;
  };
  return {
    /** The text before a mark, which is consumed too. */
    async until(mark: string): Promise<string> {
      let end = held.indexOf(mark);
      while (end < 0 && held.length <= LARGEST_HEAD_BYTES && (await more())) end = held.indexOf(mark);
      if (end < 0) throw malformed('a part does not end');
      const text = held.toString('utf8', 0, end);
      held = held.subarray(end + Buffer.byteLength(mark));
      return text;
    },
    /** The bytes before the last mark, which may lie across chunks; what follows it is an epilogue. */
    async *rest(mark: string): AsyncGenerator<Uint8Array> {
      for (let end = held.indexOf(mark); ; end = held.indexOf(mark)) {
        if (end >= 0) {
          yield held.subarray(0, end);
          while (await more()) held = Buffer.alloc(0);
          return;
        }
        const safe = Math.max(0, held.length - mark.length + 1);
        if (safe > 0) yield held.subarray(0, safe);
        held = held.subarray(safe);
        if (!(await more())) throw malformed('the closing boundary is missing');
      }
    },
  };
}
