import { ConditionalConflictError, type ObjectStore, PreconditionFailedError } from '../storage/object-store.ts';
import type { StagingCursor, StagingStretch, TrainingFile } from './provider.ts';

const MAX_TRIES = 4;

/**
 * Puts a training file into a provider's bucket under a name that its content gives; what has that name and size is taken as it is.
 * A file that is more than one call may carry goes there as objects of their own, which the store then joins itself. Null = it stands.
 */
export async function storeTrainingFile(
  store: ObjectStore,
  key: string,
  { file, stretch, contentType }: { file: TrainingFile; stretch: StagingStretch; contentType: string },
): Promise<StagingCursor | null> {
  const parts = partsOf(key, file, stretch.bytesPerCall);
  const part = Number(stretch.resume?.['part'] ?? 0);
  if ((await store.head(key))?.size !== file.bytes) {
    if (parts.length === 1) {
      await putContent(store, key, () => store.write(key, readWhole(file, 0, file.bytes), { contentType }));
      return null;
    }
    const next = parts[part];
    if (next !== undefined) {
      await storePart(store, next, file);
      return { part: part + 1 };
    }
    const names = parts.map(({ name }) => name);
    await putContent(store, key, () => store.concatenate(key, names, { contentType }));
  }
  // Nothing was put beside the file unless an earlier call said so. The file stands, whatever cannot be taken away.
  if (part > 0) await Promise.allSettled(parts.map(({ name }) => store.remove(name)));
  return null;
}

interface Part {
  name: string;
  offset: number;
  length: number;
}

/** Place and length stand in the name: a part that another version cut otherwise is another object. */
function partsOf(key: string, { bytes }: TrainingFile, most: number): Part[] {
  const parts: Part[] = [];
  for (let offset = 0; offset < bytes || parts.length === 0; offset += most) {
    const length = Math.min(most, bytes - offset);
    parts.push({ name: `${key}.${offset}-${length}.part`, offset, length });
  }
  return parts;
}

async function storePart(store: ObjectStore, { name, offset, length }: Part, file: TrainingFile): Promise<void> {
  if ((await store.head(name))?.size === length) return;
  await putContent(store, name, () => store.write(name, readWhole(file, offset, length)));
}

/** The bytes of a stretch; ends in an error where it is not as long as it must be, so that no such object is ever made. */
async function* readWhole(file: TrainingFile, offset: number, length: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of file.read(offset, length)) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== length) throw new Error('[stage] the file changed while it was being staged. Run again.');
}

/** Two writers of one name write the same content; those who meet are told to try again. */
export async function putContent(store: ObjectStore, key: string, put: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await put();
      return;
    } catch (error) {
      if (error instanceof PreconditionFailedError) return;
      const isMeeting = error instanceof ConditionalConflictError && tries < MAX_TRIES;
      if (!isMeeting) throw error;
      if ((await store.head(key)) !== null) return;
    }
  }
}
