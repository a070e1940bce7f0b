/** One physical line; `text` is null where the line is longer than the limit or no UTF-8, `bytes` its length in any case. */
export interface Line {
  number: number;
  text: string | null;
  bytes: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts a stream into lines in O(limit) memory; an ending without line feed is a line, an empty rest is none. */
export async function* readLines(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let number = 0;
  const take = (piece: Uint8Array) => {
    size += piece.length;
    if (size <= limit) parts.push(piece);
    else parts = [];
  };
  const finish = (): Line => {
    number += 1;
    const line = { number, text: size <= limit ? decodeLine(parts) : null, bytes: size };
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    // A copy: some sources reuse the chunk's memory for the next one.
    if (start < chunk.length) take(chunk.slice(start));
  }
  if (size > 0) yield finish();
}

function decodeLine(parts: Uint8Array[]): string | null {
  const bytes = Buffer.concat(parts);
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch {
    return null;
  }
}
