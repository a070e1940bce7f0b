import { createHash } from 'node:crypto';
import type { ReadableFile } from '../provider.ts';

/** A part may have 64 MB (openai-openapi 2.3.0, 2026-08-21); smaller ones keep memory small and are cheap to repeat. */
export const PART_BYTES = 16 * 1024 * 1024;
const PARALLEL_PARTS = 3;

/** The four requests of the Uploads API. `bytes` are used again once the promise of `addPart` has settled. */
export interface UploadCalls {
  begin(): Promise<string>;
  addPart(upload: string, bytes: Uint8Array): Promise<string>;
  /** Returns the new file’s id. */
  complete(upload: string, partIds: string[], md5: string): Promise<string>;
  cancel(upload: string): Promise<void>;
}

/** Sends a file in parts, read by ranges, three on their way at a time; bytes other than `sha256` promised are never completed. */
export async function uploadInParts(
  file: ReadableFile,
  calls: UploadCalls,
  options: { partBytes: number },
): Promise<string> {
  const upload = await calls.begin();
  const parts: Promise<string>[] = [];
  try {
    const md5 = await sendParts(file, parts, { ...options, send: (bytes) => calls.addPart(upload, bytes) });
    return await calls.complete(upload, await Promise.all(parts), md5);
  } catch (error) {
    await Promise.allSettled(parts);
    // An upload that nobody completes expires within the hour; to cancel it is courtesy.
    await calls.cancel(upload).catch(() => undefined);
    throw error;
  }
}

/** Adds each part's promise to `parts`, in order; settles with the md5 of all bytes once the last part is on its way. */
async function sendParts(
  file: ReadableFile,
  parts: Promise<string>[],
  { partBytes, send }: { partBytes: number; send: (bytes: Uint8Array) => Promise<string> },
): Promise<string> {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const slots: Buffer[] = [];
  for (let offset = 0; offset < file.bytes; offset += partBytes) {
    await parts[parts.length - PARALLEL_PARTS];
    const bytes = slotFor(parts.length, slots, Math.min(partBytes, file.bytes - offset));
    await readInto(bytes, file, offset);
    md5.update(bytes);
    sha256.update(bytes);
    const part = send(bytes);
    // Awaited in order above and by the caller; until then a failure must not end the process.
    part.catch(() => undefined);
    parts.push(part);
  }
  if (sha256.digest('hex') !== file.sha256) throw changed();
  return md5.digest('hex');
}

/** The memory of the part three before, which has arrived by now: a whole file needs three parts' memory, whatever its size. */
function slotFor(part: number, slots: Buffer[], bytes: number): Buffer {
  const slot = slots[part % PARALLEL_PARTS] ?? Buffer.allocUnsafeSlow(bytes);
  slots[part % PARALLEL_PARTS] = slot;
  return slot.subarray(0, bytes);
}

async function readInto(bytes: Buffer, file: ReadableFile, offset: number): Promise<void> {
  let filled = 0;
  for await (const chunk of file.read(offset, bytes.length)) {
    if (filled + chunk.length > bytes.length) throw changed();
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < bytes.length) throw changed();
}

function changed(): Error {
  return new Error('[openai] the file changed while it was being uploaded. Run again.');
}
