/** A moving view of a byte stream: what was passed is forgotten, what is ahead is held in one buffer. Lines count from 1. */
export interface ByteWindow {
  /** The bytes ahead, from the first one not passed; valid until the next `fill` or `pass`. */
  held(): Buffer;
  /** Holds one more chunk of the stream; false when there is none. */
  fill(): Promise<boolean>;
  pass(count: number): void;
  offset(): number;
  line(): number;
  isLast(): boolean;
}

const FIRST_CAPACITY = 256 * 1024;
const LINE_FEED = 0x0a;

/** Opens a window on `chunks`, whose first byte lies at `start` of the file. */
export function openWindow(chunks: AsyncIterable<Uint8Array>, start: { offset: number; line: number }): ByteWindow {
  const source = chunks[Symbol.asyncIterator]();
  let buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  let from = 0;
  let to = 0;
  let { offset, line } = start;
  let isLast = false;
  // Views are costly to make, and most are asked for more than once.
  let view: Buffer | null = null;

  // Each byte is searched for line breaks once: up to here, where the next one lies if `isBreak`.
  let searchedTo = offset;
  let isBreak = false;

  function held(): Buffer {
    view ??= buffer.subarray(from, to);
    return view;
  }

  function reserve(bytes: number): void {
    if (to + bytes <= buffer.length) return;
    const held = to - from;
    const needed = held + bytes;
    // Half as much again: filling costs a constant number of copies a byte, and a value at the cap never needs twice its size.
    const target = needed <= buffer.length / 2 ? buffer : Buffer.allocUnsafe(Math.ceil(needed * 1.5));
    buffer.copy(target, 0, from, to);
    buffer = target;
    from = 0;
    to = held;
  }

  async function fill(): Promise<boolean> {
    const next = isLast ? { done: true as const, value: undefined } : await source.next();
    if (next.done === true) {
      isLast = true;
      return false;
    }
    reserve(next.value.length);
    buffer.set(next.value, to);
    to += next.value.length;
    view = null;
    return true;
  }

  function nextBreak(): number {
    const heldTo = offset + to - from;
    if (!isBreak && searchedTo < heldTo) {
      const at = held().indexOf(LINE_FEED, searchedTo - offset);
      isBreak = at >= 0;
      searchedTo = isBreak ? offset + at : heldTo;
    }
    return isBreak ? searchedTo : Number.POSITIVE_INFINITY;
  }

  function pass(count: number): void {
    if (count === 0) return;
    const end = offset + count;
    while (nextBreak() < end) {
      line += 1;
      searchedTo += 1;
      isBreak = false;
    }
    view = null;
    offset = end;
    from += count;
    if (from === to) forget();
  }

  function forget(): void {
    from = 0;
    to = 0;
    // One giant value must not keep its memory for the rest of the file.
    if (buffer.length > FIRST_CAPACITY * 64) buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  }

  return {
    held,
    fill,
    pass,
    offset: () => offset,
    line: () => line,
    isLast: () => isLast,
  };
}
