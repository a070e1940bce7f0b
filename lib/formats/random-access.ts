/** Bytes that can be read at any place: an object in storage, a file, a buffer. */
export interface RandomAccess {
  readonly size: number;
  /** Resolves to exactly `length` bytes; anything else is an infrastructure error and rejects. */
  readAt(offset: number, length: number): Promise<Uint8Array>;
}

/** Ranged reads over bytes in memory: what it returns are views, so a reader pays for no copy. */
export function bufferAccess(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.byteLength,
    async readAt(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.byteLength) {
        throw new RangeError(`Cannot read ${length} bytes at ${offset}: there are ${bytes.byteLength}.`);
      }
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** `readAt` as a Buffer over the same memory, for its little-endian readers. */
export async function readBuffer(source: RandomAccess, offset: number, length: number): Promise<Buffer> {
  const bytes = await source.readAt(offset, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
