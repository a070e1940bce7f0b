import type { Split } from '../../domain/example.ts';
import { TERMINAL_JOB_STATES } from '../../domain/target.ts';
import type { StagedFile, StagingCursor, StagingStretch, TrainingFile } from '../provider.ts';
import { type FileAnswer, stateOf } from './answers.ts';
import { answerOf, answerOrNull, type Requests, readPages, tryAgain } from './requests.ts';
import { PART_BYTES, type Sent, uploadInParts, uploadProgressSchema } from './upload.ts';

/** A file that is about to expire would be gone before a queued job reads it. */
const LIFETIME_LEFT_SECONDS = 86_400;

export interface StagingOptions {
  now: () => Date;
  partBytes?: number;
}

/** Uploads a training or validation file under a name that job key and content give; a file of that name and size is taken as it is. */
export async function stageFile(
  requests: Requests,
  { split, file }: { split: Split; file: TrainingFile },
  options: StagingOptions & { stretch: StagingStretch },
): Promise<StagedFile | { resume: StagingCursor }> {
  const filename = `${beginOf(options.stretch.key)}${file.identity.slice(0, 40)}-${split}.jsonl`;
  const wanted = { filename, bytes: file.bytes };
  const found = await findFile(requests, wanted, options.now());
  const sent = found === null ? await upload(requests, file, { wanted, ...options }) : { file: found };
  return 'file' in sent ? { split, reference: sent.file, bytes: file.bytes } : { resume: { ...sent.progress } };
}

/** The ids of a job key's training files: jobs that read one of them are jobs of this key. */
export async function trainingFilesOf(requests: Requests, key: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { id, filename } of readPages('look for the files of jobs', requests.listFiles)) {
    if (filename?.startsWith(beginOf(key)) && filename.endsWith('-train.jsonl')) found.add(id);
  }
  return found;
}

function beginOf(key: string): string {
  return `finedrop-${key}-`;
}

interface WantedFile {
  filename: string;
  bytes: number;
}

async function findFile(requests: Requests, wanted: WantedFile, now: Date): Promise<string | null> {
  for await (const file of readPages('list the files', requests.listFiles)) {
    if (file.filename === wanted.filename && file.bytes === wanted.bytes && isUsable(file, now)) return file.id;
  }
  return null;
}

function isUsable({ status, expires_at }: FileAnswer, now: Date): boolean {
  if (status === 'error' || status === 'deleted') return false;
  return !expires_at || expires_at > now.getTime() / 1000 + LIFETIME_LEFT_SECONDS;
}

async function upload(
  requests: Requests,
  file: TrainingFile,
  { wanted, now, partBytes = PART_BYTES, stretch }: StagingOptions & { wanted: WantedFile; stretch: StagingStretch },
): Promise<Sent> {
  const doing = `upload ${wanted.filename}`;
  const begin = async () => answerOf(await requests.beginUpload(wanted), doing).id;
  const addPart = async (id: string, bytes: Uint8Array) =>
    answerOf(await tryAgain(() => requests.addPart(id, bytes)), doing).id;
  const complete = async (id: string, parts: string[], md5: string | null) => {
    const body = { part_ids: parts, ...(md5 === null ? {} : { md5 }) };
    const result = await requests.completeUpload(id, body);
    const file = 'answer' in result ? result.answer.file?.id : undefined;
    // The answer may be lost, or belong to a repeated request: then the file stands all the same.
    const found = file ?? (await findFile(requests, wanted, now()));
    if (found !== null) return found;
    answerOf(result, doing);
    throw new Error(
      `[openai] could not ${doing}: the upload was completed, but there is no such file. Try again later.`,
    );
  };
  const cancel = async (id: string) => void (await requests.cancelUpload(id));
  const resume = stretch.resume === null ? null : uploadProgressSchema.parse(stretch.resume);
  const options = { partBytes, now, resume, bytesPerCall: stretch.bytesPerCall };
  return uploadInParts(file, { begin, addPart, complete, cancel }, options);
}

/** Deletes staged files, but none that a living job still reads: two runs of one key have one file. */
export async function removeStaged(requests: Requests, staged: readonly StagedFile[]): Promise<void> {
  const files: FileAnswer[] = [];
  for (const { reference } of staged) {
    const file = answerOrNull(await requests.getFile(reference), `look at the file ${reference}`);
    if (file !== null) files.push(file);
  }
  if (files.length === 0) return;
  const used = await filesInUse(requests, Math.min(...files.map((file) => file.created_at)));
  for (const { id } of files) {
    if (!used.has(id)) answerOrNull(await requests.deleteFile(id), `delete the file ${id}`);
  }
}

/** No job that was made before a file can read it, and jobs are listed newest first. */
async function filesInUse(requests: Requests, since: number): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for await (const job of readPages('list the jobs', requests.listJobs)) {
    if (job.created_at < since) break;
    if (TERMINAL_JOB_STATES.has(stateOf(job))) continue;
    for (const file of [job.training_file, job.validation_file]) if (file) used.add(file);
  }
  return used;
}
