import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { crc64nvme } from './crc64nvme.ts';
import type { ChecksumName, Checksums } from './stored-object.ts';

interface Digest {
  update(bytes: Uint8Array): void;
  /** Base64. */
  result(): string;
}

/** Counts several checksums over one stream; ask for no more than are needed, CRC-32C is the slow one. */
export function createDigests(names: readonly ChecksumName[]): {
  update(bytes: Uint8Array): void;
  result(): Checksums;
} {
  const digests = [...new Set(names)].map((name) => ({ name, digest: createDigest(name) }));
  return {
    update(bytes) {
      for (const { digest } of digests) digest.update(bytes);
    },
    result: () => Object.fromEntries(digests.map(({ name, digest }) => [name, digest.result()])),
  };
}

/** A checksum of bytes at hand, base64. */
export function checksumOf(name: ChecksumName, bytes: Uint8Array): string {
  const digest = createDigest(name);
  digest.update(bytes);
  return digest.result();
}

function createDigest(name: ChecksumName): Digest {
  if (name === 'crc32') return createCrc((bytes, before) => crc32(bytes, before));
  if (name === 'crc32c') return createCrc(crc32c);
  if (name === 'crc64nvme') return createCrc64();
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), result: () => hash.digest('base64') };
}

function createCrc(count: (bytes: Uint8Array, before: number) => number): Digest {
  let crc = 0;
  return {
    update(bytes) {
      crc = count(bytes, crc);
    },
    result: () => encodeCrc(crc),
  };
}

function createCrc64(): Digest {
  let crc = 0n;
  return {
    update(bytes) {
      crc = crc64nvme(bytes, crc);
    },
    result: () => encodeCrc64(crc),
  };
}

/** The same for the eight bytes of a 64-bit checksum. */
export function encodeCrc64(crc: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(crc);
  return bytes.toString('base64');
}

/** The number behind a base64 checksum of eight bytes. */
export function decodeCrc64(text: string): bigint {
  return Buffer.from(text, 'base64').readBigUInt64BE();
}

/** A 32-bit checksum as the four big-endian bytes in base64 that both services write. */
export function encodeCrc(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

/** The number behind a base64 checksum of four bytes. */
export function decodeCrc(text: string): number {
  return Buffer.from(text, 'base64').readUInt32BE();
}
