import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createDigests } from './digest.ts';
import type { ChecksumName, Checksums, Piece } from './stored-object.ts';

/** Bytes that lie on disk and belong to no object yet. */
export interface Received {
  piece: Piece;
  checksums: Checksums;
}

/** The immutable files behind a bucket's objects, under random names: no key ever becomes a path. */
export interface Blobs {
  /** Streams a body to disk; nothing is left when it breaks off. */
  receive(body: AsyncIterable<Uint8Array>, checksums: readonly ChecksumName[]): Promise<Received>;
  /** The same bytes under other names, without reading them. */
  duplicate(pieces: readonly Piece[]): Promise<Piece[]>;
  discard(pieces: readonly Piece[]): Promise<void>;
  /** Opens the first piece before it returns, so that an object removed meanwhile is an error (ENOENT) here. */
  read(pieces: readonly Piece[], range: { offset: number; length: number }): Promise<AsyncIterable<Uint8Array>>;
}

/** Opens the folder; sub-folders are made when needed. */
export function openBlobs(folder: string): Blobs {
  const pathOf = (piece: Piece) => join(folder, piece.blob);
  return {
    receive: (body, checksums) => receive(folder, body, checksums),
    duplicate: (pieces) => Promise.all(pieces.map((piece) => duplicate(folder, piece))),
    async discard(pieces) {
      await Promise.all(pieces.map((piece) => rm(pathOf(piece), { force: true })));
    },
    read: (pieces, range) => read(pieces, range, pathOf),
  };
}

async function receive(folder: string, body: AsyncIterable<Uint8Array>, names: readonly ChecksumName[]) {
  const blob = newName();
  const path = join(folder, blob);
  const digests = createDigests(names);
  let size = 0;
  const counted = async function* () {
    for await (const bytes of body) {
      digests.update(bytes);
      size += bytes.length;
      yield bytes;
    }
  };
  try {
    await mkdir(dirname(path), { recursive: true });
    // Open before the body is read: a stream that opens by itself could still make the file after it was removed below.
    const file = await open(path, 'wx');
    await pipeline(counted, file.createWriteStream());
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { piece: { blob, size }, checksums: digests.result() };
}

/** A hard link where the file system has them, else a copy. */
async function duplicate(folder: string, piece: Piece): Promise<Piece> {
  const blob = newName();
  const from = join(folder, piece.blob);
  const to = join(folder, blob);
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
  return { blob, size: piece.size };
}

function newName(): string {
  const id = randomUUID();
  return `${id.slice(0, 2)}/${id}`;
}

interface Slice {
  path: string;
  start: number;
  length: number;
}

async function read(
  pieces: readonly Piece[],
  range: { offset: number; length: number },
  pathOf: (piece: Piece) => string,
): Promise<AsyncIterable<Uint8Array>> {
  const slices = cutSlices(pieces, range, pathOf);
  const [first] = slices;
  if (first === undefined) return streamSlices([], null);
  return streamSlices(slices, await open(first.path, 'r'));
}

function cutSlices(
  pieces: readonly Piece[],
  { offset, length }: { offset: number; length: number },
  pathOf: (piece: Piece) => string,
): Slice[] {
  const slices: Slice[] = [];
  let start = 0;
  for (const piece of pieces) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + length, start + piece.size);
    if (from < to) slices.push({ path: pathOf(piece), start: from - start, length: to - from });
    start += piece.size;
  }
  return slices;
}

async function* streamSlices(slices: Slice[], opened: Awaited<ReturnType<typeof open>> | null) {
  for (const [index, { path, start, length }] of slices.entries()) {
    const span = { start, end: start + length - 1 };
    const stream = index === 0 && opened ? opened.createReadStream(span) : createReadStream(path, span);
    yield* stream as AsyncIterable<Uint8Array>;
  }
}
