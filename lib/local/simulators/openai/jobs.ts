import type { FaultRule } from '../faults.ts';
import { type Answer, type Call, type Route, readJson } from '../http.ts';
import { ok, paginate, refusal } from './answers.ts';
import { JOB_FAULTS, type JobSettings, type StoredJob } from './documents.ts';
import { findFile } from './files.ts';
import { listCheckpoints, listEvents } from './job-lists.ts';
import { readJobRequest } from './job-request.ts';
import { type JobState, jobView, type PendingVerdicts, stateOf } from './job-state.ts';
import { baseModelOf, tunedModelName } from './progress.ts';
import { SERVICES } from './rules.ts';
import { freshId, type OpenaiSimulator } from './simulator.ts';
import { pauseOf } from './timeline.ts';

const BODY_LIMIT = 1024 * 1024;
const PATH = '/v1/fine_tuning/jobs';

/** The fine-tuning API: create, list, retrieve, cancel, pause, resume, events, checkpoints. */
export function jobRoutes(simulator: OpenaiSimulator): Route[] {
  const pending: PendingVerdicts = new Map();
  const one = (operation: string, method: string, path: string, answer: JobAnswer): Route => ({
    operation: `jobs.${operation}`,
    method,
    path: PATH + path,
    answer: (call: Call) => withJob(simulator, pending, call, answer),
  });
  const controls = (['cancel', 'pause', 'resume'] as const).map((action) =>
    one(action, 'POST', `/{id}/${action}`, (state) => controlJob(simulator, pending, { state, action })),
  );
  return [
    { operation: 'jobs.create', method: 'POST', path: PATH, answer: (call) => createJob(simulator, pending, call) },
    { operation: 'jobs.list', method: 'GET', path: PATH, answer: (call) => listJobs(simulator, pending, call) },
    one('retrieve', 'GET', '/{id}', (state) => ok(jobView(state))),
    one('events', 'GET', '/{id}/events', listEvents),
    one('checkpoints', 'GET', '/{id}/checkpoints', listCheckpoints),
    ...controls,
  ];
}

type JobAnswer = (state: JobState, call: Call) => Answer | Promise<Answer>;

async function createJob(simulator: OpenaiSimulator, pending: PendingVerdicts, call: Call): Promise<Answer> {
  const body = await readJson(call.request, BODY_LIMIT);
  if (body === null) return refusal(400, 'We could not parse the JSON body of your request.');
  const request = readJobRequest(body.value);
  if ('status' in request) return request;
  const { settings } = request;
  const refused =
    (await refuseModel(simulator, pending, settings.model)) ??
    (await refuseFileId(simulator, 'training_file', settings.trainingFile)) ??
    (await refuseFileId(simulator, 'validation_file', settings.validationFile));
  if (refused !== null) return refused;
  const { clock, service } = simulator;
  const job = newJob(settings, { createdAt: clock.now().getTime(), service, rule: call.fault });
  await simulator.documents.jobs.put(job.id, job);
  return ok(jobView(await stateOf(simulator, pending, job)));
}

function newJob(
  settings: JobSettings,
  { rule, ...made }: Pick<StoredJob, 'createdAt' | 'service'> & { rule: FaultRule | null },
): StoredJob {
  const fault = JOB_FAULTS.find((action) => action === rule?.action) ?? null;
  const oddState = fault === 'odd-state' ? (rule?.state ?? 'paused') : null;
  const kept = rule?.forgets === 'metadata' ? { ...settings, metadata: null } : settings;
  const job: StoredJob = { id: freshId('ftjob-'), ...made, settings: kept, controls: [], fault, oddState };
  return oddState === 'pausing' || oddState === 'paused' ? { ...job, controls: pauseOf(job) } : job;
}

async function refuseModel(
  simulator: OpenaiSimulator,
  pending: PendingVerdicts,
  model: string,
): Promise<Answer | null> {
  const { tunable } = SERVICES[simulator.service];
  if (tunable === null || tunable.includes(model)) return null;
  for (const job of baseModelOf(model) === model ? [] : await visibleJobs(simulator)) {
    if (job.service !== simulator.service || tunedModelName(job) !== model) continue;
    const { position } = await stateOf(simulator, pending, job);
    if (position.status === 'succeeded') return null;
  }
  const message = `Model ${model} is not available for fine-tuning or does not exist.`;
  return refusal(400, message, { param: 'model', code: 'model_not_available' });
}

async function refuseFileId(simulator: OpenaiSimulator, param: string, id: string | null): Promise<Answer | null> {
  if (id === null) return null;
  const file = await findFile(simulator, id);
  if (file === null) return refusal(400, `invalid ${param}: ${id}`, { param });
  if (file.purpose === 'fine-tune') return null;
  return refusal(400, `File '${id}' has purpose '${file.purpose}', expected 'fine-tune'.`, { param });
}

/** All jobs but lost ones, newest first. */
async function visibleJobs(simulator: OpenaiSimulator): Promise<StoredJob[]> {
  const jobs = (await simulator.documents.jobs.list()).filter((job) => job.fault !== 'lost-job');
  return jobs.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

async function listJobs(simulator: OpenaiSimulator, pending: PendingVerdicts, call: Call): Promise<Answer> {
  const { searchParams } = call.url;
  const wanted = [...searchParams].flatMap(([name, value]) => {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, value] as const];
  });
  const jobs = (await visibleJobs(simulator)).filter(({ settings }) =>
    wanted.every(([key, value]) => Object.hasOwn(settings.metadata ?? {}, key) && settings.metadata?.[key] === value),
  );
  const page = paginate(jobs, searchParams, { standard: 20, most: 100 });
  if ('status' in page) return page;
  const data = await Promise.all(page.data.map(async (job) => jobView(await stateOf(simulator, pending, job))));
  return ok({ object: 'list', data, has_more: page.hasMore });
}

async function withJob(
  simulator: OpenaiSimulator,
  pending: PendingVerdicts,
  call: Call,
  answer: JobAnswer,
): Promise<Answer> {
  const id = call.parameters.get('id') ?? '';
  const job = await simulator.documents.jobs.get(id);
  if (job === null || job.fault === 'lost-job') {
    return refusal(404, `Could not find fine tune: ${id}`, {
      param: 'fine_tuning_job_id',
      code: 'fine_tune_not_found',
    });
  }
  return answer(await stateOf(simulator, pending, job), call);
}

/** The states from which each action is taken. */
const CONTROLLABLE = {
  cancel: ['validating_files', 'queued', 'running', 'pausing', 'paused'],
  pause: ['running'],
  resume: ['pausing', 'paused'],
} as const;

async function controlJob(
  simulator: OpenaiSimulator,
  pending: PendingVerdicts,
  { state, action }: { state: JobState; action: keyof typeof CONTROLLABLE },
): Promise<Answer> {
  const { job, position } = state;
  if (!CONTROLLABLE[action].some((status) => status === position.status)) {
    const message = `Job ${job.id} cannot be ${{ cancel: 'cancelled', pause: 'paused', resume: 'resumed' }[action]}: its status is "${position.status}".`;
    return refusal(400, message, { code: `invalid_status_for_${action}` });
  }
  const controls = [...job.controls, { action, at: simulator.clock.now().getTime() }];
  const controlled = { ...job, controls };
  await simulator.documents.jobs.put(job.id, controlled);
  return ok(jobView(await stateOf(simulator, pending, controlled)));
}
