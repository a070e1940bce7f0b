import { createHash } from 'node:crypto';
import type { Split } from '../../domain/example.ts';
import type { S3Store } from '../../storage/s3-store.ts';
import type { ReadableFile, StagedFile, StagingCursor, StagingStretch, TrainingFile } from '../provider.ts';
import { putContent, storeTrainingFile } from '../training-objects.ts';
import { filesRead } from './answers.ts';
import { parseS3Uri } from './names.ts';
import { answerOrNull, type Requests, readJobs } from './requests.ts';

/** Where a dataset's files lie: the bucket as a store, and the folder in it, ending in a slash. */
export interface Staging {
  store: S3Store;
  bucket: string;
  folder: string;
}

/** Puts a media file under its content-addressed name; one that stands already is the same. */
export async function stageMedia(
  { store, folder }: Staging,
  fileName: string,
  { mime, file }: { mime: string; file: ReadableFile },
): Promise<void> {
  const bytes: Uint8Array[] = [];
  for await (const chunk of checked(file)) bytes.push(chunk);
  const key = `${folder}media/${fileName}`;
  await putContent(store, key, () => store.write(key, Buffer.concat(bytes), { ifNoneMatch: '*', contentType: mime }));
}

/** Puts a training or validation file under a name that its content gives; S3 copies it itself where it may. */
export async function stageFile(
  { store, bucket, folder }: Staging,
  { split, file }: { split: Split; file: TrainingFile },
  stretch: StagingStretch,
): Promise<StagedFile | { resume: StagingCursor }> {
  const key = `${folder}${file.identity.slice(0, 40)}-${split}.jsonl`;
  const staged = { split, reference: `s3://${bucket}/${key}`, bytes: file.bytes };
  if (stretch.resume === null && (await copyWithin(store, key, file))) return staged;
  const resume = await storeTrainingFile(store, key, { file, stretch, contentType: CONTENT_TYPE });
  return resume === null ? staged : { resume };
}

const CONTENT_TYPE = 'application/jsonl';

/** False where S3 cannot: another server, or credentials that may write here and not read there. Then the bytes go through this call. */
async function copyWithin(store: S3Store, key: string, { s3, bytes }: TrainingFile): Promise<boolean> {
  if (s3 === null) return false;
  if ((await store.head(key))?.size === bytes) return true;
  try {
    return await store.copyFrom(s3, key, { contentType: CONTENT_TYPE });
  } catch {
    return false;
  }
}

/** The file's bytes; ends in an error when they are not those that `sha256` promised, so that no such object is ever made. */
async function* checked(file: ReadableFile): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of file.read(0, file.bytes)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== file.sha256) {
    throw new Error('[bedrock] the file changed while it was being staged. Run again.');
  }
}

/** Deletes staged files, but none that a living job still reads: equal content of two targets is one file. */
export async function removeStaged(
  requests: Requests,
  { store, bucket }: Staging,
  staged: readonly StagedFile[],
): Promise<void> {
  if (staged.length === 0) return;
  const used = await filesInUse(requests);
  for (const { reference } of staged) {
    const place = parseS3Uri(reference);
    if (place?.bucket === bucket && !used.has(reference)) await store.remove(place.key);
  }
}

async function filesInUse(requests: Requests): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for (const statusEquals of ['InProgress', 'Stopping'] as const) {
    for await (const { jobArn } of readJobs(requests, { statusEquals })) {
      const job = answerOrNull(await requests.getJob(jobArn), `look at the job ${jobArn}`);
      for (const uri of job === null ? [] : filesRead(job)) used.add(uri);
    }
  }
  return used;
}
