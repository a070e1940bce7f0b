import type { Fault } from './fault.ts';
import type { Utf16 } from './json-encoding.ts';
import { placedFault, SHOWN_BEHIND } from './json-place.ts';
import { type Lost, recover } from './json-recover.ts';
import type { JsonLimits, ScanFault } from './json-scan-state.ts';
import { type Scanned, scanValue } from './json-scan-value.ts';
import {
  commaWarnings,
  type Gap,
  isWhiteSpace,
  lookInArray,
  lookOnLine,
  passComma,
  passGap,
} from './json-separators.ts';
import { parseScanned } from './json-value.ts';
import { type ByteWindow, openWindow } from './json-window.ts';

/** One value of a JSON file, or what stood where one should. Offsets and lengths are bytes of the file, lines count from 1. */
export interface JsonValue {
  /** `undefined` beside faults. */
  value: unknown;
  /** As it came, for quoting back; only the beginning of a value over the size limit. */
  text: string;
  line: number;
  endLine: number;
  offset: number;
  length: number;
  faults: Fault[];
  warnings: Fault[];
}

/** Where reading may go on later: behind a value, in a file or in its outermost array. */
export interface JsonPosition {
  offset: number;
  line: number;
  inArray: boolean;
  /** Only in UTF-16 files, whose middle does not tell. */
  encoding?: Utf16 | undefined;
}

export interface ReaderOptions {
  from: JsonPosition;
  splitArray: (first: unknown) => boolean;
  limits: JsonLimits;
}

type Read = JsonValue & { next: JsonPosition };

interface Reader extends Omit<ReaderOptions, 'from'> {
  window: ByteWindow;
  inArray: boolean;
}

const CLOSE_ARRAY = 0x5d;

/** Reads the values of a UTF-8 stream one at a time; null at its end. */
export function openReader(
  chunks: AsyncIterable<Uint8Array>,
  { from, splitArray, limits }: ReaderOptions,
): { read: () => Promise<Read | null> } {
  const reader: Reader = { window: openWindow(chunks, from), inArray: from.inArray, splitArray, limits };
  return { read: () => readNext(reader) };
}

async function readNext(reader: Reader): Promise<Read | null> {
  while (true) {
    const gap = await passGap(reader.window);
    const first = reader.window.held()[0];
    if (first === undefined) return reader.inArray ? unclosedArray(reader) : null;
    if (reader.inArray && first === CLOSE_ARRAY) {
      reader.window.pass(1);
      reader.inArray = false;
      continue;
    }
    const scanned = await scanValue(reader.window, reader.limits, reader.inArray ? () => false : reader.splitArray);
    if (scanned === 'split') {
      reader.window.pass(1);
      reader.inArray = true;
      continue;
    }
    return finish(reader, scanned, gap);
  }
}

async function finish(reader: Reader, scanned: Scanned, gap: Gap): Promise<Read> {
  if ('fault' in scanned) return giveUp(reader, scanned.fault, gap);
  const { window, limits } = reader;
  const end = scanned.state.at;
  const after = reader.inArray ? await lookInArray(window, end) : await lookOnLine(window, end);
  if (after.junk !== null) return giveUp(reader, after.junk, gap);
  const line = window.line();
  const offset = window.offset();
  const parsed = parseScanned(window.held().subarray(0, end), scanned.state, { line, limits });
  window.pass(end);
  const endLine = window.line();
  window.pass(after.next - end);
  reader.inArray &&= !after.closes;
  const { value, text, faults, warnings } = parsed;
  if (faults.length === 0) warnings.push(...commaWarnings(gap, after, endLine));
  return { value, text, line, endLine, offset, length: end, faults, warnings, next: position(reader) };
}

async function giveUp(reader: Reader, fault: ScanFault, { indent }: Gap): Promise<Read> {
  const { window, limits } = reader;
  const line = window.line();
  const offset = window.offset();
  // So much is shown behind the fault; what is shown must not depend on the chunks.
  while (window.held().length < fault.at + SHOWN_BEHIND && (await window.fill()));
  const placed = placedFault(fault, window.held(), line);
  const lost = await recover(window, { indent, inArray: reader.inArray, cap: limits.valueBytes });
  const kept = lengthWithoutEnd(window.held().subarray(0, lost.end));
  const length = lost.dropped + kept;
  const text = quoted(window.held().subarray(0, kept), lost, length > limits.valueBytes);
  window.pass(kept);
  const endLine = window.line();
  window.pass(lost.end - kept);
  await passComma(window, reader.inArray);
  const isPlaced = fault.code !== 'JSON_TOO_LARGE';
  const told = isPlaced ? placed : { ...placed, message: `line ${line}: ${fault.message}` };
  return {
    value: undefined,
    text,
    line,
    endLine,
    offset,
    length,
    faults: [told],
    warnings: [],
    next: position(reader),
  };
}

const QUOTED_OF_TOO_LARGE = 1024;

function quoted(kept: Buffer, lost: Lost, isTooLarge: boolean): string {
  if (!isTooLarge) return kept.toString('utf8');
  return `${(lost.head ?? kept).toString('utf8', 0, QUOTED_OF_TOO_LARGE)}…`;
}

function lengthWithoutEnd(bytes: Buffer): number {
  let length = bytes.length;
  while (length > 0 && isWhiteSpace(bytes[length - 1])) length -= 1;
  return length;
}

function unclosedArray(reader: Reader): Read {
  reader.inArray = false;
  const line = reader.window.line();
  const offset = reader.window.offset();
  const message = `line ${line}: the file ends before the closing "]" of its list`;
  const faults = [{ code: 'JSON_SYNTAX', message, hint: 'It may be cut, and examples be missing; write it again.' }];
  return {
    value: undefined,
    text: '',
    line,
    endLine: line,
    offset,
    length: 0,
    faults,
    warnings: [],
    next: position(reader),
  };
}

function position({ window, inArray }: Reader): JsonPosition {
  return { offset: window.offset(), line: window.line(), inArray };
}
