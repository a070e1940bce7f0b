import type { Split } from '../../lib/domain/example.ts';
import type {
  ProviderClient,
  ReadableFile,
  StagedFile,
  StagingCursor,
  TrainingFile,
} from '../../lib/providers/provider.ts';
import type { S3Location } from '../../lib/storage/object-store.ts';

interface Stretches {
  key?: string;
  bytesPerCall?: number;
  s3?: S3Location | null;
  /** Called with what each unfinished call answered, as the state machine carries it. */
  between?: (resume: StagingCursor, calls: number) => StagingCursor | Promise<StagingCursor>;
}

/** A training file of these bytes, named by their hash. */
export function trainingFileOf({ bytes, sha256, read }: ReadableFile, s3: S3Location | null = null): TrainingFile {
  return { bytes, identity: sha256, read, s3 };
}

/** Stages a file in as many calls as it takes; what is handed from one to the next crosses as JSON. */
export async function stageWhole(
  client: Pick<ProviderClient, 'stageFile'>,
  split: Split,
  file: ReadableFile,
  { key = 'key-1', bytesPerCall = Number.MAX_SAFE_INTEGER, s3 = null, between = (resume) => resume }: Stretches = {},
): Promise<StagedFile> {
  let resume: StagingCursor | null = null;
  for (let calls = 1; ; calls += 1) {
    const answer = await client.stageFile(split, trainingFileOf(file, s3), { key, resume, bytesPerCall });
    if (!('resume' in answer)) return answer;
    resume = await between(JSON.parse(JSON.stringify(answer.resume)) as StagingCursor, calls);
  }
}
