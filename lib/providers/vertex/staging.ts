import type { ContentStore } from '../../storage/gcs-store.ts';
import type { ProviderClient, ReadableFile, StagedFile } from '../provider.ts';
import { storeTrainingFile } from '../training-objects.ts';

/** What is brought to Cloud Storage, under names that content gives: a second try finds the first. */
export interface Staging {
  stageMedia(fileName: string, mime: string, file: ReadableFile): Promise<void>;
  stageFile: ProviderClient['stageFile'];
  /** Files that `used` names are left: equal content of two targets is one file. */
  remove(files: readonly StagedFile[], used: ReadonlySet<string>): Promise<void>;
}

/** Where a `gs://bucket/prefix` lies. */
export function parseBase(mediaBase: string): { bucket: string; prefix: string } {
  const match = /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])\/(.+?)\/*$/.exec(mediaBase);
  if (match === null)
    throw new Error(`[vertex] "${mediaBase}" is no place in a bucket. Set FINEDROP_GCS_BUCKET to a bucket’s name.`);
  return { bucket: match[1] ?? '', prefix: match[2] ?? '' };
}

/** Stages below a media base; training files lie beside the media's folder. */
export function openStaging(store: ContentStore, mediaBase: string): Staging {
  const { bucket, prefix } = parseBase(mediaBase);
  const root = `gs://${bucket}/`;
  const folder = prefix.replace(/\/?media$/, '');
  return {
    stageMedia: (fileName, mime, file) =>
      store.writeContent(`${prefix}/${fileName}`, contentOf(file), { contentType: mime }),
    stageFile: async (split, file, stretch) => {
      // Vertex AI refuses names that do not end so.
      const name = `${file.identity.slice(0, 40)}-${split}.jsonl`;
      const key = folder === '' ? name : `${folder}/${name}`;
      const resume = await storeTrainingFile(store, key, { file, stretch, contentType: 'application/jsonl' });
      return resume === null ? { split, reference: `${root}${key}`, bytes: file.bytes } : { resume };
    },
    remove: async (files, used) => {
      for (const { reference } of files) {
        if (!used.has(reference) && reference.startsWith(root)) await store.remove(reference.slice(root.length));
      }
    },
  };
}

function contentOf(file: ReadableFile) {
  return { bytes: file.bytes, read: () => file.read(0, file.bytes) };
}
