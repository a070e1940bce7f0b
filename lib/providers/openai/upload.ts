import { createHash, type Hash } from 'node:crypto';
import { z } from 'zod';
import type { TrainingFile } from '../provider.ts';

/** A part may have 64 MB (openai-openapi 2.3.0, 2026-08-21); smaller ones keep memory small and are cheap to repeat. */
export const PART_BYTES = 16 * 1024 * 1024;
const PARALLEL_PARTS = 3;
/** An upload ends an hour after it was begun (same source); the last parts and the joining need some of it. */
const UPLOAD_LIFE_MS = 50 * 60_000;
/** A line that is too slow for one hour is too slow for the next. */
const MOST_BEGINNINGS = 3;

/** The four requests of the Uploads API. `bytes` are used again once the promise of `addPart` has settled. */
export interface UploadCalls {
  begin(): Promise<string>;
  addPart(upload: string, bytes: Uint8Array): Promise<string>;
  /** Returns the new file’s id. `md5` is known where one call sent all. */
  complete(upload: string, partIds: string[], md5: string | null): Promise<string>;
  cancel(upload: string): Promise<void>;
}

/** An upload that goes on in the next call; part ids in the order of the file. */
export const uploadProgressSchema = z.strictObject({
  upload: z.string(),
  begunAt: z.iso.datetime(),
  beginnings: z.int().positive(),
  parts: z.array(z.string()),
});
type UploadProgress = z.infer<typeof uploadProgressSchema>;

export type Sent = { file: string } | { progress: UploadProgress };

export interface UploadOptions {
  partBytes: number;
  bytesPerCall: number;
  resume: UploadProgress | null;
  now: () => Date;
}

/** Sends a file in parts, read by ranges, three on their way at a time, until it is there or the call has sent its share. */
export async function uploadInParts(file: TrainingFile, calls: UploadCalls, options: UploadOptions): Promise<Sent> {
  const resume = goingOn(options);
  const begun = resume ?? (await begin(calls, options));
  const parts: Promise<string>[] = [];
  try {
    const sending = {
      ...options,
      first: begun.parts.length,
      send: (bytes: Buffer) => calls.addPart(begun.upload, bytes),
    };
    const { isAll, md5 } = await sendParts(file, parts, sending);
    const ids = [...begun.parts, ...(await Promise.all(parts))];
    if (!isAll) return { progress: { ...begun, parts: ids } };
    return { file: await calls.complete(begun.upload, ids, resume === null ? md5 : null) };
  } catch (error) {
    await Promise.allSettled(parts);
    // An upload that nobody completes expires within the hour; to cancel it is courtesy. One that went on may go on again.
    if (resume === null) await calls.cancel(begun.upload).catch(() => undefined);
    throw error;
  }
}

/** null = begin anew: there is no upload, or it ends before it could be completed. */
function goingOn({ resume, now }: UploadOptions): UploadProgress | null {
  return resume === null || now().getTime() - Date.parse(resume.begunAt) > UPLOAD_LIFE_MS ? null : resume;
}

async function begin(calls: UploadCalls, { resume, now }: UploadOptions): Promise<UploadProgress> {
  const beginnings = (resume?.beginnings ?? 0) + 1;
  if (beginnings > MOST_BEGINNINGS) {
    throw new Error(
      '[openai] the file did not arrive within an hour, which is how long an upload lives, in several tries. Train on fewer or smaller images, or try again when the line is faster.',
    );
  }
  return { upload: await calls.begin(), begunAt: now().toISOString(), beginnings, parts: [] };
}

interface Sending {
  partBytes: number;
  bytesPerCall: number;
  /** The part to begin with. */
  first: number;
  send: (bytes: Buffer) => Promise<string>;
}

/** Adds each part's promise to `parts`, in order; settles with the md5 of what was sent once the last part is on its way. */
async function sendParts(
  file: TrainingFile,
  parts: Promise<string>[],
  { partBytes, bytesPerCall, first, send }: Sending,
): Promise<{ isAll: boolean; md5: string }> {
  const md5: Hash = createHash('md5');
  const slots: Buffer[] = [];
  const begin = first * partBytes;
  let offset = begin;
  for (; offset < file.bytes && offset - begin < bytesPerCall; offset += partBytes) {
    await parts[parts.length - PARALLEL_PARTS];
    const bytes = slotFor(parts.length, slots, Math.min(partBytes, file.bytes - offset));
    await readInto(bytes, file, offset);
    md5.update(bytes);
    const part = send(bytes);
    // Awaited in order above and by the caller; until then a failure must not end the process.
    part.catch(() => undefined);
    parts.push(part);
  }
  return { isAll: offset >= file.bytes, md5: md5.digest('hex') };
}

/** The memory of the part three before, which has arrived by now: a whole file needs three parts' memory, whatever its size. */
function slotFor(part: number, slots: Buffer[], bytes: number): Buffer {
  const slot = slots[part % PARALLEL_PARTS] ?? Buffer.allocUnsafeSlow(bytes);
  slots[part % PARALLEL_PARTS] = slot;
  return slot.subarray(0, bytes);
}

async function readInto(bytes: Buffer, file: TrainingFile, offset: number): Promise<void> {
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
