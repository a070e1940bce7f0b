import { isUtf8 } from 'node:buffer';
import { excerpt, type Fault } from './fault.ts';
import { placedFault, placeOf } from './json-place.ts';
import { scan } from './json-scan.ts';
import { type JsonLimits, type ScanFault, type ScanState, startScan } from './json-scan-state.ts';
import { controlFault } from './json-string.ts';

/** A parsed value, or `undefined` beside its faults. */
export interface ParsedJson {
  value: unknown;
  text: string;
  faults: Fault[];
  warnings: Fault[];
}

/** Parses the bytes of one value that was scanned to its end, and tells what a parser alone would hide. `line` is where it begins. */
export function parseScanned(
  bytes: Buffer,
  state: ScanState,
  { line, limits }: { line: number; limits: JsonLimits },
): ParsedJson {
  const text = bytes.toString('utf8');
  const place = (fault: ScanFault): Fault => placedFault(fault, bytes, line);
  const noted = notedFaults(bytes, state);
  if (noted.length > 0) return { value: undefined, text, faults: noted.map(place), warnings: [] };
  const value = parse(bytes, text, state);
  if (value === undefined) return { value, text, faults: [place(controlCharacter(bytes))], warnings: [] };
  const { keys, forbidden } = inspectKeys(value);
  if (forbidden !== null) {
    const hint = 'Rename it; such names change objects themselves in some programs.';
    return {
      value: undefined,
      text,
      faults: [{ code: 'JSON_KEY', message: `line ${line}: the key "${forbidden}" is not allowed`, hint }],
      warnings: [],
    };
  }
  const warnings = [...trailingCommas(bytes, state, line), ...numberWarnings(state).map(place)];
  if (keys !== state.keys) warnings.push(place(duplicateKey(bytes, limits)));
  return { value, text, faults: [], warnings };
}

/** The value of scanned bytes however odd it is, or `undefined`: enough to look at its shape. */
export function parseLoosely(bytes: Buffer, state: ScanState): unknown {
  return parse(bytes, bytes.toString('utf8'), state);
}

// What the scan lets pass and JSON.parse refuses: control characters in long strings only, so one caught error has one reason.
function parse(bytes: Buffer, text: string, { trailingCommas }: ScanState): unknown {
  try {
    return JSON.parse(trailingCommas.length === 0 ? text : withoutCommas(bytes, trailingCommas));
  } catch {
    return undefined;
  }
}

function withoutCommas(bytes: Buffer, commas: readonly number[]): string {
  const repaired = Buffer.from(bytes);
  for (const comma of commas) if (comma < repaired.length) repaired[comma] = 0x20;
  return repaired.toString('utf8');
}

function notedFaults(bytes: Buffer, { notes }: ScanState): ScanFault[] {
  const faults: ScanFault[] = [];
  if (!isUtf8(bytes)) {
    const at = firstInvalidByte(bytes);
    const hint = 'Save the file as UTF-8.';
    faults.push({ at, code: 'JSON_ENCODING', message: 'these bytes are no valid UTF-8', hint });
  }
  if (notes.nul !== undefined) {
    faults.push({
      at: notes.nul,
      code: 'JSON_NUL',
      message: 'the text holds a NUL character (\\u0000)',
      hint: 'Remove it.',
    });
  }
  if (notes.surrogate !== undefined) {
    const hint = 'A character beyond U+FFFF was cut in two; write it whole.';
    faults.push({
      at: notes.surrogate,
      code: 'JSON_SURROGATE',
      message: 'the text holds half a character (a lone surrogate)',
      hint,
    });
  }
  if (notes.infinite !== undefined) {
    faults.push({
      at: notes.infinite,
      code: 'JSON_NUMBER',
      message: 'the number is too large to be kept',
      hint: 'Write it as a string.',
    });
  }
  return faults;
}

function numberWarnings({ notes }: ScanState): ScanFault[] {
  const warnings: ScanFault[] = [];
  if (notes.bigNumber !== undefined) {
    const hint = 'Write it as a string if each digit counts.';
    warnings.push({
      at: notes.bigNumber,
      code: 'JSON_NUMBER_ROUNDED',
      message: 'a whole number beyond 2^53 was rounded',
      hint,
    });
  }
  if (notes.control !== undefined) {
    warnings.push({
      at: notes.control,
      code: 'JSON_CONTROL',
      message: 'the text holds an escaped control character',
      hint: 'Remove it if it is not meant to be learned.',
    });
  }
  return warnings;
}

function firstInvalidByte(bytes: Buffer): number {
  let at = 0;
  // Halving: the longest valid prefix ends where the invalid byte begins; a prefix cut within a character counts as its whole characters.
  let step = 2 ** Math.ceil(Math.log2(bytes.length + 1));
  while (step >= 1) {
    if (at + step <= bytes.length && isUtf8(wholeCharacters(bytes.subarray(0, at + step)))) at += step;
    step /= 2;
  }
  return wholeCharacters(bytes.subarray(0, at)).length;
}

function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) return needed(byte) > back ? bytes.subarray(0, bytes.length - back) : bytes;
    if (byte < 0x80) return bytes;
  }
  return bytes;
}

function needed(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

function controlCharacter(bytes: Buffer): ScanFault {
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (inString && byte < 0x20) return controlFault(byte, at);
    if (inString && byte === 0x5c) at += 1;
    else if (byte === 0x22) inString = !inString;
  }
  return { at: 0, code: 'JSON_SYNTAX', message: 'this is no JSON', hint: 'Write the file with a JSON library.' };
}

function trailingCommas(bytes: Buffer, { trailingCommas: commas }: ScanState, firstLine: number): Fault[] {
  const first = commas[0];
  if (first === undefined) return [];
  const { line, column } = placeOf(bytes, first, firstLine);
  const what = commas.length === 1 ? 'a comma' : `${commas.length} commas`;
  const place = `${commas.length === 1 ? 'at' : 'the first at'} line ${line}, column ${column}`;
  return [{ code: 'JSON_TRAILING_COMMA', message: `${what} before a closing bracket (${place}) passed over` }];
}

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

function inspectKeys(value: unknown): { keys: number; forbidden: string | null } {
  let keys = 0;
  let forbidden: string | null = null;
  const waiting = [value].filter(isContainer);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const element of Object.values(next)) if (isContainer(element)) waiting.push(element);
    if (Array.isArray(next)) continue;
    keys += Object.keys(next).length;
    forbidden ??= FORBIDDEN_KEYS.find((key) => Object.hasOwn(next, key)) ?? null;
  }
  return { keys, forbidden };
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

// Read once more, with the names this time: JSON.parse keeps the last of equal keys and says nothing.
function duplicateKey(bytes: Buffer, limits: JsonLimits): ScanFault {
  const seen: { at: number; key: string }[] = [];
  const names: Set<string>[] = [];
  const state = startScan();
  state.onKey = (start, end, depth) => {
    // Entering an object again at this depth begins a new set; its first key is the first counted.
    if (state.open[depth - 1] === 1) names[depth] = new Set();
    const key = String(JSON.parse(bytes.toString('utf8', start, end)));
    if (names[depth]?.has(key)) seen.push({ at: start, key });
    names[depth]?.add(key);
  };
  scan(bytes, state, true, limits);
  const first = seen[0] ?? { at: 0, key: '' };
  const message = `the key "${excerpt(first.key, 40)}" stands twice in one object; the last one counts`;
  return { at: first.at, code: 'JSON_DUPLICATE_KEY', message };
}
