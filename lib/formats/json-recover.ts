import type { ByteWindow } from './json-window.ts';

/** Bytes that were given up, measured from where the broken value began. `head` keeps what is quoted back when they were too many to hold. */
export interface Lost {
  /** How much of the window's held bytes belongs to it. */
  end: number;
  /** How much was passed already, because it was more than may be held. */
  dropped: number;
  head: Buffer | null;
}

const HEAD_BYTES = 1024;
/** Deeper indentation than this is not told apart, so that the start of a line is always still held. */
export const DEEPEST_INDENT = 1000;

interface Search {
  at: number;
  depth: number;
  inString: boolean;
  /** Brackets and quotes stopped making sense: only the start of a line helps. */
  isBroken: boolean;
  hasClosed: boolean;
  lineStart: number;
  /** At the start of a line, before anything but blanks. */
  inIndent: boolean;
  indent: number;
  inArray: boolean;
}

/**
 * Looks for the end of a broken value: where its brackets close and nothing odd follows, or the next line that begins a value no deeper
 * indented than this one; so one broken line costs one line. Holds at most `cap` bytes.
 */
export async function recover(
  window: ByteWindow,
  { indent, inArray, cap }: { indent: number; inArray: boolean; cap: number },
): Promise<Lost> {
  const search: Search = {
    at: 0,
    depth: 0,
    inString: false,
    isBroken: false,
    hasClosed: false,
    lineStart: 0,
    inIndent: false,
    indent,
    inArray,
  };
  let dropped = 0;
  let head: Buffer | null = null;
  while (true) {
    const end = searchEnd(window.held(), search);
    if (end !== null) return { end, dropped, head };
    // The start of this line may yet be where reading goes on.
    const passed = search.at - DEEPEST_INDENT - 2;
    if (search.at > cap && passed > HEAD_BYTES) {
      head ??= Buffer.from(window.held().subarray(0, HEAD_BYTES));
      window.pass(passed);
      dropped += passed;
      search.at -= passed;
      search.lineStart -= passed;
    }
    if (!(await window.fill())) return { end: window.held().length, dropped, head };
  }
}

function searchEnd(bytes: Buffer, search: Search): number | null {
  for (; search.at < bytes.length; search.at += 1) {
    const byte = bytes[search.at] as number;
    const end = byte === 0x0a ? endOfLine(search) : endAt(byte, search);
    if (end !== null) return end;
    if (search.inString && byte === 0x5c) {
      // The escaped byte tells nothing, unless it ends the line.
      if (search.at + 1 >= bytes.length) return null;
      if (bytes[search.at + 1] !== 0x0a) search.at += 1;
    }
  }
  return null;
}

function endOfLine(search: Search): number | null {
  if (search.inString) search.isBroken = true;
  search.inString = false;
  if (search.hasClosed && search.depth === 0 && !search.isBroken) return search.at;
  search.lineStart = search.at + 1;
  search.inIndent = true;
  return null;
}

function endAt(byte: number, search: Search): number | null {
  if (search.inIndent) {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0d) {
      if (search.at - search.lineStart > DEEPEST_INDENT) search.inIndent = false;
      return null;
    }
    search.inIndent = false;
    if (beginsLine(byte, search)) return search.lineStart;
  }
  if (byte === 0x22) search.inString = !search.inString;
  return search.inString || search.isBroken ? null : endAtBracket(byte, search);
}

function beginsLine(byte: number, search: Search): boolean {
  const isStart = byte === 0x7b || byte === 0x5b || (search.inArray && byte === 0x5d);
  return isStart && search.at - search.lineStart <= search.indent;
}

function endAtBracket(byte: number, search: Search): number | null {
  const isOpening = byte === 0x7b || byte === 0x5b;
  if (search.depth === 0 && endsBefore(byte, isOpening, search)) return search.at;
  if (isOpening) search.depth += 1;
  if ((byte === 0x7d || byte === 0x5d) && search.depth > 0) {
    search.depth -= 1;
    search.hasClosed = true;
  }
  return null;
}

function endsBefore(byte: number, isOpening: boolean, { hasClosed, inArray, at }: Search): boolean {
  if (isOpening) return hasClosed;
  if (byte === 0x2c) return (hasClosed || inArray) && at > 0;
  return inArray && byte === 0x5d && at > 0;
}
