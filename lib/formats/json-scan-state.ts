import type { Fault } from './fault.ts';

/** What one JSON value may cost before it is parsed. */
export interface JsonLimits {
  /** Bytes of one value. */
  valueBytes: number;
  /** Objects and arrays inside one another. */
  depth: number;
  /** Keys of one object. */
  keys: number;
  /** Values (strings, numbers, objects, arrays…) inside one value: bounds the memory that parsing takes. */
  values: number;
}

/** A fault at a byte of the value, counted from its first byte. */
export type ScanFault = Fault & { at: number };

export type Expectation = 'value' | 'first element' | 'element' | 'first key' | 'key' | 'colon' | 'comma';

/** How far a value is read; carried from chunk to chunk. */
export interface ScanState {
  at: number;
  expects: Expectation;
  inString: boolean;
  /** One entry for each open object (its number of keys) or array (-1). */
  open: number[];
  keys: number;
  values: number;
  lastComma: number;
  trailingCommas: number[];
  stopsAtFirstElement: boolean;
  /** Where the first of each oddity stands that the grammar allows. */
  notes: { nul?: number; surrogate?: number; control?: number; bigNumber?: number; infinite?: number };
  /** Told of each key's first and last byte (its quotes), when somebody asks. */
  onKey?: (start: number, end: number, depth: number) => void;
  /** Told of each opening bracket, when somebody asks. */
  onOpen?: (byte: number, depth: number) => void;
  stringStart: number;
}

/** `end` and `first`: the value, or an array's first element, ends before `state.at`; `more`: bytes are missing. */
export type Step = 'more' | 'end' | 'first' | ScanFault;

/** Longer numbers and words are faults, so that no token has to be read twice at length. */
export const LONGEST_SCALAR = 1024;

/** A scan of the value at the first byte; with `stopsAtFirstElement` it pauses once behind an array's first element. */
export function startScan(stopsAtFirstElement = false): ScanState {
  return {
    at: 0,
    expects: 'value',
    inString: false,
    open: [],
    keys: 0,
    values: 0,
    lastComma: -1,
    trailingCommas: [],
    stopsAtFirstElement,
    notes: {},
    stringStart: 0,
  };
}
