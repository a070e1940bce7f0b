import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, checked, type Examination } from '../../domain/check.ts';
import type { ProviderSettings } from '../provider.ts';
import { type JobPage, jobPageAnswer } from './answers.ts';
import { openCredentials, tokenOf } from './credentials.ts';
import { checkBucket } from './doctor-bucket.ts';
import { describe, type Failure } from './failure.ts';
import { asker } from './job.ts';
import type { Result } from './requests.ts';
import { checkSettings, locationOf, STORAGE_URL, storageUrl, vertexUrl } from './settings.ts';
import { regionsOf } from './spec.ts';

/** Looks at the credentials, the location, the jobs and the bucket. It makes and writes nothing. */
export async function* examine(settings: ProviderSettings, { models }: Examination): AsyncGenerator<Check> {
  const { values } = settings;
  const settled = checkPlace(settings, models);
  yield* settled;
  if (settled.some(({ result }) => result === 'failed')) return yield* unasked(['access', 'jobs', 'bucket', 'objects']);
  const access = await checkCredentials(settings);
  yield access;
  if (access.result === 'failed') return yield* unasked(['jobs', 'bucket', 'objects']);
  const ask = asker(vertexUrl(values), await openCredentials(settings, vertexUrl(values)));
  const place = { project: values['project'] ?? '', location: locationOf(values) };
  const path = `/v1/projects/${place.project}/locations/${place.location}/tuningJobs?pageSize=1`;
  const jobs = await ask(jobPageAnswer, { path });
  yield checkJobs(jobs, place);
  const storage = storageUrl(values) ?? STORAGE_URL;
  const askStorage = asker(storage, await openCredentials(settings, storage));
  yield* checkBucket(askStorage, { ...place, bucket: values['bucket'] ?? '', jobsIn: projectOfJobs(jobs) });
  yield checked('vertex quotas', 'skipped', [
    'no request tells them',
    `Look at "Global concurrent tuning jobs" in the console: IAM & Admin, Quotas, project ${place.project}.`,
  ]);
}

function* unasked(what: readonly string[]): Generator<Check> {
  for (const one of what)
    yield checked(`vertex ${one}`, 'skipped', ['not asked before what failed above is put right']);
}

/** Settings that cannot work, and locations in which a model is not tuned. */
function checkPlace(settings: ProviderSettings, models: readonly string[]): Check[] {
  const name = 'vertex location';
  const location = locationOf(settings.values);
  try {
    checkSettings(settings);
  } catch (error) {
    return [
      checked('vertex settings', 'failed', [String(error instanceof Error ? error.message : error), SETTINGS_FIX]),
    ];
  }
  if (location === 'global') {
    const fix = 'Set GOOGLE_CLOUD_LOCATION to a region, such as us-central1.';
    return [checked(name, 'failed', ['nothing is tuned in "global"', fix])];
  }
  const elsewhere = models.flatMap((model) => notTuned(model, location));
  if (elsewhere.length > 0) return elsewhere;
  return [checked(name, 'ok', [`jobs of the project ${settings.values['project']} run in ${location}`])];
}

const SETTINGS_FIX = 'Set GOOGLE_CLOUD_PROJECT to the project’s id, and GOOGLE_CLOUD_LOCATION to a region.';

function notTuned(model: string, location: string): Check[] {
  const regions = regionsOf(model);
  if (regions === null || regions.includes(location)) return [];
  const fix = `Set GOOGLE_CLOUD_LOCATION to ${regions.join(' or ')}.`;
  return [checked('vertex location', 'failed', [`${model} is not tuned in ${location}`, fix])];
}

const TOKEN_MS = 30_000;

/** Whether the credentials load and give a token; what Google said of them may quote them, and is not repeated. */
async function checkCredentials(settings: ProviderSettings): Promise<Check> {
  const name = 'vertex access';
  try {
    const client = await openCredentials(settings, vertexUrl(settings.values));
    await inTime(tokenOf(client));
    return checked(name, 'ok', ['the credentials give a token']);
  } catch (error) {
    const isOurs = error instanceof Error && error.message.startsWith('[vertex]');
    const told = isOurs ? error.message.replace(/^\[vertex\] /, '') : 'the credentials give no token';
    const fix =
      'Set GOOGLE_APPLICATION_CREDENTIALS to a key’s path or a workload identity federation configuration; for yourself: gcloud auth application-default login';
    return checked(name, 'failed', [told, fix]);
  }
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(TOKEN_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error('there was no token in time');
  });
  late.catch(() => undefined);
  return Promise.race([promise, late]).finally(() => timer.abort());
}

interface Place {
  project: string;
  location: string;
}

const API_OFF = /has not been used in project|it is disabled|SERVICE_DISABLED/i;

function checkJobs(answer: Result<JobPage>, { project, location }: Place): Check {
  const name = 'vertex jobs';
  if ('failure' in answer) return checked(name, 'failed', jobsProblem(answer.failure, { project, location }));
  return checked(name, 'ok', ['the caller may look at tuning jobs; whether it may make them shows with the first']);
}

function jobsProblem(failure: Failure, { project, location }: Place): [string, string] {
  const told = describe(failure);
  const { status, message, isFromApi } = failure;
  if (status === null)
    return [`Vertex AI gives no answer: ${told}`, 'Check the network, its proxy, and FINEDROP_VERTEX_URL.'];
  if (API_OFF.test(message)) {
    return [
      `the Vertex AI API is off in the project ${project}`,
      `Run: gcloud services enable aiplatform.googleapis.com --project=${project}`,
    ];
  }
  if (status === 401) return [`Google does not take the token: ${told}`, 'Make the credentials anew.'];
  if (status === 403) {
    const member = '--member=MEMBER --role=roles/aiplatform.user';
    return [
      `the caller may not look at tuning jobs: ${told}`,
      `Run: gcloud projects add-iam-policy-binding ${project} ${member} (MEMBER is user:… or serviceAccount:…)`,
    ];
  }
  if (status === 404 && !isFromApi) return [`that server is not Vertex AI: ${told}`, 'Check FINEDROP_VERTEX_URL.'];
  if (status === 400 || status === 404)
    return [
      `Vertex AI has no jobs of ${project} in ${location}: ${told}`,
      'Check GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION.',
    ];
  return [`Vertex AI cannot answer now: ${told}`, 'Try again later.'];
}

/** The number of the project, as its jobs' names tell it; null before its first job. */
function projectOfJobs(answer: Result<JobPage>): string | null {
  const [job] = 'answer' in answer ? answer.answer.tuningJobs : [];
  return /^projects\/(\d+)\//.exec(job?.name ?? '')?.[1] ?? null;
}
