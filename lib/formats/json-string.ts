import type { ScanFault, ScanState } from './json-scan-state.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const FIRST_CONTROL_FREE = 0x20;
const SHORT_RUN = 64;
const FIRST_BLOCK = 256;
const LARGEST_BLOCK = 1024 * 1024;
const SIMPLE_ESCAPES = Buffer.from('"\\/bfnrt');
const HEX = /^[0-9a-fA-F]{4}$/;

/**
 * Goes on behind the opening quote (or where it stopped for want of bytes) to behind the closing one. Long runs are searched natively, so a
 * base64 string of megabytes costs little more than copying it; control characters in such runs are left for JSON.parse to find.
 */
export function scanString(bytes: Buffer, state: ScanState, isLast: boolean): ScanFault | 'more' | 'end' {
  while (true) {
    const at = nextSpecial(bytes, state.at);
    state.at = at;
    const byte = bytes[at];
    if (byte === QUOTE) {
      state.at = at + 1;
      return 'end';
    }
    if (byte === undefined) return isLast ? unclosed(at) : 'more';
    const result = byte === BACKSLASH ? scanEscape(bytes, state, isLast) : controlFault(byte, at);
    if (result !== 'end') return result;
  }
}

/** The next quote, backslash or control character at or after `from`, or the end of the bytes. */
function nextSpecial(bytes: Buffer, from: number): number {
  const shortEnd = Math.min(bytes.length, from + SHORT_RUN);
  for (let at = from; at < shortEnd; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE || byte === BACKSLASH || byte < FIRST_CONTROL_FREE) return at;
  }
  let at = shortEnd;
  for (let size = FIRST_BLOCK; at < bytes.length; size = Math.min(size * 2, LARGEST_BLOCK)) {
    const block = bytes.subarray(at, at + size);
    const found = firstOf(block);
    if (found >= 0) return at + found;
    at += block.length;
  }
  return at;
}

function firstOf(block: Buffer): number {
  const quote = block.indexOf(QUOTE);
  const before = quote < 0 ? block : block.subarray(0, quote);
  const backslash = before.indexOf(BACKSLASH);
  const lineFeed = (backslash < 0 ? before : before.subarray(0, backslash)).indexOf(LINE_FEED);
  if (lineFeed >= 0) return lineFeed;
  return backslash >= 0 ? backslash : quote;
}

function scanEscape(bytes: Buffer, state: ScanState, isLast: boolean): ScanFault | 'more' | 'end' {
  const { at } = state;
  // A pair of surrogate escapes is twelve bytes long; it is looked at as a whole, so that chunks do not matter.
  if (bytes.length - at < 12 && !isLast) return 'more';
  const kind = bytes[at + 1];
  if (kind === undefined) return unclosed(at);
  if (kind !== 0x75) {
    if (!SIMPLE_ESCAPES.includes(kind)) return escapeFault(bytes, at);
    state.at = at + 2;
    return 'end';
  }
  const unit = unitAt(bytes, at);
  if (unit === null) return escapeFault(bytes, at);
  state.at = at + unitLength(bytes, state, unit);
  return 'end';
}

function unitLength(bytes: Buffer, state: ScanState, unit: number): number {
  const { at } = state;
  const isHigh = unit >= 0xd800 && unit < 0xdc00;
  const following = isHigh ? unitAt(bytes, at + 6) : null;
  if (following !== null && following >= 0xdc00 && following < 0xe000) return 12;
  if (unit === 0) state.notes.nul ??= at;
  else if (unit >= 0xd800 && unit < 0xe000) state.notes.surrogate ??= at;
  else if (unit < FIRST_CONTROL_FREE && ![0x09, 0x0a, 0x0d].includes(unit)) state.notes.control ??= at;
  return 6;
}

function unitAt(bytes: Buffer, at: number): number | null {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75) return null;
  const digits = bytes.toString('latin1', at + 2, at + 6);
  return HEX.test(digits) ? Number.parseInt(digits, 16) : null;
}

function escapeFault(bytes: Buffer, at: number): ScanFault {
  const shown = bytes.toString('latin1', at, at + 2);
  const hint = 'Write a backslash itself as "\\\\".';
  return { at, code: 'JSON_SYNTAX', message: `"${shown}" is no escape that JSON knows`, hint };
}

/** The fault of a raw control character in a string. */
export function controlFault(byte: number, at: number): ScanFault {
  if (byte === 0)
    return { at, code: 'JSON_NUL', message: 'there is a NUL character (U+0000) in a string', hint: 'Remove it.' };
  if (byte === LINE_FEED) {
    const hint = 'Close the string on its line, or write the break as \\n.';
    return { at, code: 'JSON_SYNTAX', message: 'a string is broken by the end of the line', hint };
  }
  const name = `U+${byte.toString(16).toUpperCase().padStart(4, '0')}`;
  const hint = 'Escape it, for example as \\t.';
  return { at, code: 'JSON_SYNTAX', message: `there is a raw control character (${name}) in a string`, hint };
}

function unclosed(at: number): ScanFault {
  return {
    at,
    code: 'JSON_SYNTAX',
    message: 'the file ends inside a string',
    hint: 'It seems to be cut; write it again.',
  };
}
