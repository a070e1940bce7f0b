import { scanScalar } from './json-scalar.ts';
import type { Expectation, JsonLimits, ScanFault, ScanState, Step } from './json-scan-state.ts';
import { scanString } from './json-string.ts';

const MOST_TRAILING_COMMAS = 10_000;

/**
 * Reads the structure of one value (by the grammar, but for trailing commas, which it notes) as far as the bytes go. `end` means that the
 * value ends before `state.at`; `first` that an array's first element does; `more` that bytes are missing and `state` goes on with them.
 */
export function scan(bytes: Buffer, state: ScanState, isLast: boolean, limits: JsonLimits): Step {
  while (true) {
    const step = state.inString ? endString(bytes, state, isLast) : scanToken(bytes, state, isLast, limits);
    if (step !== 'on') return step;
  }
}

type TokenStep = Step | 'on';

function scanToken(bytes: Buffer, state: ScanState, isLast: boolean, limits: JsonLimits): TokenStep {
  const at = afterWhiteSpace(bytes, state.at);
  state.at = at;
  const byte = bytes[at];
  if (byte === undefined) return isLast ? cutFault(state) : 'more';
  switch (state.expects) {
    case 'colon':
      return byte === 0x3a ? accept(state, 'value') : unexpected(bytes, state, 'a ":" after the key');
    case 'comma':
      return separate(bytes, state, byte);
    case 'first key':
    case 'key':
      return startKey(bytes, state, byte, limits);
    default:
      return startValue(bytes, state, isLast, limits);
  }
}

function afterWhiteSpace(bytes: Buffer, from: number): number {
  let at = from;
  let byte = bytes[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    at += 1;
    byte = bytes[at];
  }
  return at;
}

function accept(state: ScanState, expects: Expectation): 'on' {
  state.at += 1;
  state.expects = expects;
  return 'on';
}

function separate(bytes: Buffer, state: ScanState, byte: number): TokenStep {
  const isObject = isInObject(state);
  if (byte === 0x2c) {
    state.lastComma = state.at;
    return accept(state, isObject ? 'key' : 'element');
  }
  if (byte === (isObject ? 0x7d : 0x5d)) return close(state);
  return unexpected(bytes, state, isObject ? 'a "," or "}"' : 'a "," or "]"');
}

function startKey(bytes: Buffer, state: ScanState, byte: number, limits: JsonLimits): TokenStep {
  if (byte === 0x7d) return closeAfterComma(state, 'key');
  if (byte !== 0x22) return unexpected(bytes, state, 'a key in double quotes');
  const keys = (state.open.at(-1) ?? 0) + 1;
  if (keys > limits.keys) {
    const message = `an object has more than ${limits.keys} keys`;
    return { at: state.at, code: 'JSON_KEYS', message, hint: 'Leave out what is no part of the chat.' };
  }
  state.open[state.open.length - 1] = keys;
  state.keys += 1;
  return startString(state);
}

function startValue(bytes: Buffer, state: ScanState, isLast: boolean, limits: JsonLimits): TokenStep {
  const byte = bytes[state.at];
  if (byte === 0x5d && (state.expects === 'first element' || state.expects === 'element')) {
    return closeAfterComma(state, 'element');
  }
  if (state.values >= limits.values) {
    const message = `the value holds more than ${limits.values} parts`;
    return { at: state.at, code: 'JSON_VALUES', message, hint: 'Write each chat as a line of its own.' };
  }
  const scalarEnd = isOpening(byte) || byte === 0x22 ? 0 : scanScalar(bytes, state.at, isLast, state.notes);
  if (typeof scalarEnd !== 'number') return scalarEnd;
  state.values += 1;
  if (isOpening(byte)) return open(state, byte === 0x7b, limits);
  if (byte === 0x22) return startString(state);
  state.at = scalarEnd;
  return endValue(state);
}

function isOpening(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function startString(state: ScanState): 'on' {
  state.stringStart = state.at;
  state.at += 1;
  state.inString = true;
  return 'on';
}

function endString(bytes: Buffer, state: ScanState, isLast: boolean): TokenStep {
  const step = scanString(bytes, state, isLast);
  if (step !== 'end') return step;
  state.inString = false;
  if (state.expects !== 'first key' && state.expects !== 'key') return endValue(state);
  state.onKey?.(state.stringStart, state.at, state.open.length);
  state.expects = 'colon';
  return 'on';
}

function open(state: ScanState, isObject: boolean, limits: JsonLimits): TokenStep {
  if (state.open.length >= limits.depth) {
    const message = `objects and arrays lie more than ${limits.depth} deep in one another`;
    return { at: state.at, code: 'JSON_DEPTH', message, hint: 'Write the chat without levels that it does not need.' };
  }
  // Only the outermost array may be split.
  if (state.open.length === 0 && isObject) state.stopsAtFirstElement = false;
  state.open.push(isObject ? 0 : -1);
  state.onOpen?.(isObject ? 0x7b : 0x5b, state.open.length);
  return accept(state, isObject ? 'first key' : 'first element');
}

function closeAfterComma(state: ScanState, afterComma: Expectation): TokenStep {
  if (state.expects === afterComma) state.trailingCommas.push(state.lastComma);
  if (state.trailingCommas.length > MOST_TRAILING_COMMAS) {
    return {
      at: state.at,
      code: 'JSON_SYNTAX',
      message: `there are more than ${MOST_TRAILING_COMMAS} trailing commas`,
      hint: 'Remove the commas before closing brackets.',
    };
  }
  return close(state);
}

function close(state: ScanState): TokenStep {
  state.at += 1;
  state.open.pop();
  return endValue(state);
}

function endValue(state: ScanState): TokenStep {
  state.expects = 'comma';
  if (state.open.length === 0) return 'end';
  if (state.open.length > 1 || !state.stopsAtFirstElement) return 'on';
  state.stopsAtFirstElement = false;
  return 'first';
}

function isInObject(state: ScanState): boolean {
  return (state.open.at(-1) ?? -1) >= 0;
}

function unexpected(bytes: Buffer, state: ScanState, wanted: string): ScanFault {
  const { at } = state;
  return { at, code: 'JSON_SYNTAX', message: `${wanted} must stand here`, ...hintFor(bytes, at) };
}

function hintFor(bytes: Buffer, at: number): { hint?: string } {
  const byte = bytes[at];
  if (byte === 0x2f || byte === 0x23) return { hint: 'JSON has no comments; remove them.' };
  if (byte === 0x27) return { hint: 'JSON wants double quotes.' };
  return {};
}

function cutFault(state: ScanState): ScanFault {
  const missing = state.open.length === 0 ? 'value' : isInObject(state) ? '"}"' : '"]"';
  const message = `the file ends before the closing ${missing}`;
  return { at: state.at, code: 'JSON_SYNTAX', message, hint: 'A bracket is missing, or the file is cut.' };
}
