import { scan } from './json-scan.ts';
import {
  type JsonLimits,
  LONGEST_SCALAR,
  type ScanFault,
  type ScanState,
  type Step,
  startScan,
} from './json-scan-state.ts';
import { parseLoosely } from './json-value.ts';
import type { ByteWindow } from './json-window.ts';

const OPEN_ARRAY = 0x5b;

/** A value that was scanned to its end, or why it was not. */
export type Scanned = { state: ScanState } | { fault: ScanFault };

/**
 * Scans the value at the window's first byte, filling the window as it goes. With `splitArray` an array may be answered with `split`, as soon
 * as its first element is known: before the rest of it was read.
 */
export async function scanValue(
  window: ByteWindow,
  limits: JsonLimits,
  splitArray: (first: unknown) => boolean,
): Promise<Scanned | 'split'> {
  const state = startScan(window.held()[0] === OPEN_ARRAY);
  while (true) {
    const bytes = window.held();
    const stopsAtFirst = state.stopsAtFirstElement;
    const step = scan(bytes, state, window.isLast(), limits);
    const fault = faultOf(step, state, bytes, limits);
    if (fault !== null) return stopsAtFirst && splitArray(brokenFirst(bytes, limits)) ? 'split' : { fault };
    if (step === 'end') return { state };
    if (step === 'first' && splitArray(firstElement(bytes, state))) return 'split';
    if (step === 'more') await window.fill();
  }
}

// A token at the end of the bytes may still be a fault within the limit, whatever the chunks: hence the allowance.
function faultOf(step: Step, state: ScanState, bytes: Buffer, limits: JsonLimits): ScanFault | null {
  const reached = typeof step === 'object' ? step.at : state.at;
  const limit = limits.valueBytes;
  const isTooLarge = step === 'more' ? bytes.length > limit + 2 * LONGEST_SCALAR : reached > limit;
  if (isTooLarge) return tooLarge(limits);
  return typeof step === 'object' ? step : null;
}

function tooLarge({ valueBytes }: JsonLimits): ScanFault {
  const message = `the value is larger than ${valueBytes} bytes`;
  return { at: 0, code: 'JSON_TOO_LARGE', message, hint: 'Put its media into an archive instead of data URIs.' };
}

function firstElement(bytes: Buffer, state: ScanState): unknown {
  const inner = bytes.subarray(1, state.at);
  return parseLoosely(inner, { ...state, trailingCommas: state.trailingCommas.map((comma) => comma - 1) });
}

/** A broken first element by its kind, an object with the keys that could be read of it: enough to tell what the array holds. */
function brokenFirst(bytes: Buffer, limits: JsonLimits): unknown {
  const keys: string[] = [];
  const state = startScan();
  let kind = -1;
  state.onKey = (start, end, depth) => {
    if (depth === 2) keys.push(bytes.toString('utf8', start + 1, end - 1));
  };
  state.onOpen = (byte, depth) => {
    if (depth === 2 && kind < 0) kind = byte;
  };
  scan(bytes.subarray(0, limits.valueBytes), state, true, limits);
  if (kind === OPEN_ARRAY) return [];
  return kind < 0 ? null : Object.fromEntries(keys.map((key) => [key, null]));
}
