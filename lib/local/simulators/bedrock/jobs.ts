import { z } from 'zod';
import type { Answer, Call, Route } from '../http.ts';
import { exception, ok } from './answers.ts';
import { createJob } from './create-job.ts';
import type { StoredJob } from './documents.ts';
import { refuseIssue } from './job-request.ts';
import { type JobState, jobSummary, jobView, modelView, stateOf } from './job-state.ts';
import type { BedrockSimulator } from './simulator.ts';

const PATH = '/model-customization-jobs';

/** CreateModelCustomizationJob, Get, List, Stop, and GetCustomModel. */
export function jobRoutes(simulator: BedrockSimulator): Route[] {
  return [
    {
      operation: 'CreateModelCustomizationJob',
      method: 'POST',
      path: PATH,
      answer: (call) => createJob(simulator, call),
    },
    { operation: 'ListModelCustomizationJobs', method: 'GET', path: PATH, answer: (call) => listJobs(simulator, call) },
    {
      operation: 'GetModelCustomizationJob',
      method: 'GET',
      path: `${PATH}/{id}`,
      answer: (call) => withJob(simulator, call, async (state) => ok(jobView(state))),
    },
    {
      operation: 'StopModelCustomizationJob',
      method: 'POST',
      path: `${PATH}/{id}/stop`,
      answer: (call) => withJob(simulator, call, (state) => stopJob(simulator, state)),
    },
    {
      operation: 'GetCustomModel',
      method: 'GET',
      path: '/custom-models/{id}',
      answer: (call) => getModel(simulator, call),
    },
  ];
}

async function withJob(
  simulator: BedrockSimulator,
  call: Call,
  answer: (state: JobState) => Promise<Answer>,
): Promise<Answer> {
  const wanted = call.parameters.get('id') ?? '';
  const jobs = await simulator.documents.jobs.list();
  const job = jobs.find(({ arn, jobName }) => arn === wanted || jobName === wanted);
  if (job !== undefined) return answer(await stateOf(simulator, job));
  return exception('ResourceNotFoundException', `The model customization job ${wanted} could not be found.`);
}

async function stopJob(simulator: BedrockSimulator, { job, position }: JobState): Promise<Answer> {
  if (position.status !== 'InProgress') {
    return exception(
      'ConflictException',
      `The job ${job.jobName} cannot be stopped: its status is ${position.status}.`,
    );
  }
  await simulator.documents.jobs.put(job.id, { ...job, stopRequestedAt: simulator.clock.now().getTime() });
  return ok({});
}

async function getModel(simulator: BedrockSimulator, call: Call): Promise<Answer> {
  const wanted = call.parameters.get('id') ?? '';
  for (const job of await simulator.documents.jobs.list()) {
    if (job.modelArn !== wanted && job.customModelName !== wanted) continue;
    const state = await stateOf(simulator, job);
    if (state.position.status === 'Completed') return ok(modelView(state));
  }
  return exception('ResourceNotFoundException', `The custom model ${wanted} could not be found.`);
}

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const listQuery = z.strictObject({
  creationTimeAfter: instant.optional(),
  creationTimeBefore: instant.optional(),
  statusEquals: z.enum(['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped']).optional(),
  nameContains: z.string().min(1).max(63).optional(),
  maxResults: z.coerce.number().int().min(1).max(1000).default(100),
  nextToken: z.string().min(1).max(2048).optional(),
  sortBy: z.literal('CreationTime').optional(),
  sortOrder: z.enum(['Ascending', 'Descending']).default('Descending'),
});
type ListQuery = z.infer<typeof listQuery>;

async function listJobs(simulator: BedrockSimulator, call: Call): Promise<Answer> {
  const parsed = listQuery.safeParse(Object.fromEntries(call.url.searchParams));
  if (!parsed.success) return refuseIssue(parsed.error.issues[0]);
  const query = parsed.data;
  const matching = sortJobs(await simulator.documents.jobs.list(), query.sortOrder).filter((job) =>
    matches(job, query),
  );
  const states = await Promise.all(matching.map((job) => stateOf(simulator, job)));
  const found = states.filter(({ position }) => [undefined, position.status].includes(query.statusEquals));
  const start = startOf(found, query.nextToken);
  if (start === null) return exception('ValidationException', 'The provided nextToken is invalid.');
  const page = found.slice(start, start + query.maxResults);
  const last = page.at(-1);
  const hasMore = last !== undefined && start + page.length < found.length;
  return ok({
    modelCustomizationJobSummaries: page.map(jobSummary),
    ...(hasMore ? { nextToken: Buffer.from(last.job.id).toString('base64url') } : {}),
  });
}

function sortJobs(jobs: StoredJob[], order: ListQuery['sortOrder']): StoredJob[] {
  const direction = order === 'Ascending' ? 1 : -1;
  return jobs.sort((a, b) => direction * (a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)));
}

function matches(job: StoredJob, query: ListQuery): boolean {
  const { creationTimeAfter = Number.NEGATIVE_INFINITY, creationTimeBefore = Number.POSITIVE_INFINITY } = query;
  if (job.createdAt < creationTimeAfter || job.createdAt > creationTimeBefore) return false;
  return query.nameContains === undefined || job.jobName.includes(query.nameContains);
}

/** A token names the last job of the page before. */
function startOf(found: JobState[], token: string | undefined): number | null {
  if (token === undefined) return 0;
  const id = Buffer.from(token, 'base64url').toString('utf8');
  const index = found.findIndex(({ job }) => job.id === id);
  return index === -1 ? null : index + 1;
}
