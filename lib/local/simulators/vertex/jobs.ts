import { randomInt } from 'node:crypto';
import type { SimulatedClock } from '../clock.ts';
import { type Answer, type Call, type ObjectsReader, readJson } from '../http.ts';
import type { Collection } from '../state.ts';
import { ODD_STATES, type StoredJob, type TuningRequest } from './documents.ts';
import { parseFilter } from './filter.ts';
import { type Source, sourceOf } from './pre-tuned.ts';
import { refuse, refuseFields, type Violation } from './refusal.ts';
import { checkForModel, readTuningRequest } from './request.ts';
import { MODELS } from './rules.ts';
import { positionAt } from './timeline.ts';
import { type ApiVersion, jobName, jobView } from './view.ts';

export interface VertexState {
  jobs: Collection<StoredJob>;
  objects: ObjectsReader;
  clock: SimulatedClock;
  /** The job with its dataset's outcome, once time has come that far. */
  settle(job: StoredJob, now: number): Promise<StoredJob>;
}

const BODY_LIMIT = 1024 * 1024;
const MOST_LISTED = 100;
const DONE = ['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'EXPIRED', 'CANCELLED', 'CANCELLING'];

/** Where a call belongs. */
function placeOf({ parameters }: Call) {
  return { project: parameters.get('project') ?? '', location: parameters.get('location') ?? '' };
}

/** tuningJobs.create: the service keeps no request id, so twice is two jobs. */
export async function createJob(state: VertexState, call: Call, version: ApiVersion): Promise<Answer> {
  const { project, location } = placeOf(call);
  const body = await readJson(call.request, BODY_LIMIT);
  if (body === null) return refuse(400, 'Invalid JSON payload received: the body cannot be parsed.');
  if (location === 'global') {
    return refuse(400, 'Tuning is not supported in the global location; use a region.', 'FAILED_PRECONDITION');
  }
  const { request, violations } = readTuningRequest(body.value);
  if (violations.length > 0) return refuseFields(violations);
  const source = await sourceFor(state, request, { project, location });
  if ('description' in source) return refuseFields([source]);
  const { model } = source;
  const regions = MODELS.get(model)?.regions ?? null;
  if (regions !== null && !regions.includes(location)) {
    const message = `Tuning ${model} is not supported in ${location}; use ${regions.join(' or ')}.`;
    return refuse(400, message, 'FAILED_PRECONDITION');
  }
  const found = [...checkForModel(request, model), ...(await checkFiles(state, request))];
  if (found.length > 0) return refuseFields(found);
  const preTunedModel =
    request.preTunedModel === undefined ? {} : { preTunedModel: { ...request.preTunedModel, baseModel: model } };
  const job: StoredJob = {
    id: `${randomInt(1, 9_999)}${String(randomInt(0, 2 ** 47)).padStart(15, '0')}`,
    project,
    location,
    createdAt: state.clock.now().getTime(),
    ...source,
    request: { ...request, ...preTunedModel },
    outcome: null,
    cancelledAt: null,
    ...faultsOf(call),
  };
  await state.jobs.put(job.id, job);
  return { status: 200, json: jobView(job, job.createdAt, version) };
}

const LASTING_FAULTS = ['lost-job', 'reject-file', 'fail-job', 'null-fields'] as const;

/** What a fault rule does to the job that is made, rather than to its making. */
function faultsOf({ fault }: Call): Pick<StoredJob, 'fault' | 'oddState'> {
  const word = fault?.action === 'odd-state' ? fault.state?.replace(/^(TUNING_)?JOB_STATE_/, '') : null;
  return {
    fault: LASTING_FAULTS.find((action) => action === fault?.action) ?? null,
    oddState: ODD_STATES.find((state) => state === word) ?? null,
  };
}

async function sourceFor(
  { jobs, clock, settle }: VertexState,
  request: TuningRequest,
  place: { project: string; location: string },
): Promise<Source | Violation> {
  if (request.baseModel !== undefined) return { model: request.baseModel, versionOf: null, version: 1 };
  const now = clock.now().getTime();
  const known = (await jobs.list()).filter((job) => job.fault !== 'lost-job');
  return sourceOf(request, { ...place, now, jobs: await Promise.all(known.map((job) => settle(job, now))) });
}

async function checkFiles({ objects }: VertexState, request: TuningRequest): Promise<Violation[]> {
  const { trainingDatasetUri, validationDatasetUri } = request.supervisedTuningSpec;
  const violations: Violation[] = [];
  for (const [name, uri] of [
    ['training', trainingDatasetUri],
    ['validation', validationDatasetUri],
  ] as const) {
    const match = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri ?? '');
    if (uri === undefined || (match !== null && (await objects.head(match[1] ?? '', match[2] ?? '')) !== null))
      continue;
    const field = `tuning_job.supervised_tuning_spec.${name}_dataset_uri`;
    violations.push({
      field,
      description: `${uri.slice(0, 200)} should be a GCS object of type JSONL; there is no such object.`,
    });
  }
  return violations;
}

