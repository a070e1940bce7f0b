import type { StoredFile, StoredJob, Verdict } from './documents.ts';
import { findFile } from './files.ts';
import { baseModelOf, derivedId, planTraining, resultsCsv, tunedModelName } from './progress.ts';
import { SERVICES } from './rules.ts';
import { type OpenaiSimulator, seconds } from './simulator.ts';
import { type JobPosition, positionAt, validatedAt } from './timeline.ts';
import { validateFile } from './validate-file.ts';

/** A job as it stands now. */
export interface JobState {
  job: StoredJob;
  verdict: Verdict | null;
  position: JobPosition;
}

/** One validation at a time for each job of this process, however many requests wait for it. */
export type PendingVerdicts = Map<string, Promise<Verdict>>;

/** Works out a job's state, reading its files when the simulated validation has just ended. */
export async function stateOf(simulator: OpenaiSimulator, pending: PendingVerdicts, job: StoredJob): Promise<JobState> {
  const now = simulator.clock.now().getTime();
  const cancelledAt = job.controls.find((control) => control.action === 'cancel')?.at ?? now;
  const isDue = Math.min(now, cancelledAt) >= validatedAt(job);
  const verdict = isDue ? await verdictOf(simulator, pending, job) : null;
  const position = positionAt(job, verdict, now);
  if (position.status === 'succeeded' && verdict?.valid === true) await keepResults(simulator, job, verdict);
  return { job, verdict, position };
}

async function verdictOf(simulator: OpenaiSimulator, pending: PendingVerdicts, job: StoredJob): Promise<Verdict> {
  const known = await simulator.documents.verdicts.get(job.id);
  if (known !== null) return known;
  const running = pending.get(job.id) ?? judge(simulator, job);
  pending.set(job.id, running);
  try {
    return await running;
  } finally {
    pending.delete(job.id);
  }
}

async function judge(simulator: OpenaiSimulator, job: StoredJob): Promise<Verdict> {
  const verdict = await judgeFiles(simulator, job);
  await simulator.documents.verdicts.put(job.id, verdict);
  return verdict;
}

async function judgeFiles(simulator: OpenaiSimulator, job: StoredJob): Promise<Verdict> {
  if (job.fault === 'reject-file') {
    const message =
      'The job failed due to an unsafe training file. This training file was blocked because too many examples were flagged by the moderation.';
    return { valid: false, code: 'unsafe_file', message, param: 'training_file' };
  }
  const training = await judgeFile(simulator, job, 'training_file');
  if (!training.valid || job.settings.validationFile === null) return training;
  const validation = await judgeFile(simulator, job, 'validation_file');
  return validation.valid ? training : validation;
}

async function judgeFile(
  simulator: OpenaiSimulator,
  job: StoredJob,
  param: 'training_file' | 'validation_file',
): Promise<Verdict> {
  const id = param === 'training_file' ? job.settings.trainingFile : (job.settings.validationFile ?? '');
  const file = await findFile(simulator, id);
  if (file === null) return { valid: false, code: 'file_not_found', message: `File ${id} was deleted.`, param };
  const base = baseModelOf(job.settings.model);
  const { vision, imagesPerExample } = SERVICES[job.service];
  const isSeeing = vision === null || vision.includes(base);
  return validateFile(simulator.blobs.read(file.id), { param, vision: isSeeing, imagesPerExample });
}

/** The results file appears with success; its id comes from the job, so that two processes make the same one. */
async function keepResults(
  simulator: OpenaiSimulator,
  job: StoredJob,
  verdict: Extract<Verdict, { valid: true }>,
): Promise<void> {
  const id = resultsFileId(job);
  if ((await simulator.documents.files.get(id)) !== null) return;
  const csv = Buffer.from(resultsCsv(job, planTraining(job, verdict)));
  // The real service has been seen to serve this file in base64.
  const content = job.fault === 'encode-results' ? Buffer.from(csv.toString('base64')) : csv;
  const received = await simulator.blobs.receive(once(content), content.length);
  if (received === null) return;
  await simulator.blobs.keep(received.token, id);
  const file: StoredFile = {
    id,
    filename: 'step_metrics.csv',
    purpose: 'fine-tune-results',
    bytes: content.length,
    createdAt: simulator.clock.now().getTime(),
    expiresAt: null,
  };
  await simulator.documents.files.put(id, file);
}

function resultsFileId(job: StoredJob): string {
  return derivedId('file-', job, 'results');
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

/** A job as the API shows it. */
export function jobView({ job, verdict, position }: JobState) {
  const { settings } = job;
  const plan = verdict?.valid === true ? planTraining(job, verdict) : null;
  const succeeded = position.status === 'succeeded';
  const hyperparameters =
    plan === null
      ? settings.hyperparameters
      : { n_epochs: plan.epochs, batch_size: plan.batchSize, learning_rate_multiplier: plan.learningRate };
  return {
    object: 'fine_tuning.job',
    id: job.id,
    created_at: seconds(job.createdAt),
    finished_at: position.finishedAt === null ? null : seconds(position.finishedAt),
    estimated_finish: position.estimatedFinish === null ? null : seconds(position.estimatedFinish),
    model: settings.model,
    fine_tuned_model: succeeded ? tunedModelName(job) : null,
    organization_id: 'org-simulated',
    status: position.status,
    error: errorView(job, position),
    training_file: settings.trainingFile,
    validation_file: settings.validationFile,
    result_files: succeeded ? [resultsFileId(job)] : job.fault === 'null-fields' ? null : [],
    trained_tokens: succeeded && plan !== null ? plan.tokens : null,
    hyperparameters,
    method: { type: 'supervised', supervised: { hyperparameters } },
    seed: settings.seed,
    user_provided_suffix: settings.suffix,
    metadata: settings.metadata,
    integrations: settings.integrations ?? [],
  };
}

/** Where there is no error the real service writes null, and has been seen to write an empty object, also for a failure. */
function errorView(job: StoredJob, { status, error }: JobPosition): JobPosition['error'] | Record<string, never> {
  return error ?? (job.fault === 'null-fields' || status === 'failed' ? {} : null);
}
