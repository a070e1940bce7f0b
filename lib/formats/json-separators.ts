import type { Fault } from './fault.ts';
import { DEEPEST_INDENT } from './json-recover.ts';
import type { ScanFault } from './json-scan-state.ts';
import type { ByteWindow } from './json-window.ts';

const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
/** White space beyond this is not looked through for the comma behind a value. */
const LONGEST_GAP = 64 * 1024;

/** What stands before a value. */
export interface Gap {
  indent: number;
  hasComma: boolean;
}

/** Passes white space and stray commas; the indentation of what follows counts from the last line break. */
export async function passGap(window: ByteWindow): Promise<Gap> {
  const gap: Gap = { indent: 0, hasComma: false };
  do {
    const bytes = window.held();
    let at = 0;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (!isWhiteSpace(byte) && byte !== COMMA) break;
      gap.hasComma ||= byte === COMMA;
      gap.indent = byte === LINE_FEED ? 0 : Math.min(gap.indent + 1, DEEPEST_INDENT);
    }
    window.pass(at);
    if (at < bytes.length) return gap;
  } while (await window.fill());
  return gap;
}

/** Whether JSON takes the byte for white space. */
export function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;
}

/** What stands behind a value: how much of it is passed over, and the fault when it belongs to no value. */
export interface After {
  next: number;
  closes: boolean;
  comma: 'fine' | 'trailing' | 'missing';
  junk: ScanFault | null;
}

/** What stands behind a value on its line: a comma too many is passed over, another value may follow, anything else is junk. */
export async function lookOnLine(window: ByteWindow, end: number): Promise<After> {
  const at = await skip(window, end, false);
  const hasComma = window.held()[at] === COMMA;
  const next = hasComma ? at + 1 : end;
  const following = hasComma ? await skip(window, next, false) : at;
  const byte = window.held()[following];
  const isFine = byte === undefined || isWhiteSpace(byte) || startsValue(byte);
  return { next, closes: false, comma: hasComma ? 'trailing' : 'fine', junk: isFine ? null : junkAt(following) };
}

/** The same for an element, whose comma or closing bracket may stand on a later line. */
export async function lookInArray(window: ByteWindow, end: number): Promise<After> {
  const at = await skip(window, end, true);
  const byte = window.held()[at];
  if (byte === COMMA) {
    const following = await skip(window, at + 1, true);
    const closes = window.held()[following] === CLOSE_ARRAY;
    return { next: closes ? following + 1 : at + 1, closes, comma: closes ? 'trailing' : 'fine', junk: null };
  }
  if (byte === CLOSE_ARRAY) return { next: at + 1, closes: true, comma: 'fine', junk: null };
  if (byte === undefined || isWhiteSpace(byte)) return { next: end, closes: false, comma: 'fine', junk: null };
  return { next: end, closes: false, comma: 'missing', junk: startsValue(byte) ? null : junkAt(at) };
}

function startsValue(byte: number): boolean {
  return byte === 0x7b || byte === OPEN_ARRAY;
}

function junkAt(at: number): ScanFault {
  const hint = 'Remove it, or the bracket that closes the value too early; JSON has no comments.';
  return { at, code: 'JSON_SYNTAX', message: 'something stands behind the value', hint };
}

async function skip(window: ByteWindow, from: number, overLines: boolean): Promise<number> {
  let at = from;
  while (at < from + LONGEST_GAP) {
    const byte = window.held()[at];
    if (byte === undefined) {
      if (!(await window.fill())) return at;
      continue;
    }
    if (!isWhiteSpace(byte) || (byte === LINE_FEED && !overLines)) return at;
    at += 1;
  }
  return at;
}

/** What the commas around a value are worth saying; `line` is where it ends. */
export function commaWarnings(gap: Gap, after: After, line: number): Fault[] {
  const warnings: Fault[] = [];
  if (gap.hasComma)
    warnings.push({ code: 'JSON_TRAILING_COMMA', message: 'a comma too many before the value passed over' });
  if (after.comma === 'trailing')
    warnings.push({ code: 'JSON_TRAILING_COMMA', message: `line ${line}: a comma behind the value passed over` });
  if (after.comma === 'missing')
    warnings.push({ code: 'JSON_MISSING_COMMA', message: `line ${line}: a comma is missing behind the value` });
  return warnings;
}

/** The comma behind a lost value is its own; the next value shall not be told of it. */
export async function passComma(window: ByteWindow, inArray: boolean): Promise<void> {
  const at = await skip(window, 0, inArray);
  if (window.held()[at] === COMMA) window.pass(at + 1);
}
