import { closeSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';
import { withLock } from '../lock.ts';
import { createKeyIndex, type KeyIndex, type Place } from './key-index.ts';
import { type StoredObject, storedObject } from './stored-object.ts';

const READ_BLOCK_BYTES = 1_048_576;

/** What to write for a key: a new record, null to remove it, undefined to leave it. */
type Change<T> = { record?: StoredObject | null; result: T };

/**
 * A bucket's objects as an append-only log of lines `<key as JSON>\t<record as JSON>\n` (no record: removed). The newest
 * line of a key wins. Every process keeps only keys and places in memory and reads on from where it stopped.
 */
export interface BucketLog {
  find(key: string): StoredObject | null;
  keys(): readonly string[];
  findAll(keys: readonly string[]): StoredObject[];
  /** Decides on the present record and writes, with no other writer between the two, in this process or another. */
  change<T>(key: string, decide: (current: StoredObject | null) => Change<T>): Promise<T>;
}

/** Opens (and creates) the log at `path`; holds no file open between calls, so there is nothing to close. */
export function openBucketLog(path: string): BucketLog {
  closeSync(openSync(path, 'a'));
  const state: LogState = { path, index: createKeyIndex(), end: 0 };
  const exclusively = batchUnderLock(`${path}.lock`);
  const find = (key: string) => {
    readOn(state);
    const place = state.index.get(key);
    return place === undefined ? null : (readRecords(path, [place])[0] ?? null);
  };
  return {
    find,
    keys() {
      readOn(state);
      return state.index.sorted();
    },
    findAll(keys) {
      const places = keys.map((key) => state.index.get(key)).filter((place) => place !== undefined);
      return readRecords(path, places);
    },
    change: (key, decide) =>
      exclusively(() => {
        const { record, result } = decide(find(key));
        if (record !== undefined) append(state, key, record);
        return result;
      }),
  };
}

interface LogState {
  path: string;
  index: KeyIndex;
  /** Bytes of complete lines that the index knows. */
  end: number;
}

/** All that waits is done under one lock: a thousand small uploads need some dozens of lock files, not a thousand. */
function batchUnderLock(lockPath: string): <T>(section: () => T) => Promise<T> {
  const waiting: { run(): void; fail(error: unknown): void }[] = [];
  let isDraining = false;
  const takeAll = () => waiting.splice(0);
  const drain = async () => {
    while (waiting.length > 0) {
      try {
        await withLock(lockPath, async () => {
          for (const { run } of takeAll()) run();
        });
      } catch (error) {
        for (const { fail } of takeAll()) fail(error);
      }
    }
    isDraining = false;
  };
  return (section) =>
    new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(section());
        } catch (error) {
          reject(error);
        }
      };
      waiting.push({ run, fail: reject });
      if (isDraining) return;
      isDraining = true;
      void drain();
    });
}

/** Reads what was appended since, by whichever process; a last line without its end is a writer that was killed. */
function readOn(state: LogState): void {
  const size = statSync(state.path).size;
  if (size <= state.end) return;
  const file = openSync(state.path, 'r');
  try {
    let rest = Buffer.alloc(0);
    while (state.end + rest.length < size) {
      const block = Buffer.allocUnsafe(Math.min(READ_BLOCK_BYTES, size - state.end - rest.length));
      const count = readSync(file, block, 0, block.length, state.end + rest.length);
      if (count === 0) return;
      rest = indexLines(state, Buffer.concat([rest, block.subarray(0, count)]));
    }
  } finally {
    closeSync(file);
  }
}

function indexLines(state: LogState, bytes: Buffer): Buffer<ArrayBuffer> {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    indexLine(state.index, bytes.subarray(start, end), state.end + start);
    start = end + 1;
  }
  state.end += start;
  return Buffer.from(bytes.subarray(start));
}

function indexLine(index: KeyIndex, line: Buffer, offset: number): void {
  const tab = line.indexOf(9);
  const key: unknown = JSON.parse(line.toString('utf8', 0, tab));
  if (typeof key !== 'string') throw new Error('[storage] a line of the bucket log has no key. Delete the simulators.');
  if (tab === line.length - 1) index.remove(key);
  else index.set(key, { offset: offset + tab + 1, length: line.length - tab - 1 });
}

function readRecords(path: string, places: readonly Place[]): StoredObject[] {
  const file = openSync(path, 'r');
  try {
    return places.map(({ offset, length }) => {
      const bytes = Buffer.allocUnsafe(length);
      readSync(file, bytes, 0, length, offset);
      return storedObject.parse(JSON.parse(bytes.toString('utf8')));
    });
  } finally {
    closeSync(file);
  }
}

/** Called under the lock and after `readOn`, so anything behind `end` is the torn line of a killed writer. */
function append(state: LogState, key: string, record: StoredObject | null): void {
  if (statSync(state.path).size > state.end) truncateSync(state.path, state.end);
  const line = Buffer.from(`${JSON.stringify(key)}\t${record === null ? '' : JSON.stringify(record)}\n`, 'utf8');
  const file = openSync(state.path, 'a');
  try {
    writeSync(file, line);
  } finally {
    closeSync(file);
  }
  readOn(state);
}
