import { createHash } from 'node:crypto';
import type { Split } from '../../domain/example.ts';
import {
  ConditionalConflictError,
  type ObjectStore,
  PreconditionFailedError,
  readBytes,
} from '../../storage/object-store.ts';
import type { ReadableFile, StagedFile } from '../provider.ts';
import { filesRead } from './answers.ts';
import { parseS3Uri } from './names.ts';
import { answerOrNull, type Requests, readJobs } from './requests.ts';

/** Where a dataset's files lie: the bucket as a store, and the folder in it, ending in a slash. */
export interface Staging {
  store: ObjectStore;
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
  await writeOnce(() =>
    store.write(`${folder}media/${fileName}`, Buffer.concat(bytes), { ifNoneMatch: '*', contentType: mime }),
  );
}

/** Puts a training or validation file under a name that its content gives; a file of that name and size is taken as it is. */
export async function stageFile(
  { store, bucket, folder }: Staging,
  split: Split,
  file: ReadableFile,
): Promise<StagedFile> {
  const key = `${folder}${file.sha256.slice(0, 40)}-${split}.jsonl`;
  const standing = await store.head(key);
  if (standing?.size !== file.bytes) {
    const condition = standing === null ? { ifNoneMatch: '*' as const } : { ifMatch: standing.etag };
    await writeOnce(() => store.write(key, checked(file), { ...condition, contentType: 'application/jsonl' }));
  }
  return { split, reference: `s3://${bucket}/${key}`, bytes: file.bytes };
}

const MAX_TRIES = 4;

/** Names come from content: whoever wrote first wrote the same. Two writers who meet are told to try again. */
async function writeOnce(write: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await write();
      return;
    } catch (error) {
      if (error instanceof PreconditionFailedError) return;
      if (!(error instanceof ConditionalConflictError) || tries === MAX_TRIES) throw error;
    }
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

const METRICS = 'training_artifacts/step_wise_training_metrics.csv';

/** The steps' metrics as CSV (step_number, epoch_number, training_loss, perplexity), or null while there are none. */
export async function readMetrics(
  requests: Requests,
  id: string,
  openBucket: (bucket: string) => ObjectStore,
): Promise<string | null> {
  const job = answerOrNull(await requests.getJob(id), `read the metrics of the job ${id}`);
  const output = parseS3Uri(job?.outputDataConfig?.s3Uri ?? '');
  const jobId = job?.jobArn.split('/').at(-1);
  if (output === null || jobId === undefined) return null;
  const folder = output.key === '' ? '' : `${output.key.replace(/\/$/, '')}/`;
  const key = `${folder}model-customization-job-${jobId}/${METRICS}`;
  const bytes = await readBytes(openBucket(output.bucket), key);
  return bytes === null ? null : bytes.toString('utf8');
}