async function findJob(state: VertexState, call: Call, id: string): Promise<StoredJob | null> {
  const { project, location } = placeOf(call);
  const job = /^\d+$/.test(id) ? await state.jobs.get(id) : null;
  if (job === null || job.project !== project || job.location !== location || job.fault === 'lost-job') return null;
  return state.settle(job, state.clock.now().getTime());
}

function notFound({ url }: Call): Answer {
  return refuse(404, `The TuningJob does not exist: ${url.pathname.slice(0, 300)}`);
}

/** tuningJobs.get. */
export async function getJob(state: VertexState, call: Call, version: ApiVersion): Promise<Answer> {
  const job = await findJob(state, call, call.parameters.get('job') ?? '');
  return job === null ? notFound(call) : { status: 200, json: jobView(job, state.clock.now().getTime(), version) };
}

/** tuningJobs.cancel, the only custom verb of a job. */
export async function cancelJob(state: VertexState, call: Call): Promise<Answer> {
  const [id = '', verb] = (call.parameters.get('job') ?? '').split(':');
  const job = verb === 'cancel' ? await findJob(state, call, id) : null;
  if (job === null) return notFound(call);
  const now = state.clock.now().getTime();
  const position = positionAt(job, now);
  if (DONE.includes(position.state)) {
    const message = `The job ${jobName(job)} is in state JOB_STATE_${position.state} and cannot be cancelled.`;
    return refuse(400, message, 'FAILED_PRECONDITION');
  }
  await state.jobs.put(job.id, { ...job, cancelledAt: now });
  return { status: 200, json: {} };
}

/** tuningJobs.list, newest first, in pages of at most 100. */
export async function listJobs(state: VertexState, call: Call, version: ApiVersion): Promise<Answer> {
  const { searchParams } = call.url;
  const { project, location } = placeOf(call);
  const matches = parseFilter(searchParams.get('filter') ?? '');
  if (matches === null) return refuse(400, `Invalid filter: ${searchParams.get('filter')?.slice(0, 200)}`);
  const pageSize = searchParams.get('pageSize') || String(MOST_LISTED);
  const start = searchParams.get('pageToken') || '0';
  if (!/^\d{1,9}$/.test(pageSize) || !/^\d{1,9}$/.test(start)) return refuse(400, 'Invalid pageSize or pageToken.');
  const now = state.clock.now().getTime();
  const here = (await state.jobs.list())
    .filter((job) => job.project === project && job.location === location && job.fault !== 'lost-job')
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  const views = [];
  for (const job of here) views.push(jobView(await state.settle(job, now), now, version));
  const found = views.filter(matches);
  const end = Number(start) + (Math.min(MOST_LISTED, Number(pageSize)) || MOST_LISTED);
  const nextPageToken = end < found.length ? String(end) : undefined;
  const tuningJobs = found.slice(Number(start), end);
  // Protobuf's JSON leaves empty lists out: no job is `{}`.
  return { status: 200, json: tuningJobs.length === 0 ? {} : { tuningJobs, nextPageToken } };
}
