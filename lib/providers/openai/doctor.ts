import { type Check, checkEnd, checked, type Examination } from '../../domain/check.ts';
import type { ProviderSettings } from '../provider.ts';
import type { ModelAnswer } from './answers.ts';
import { adviceOf, describe, type Failure } from './failure.ts';
import { openRequests } from './job.ts';
import type { Profile } from './profiles.ts';
import type { Result } from './requests.ts';
import { baseURL, isDatedAzure } from './settings.ts';

type Asked = Examination & { profile: Profile };

/** Asks for the models, a job and a file: whether the server is there, knows the key, and lets it look. It makes nothing. */
export async function* examine(settings: ProviderSettings, asked: Asked): AsyncGenerator<Check> {
  const { values } = settings;
  if (isDatedAzure(values) && values['apiVersion'] === undefined) {
    yield checked('openai access', 'failed', UNDATED);
    return yield* unasked([...asked.models, 'jobs', 'files']);
  }
  const requests = openRequests(settings);
  const [first = asked.profile.defaultModel, ...others] = asked.models;
  const answer = await requests.getModel(first);
  const access = checkAccess(settings, asked.profile, answer);
  yield access;
  if (access.result === 'failed') return yield* unasked([...asked.models, 'jobs', 'files']);
  yield* checkModel(first, answer, asked);
  for (const model of others) yield* checkModel(model, await requests.getModel(model), asked);
  yield checkJobs(await requests.listJobs({ limit: 1 }));
  yield checkFiles(await requests.listFiles({ limit: 1 }));
  yield checked('openai quotas', 'skipped', QUOTAS);
}

const UNDATED = [
  'OPENAI_BASE_URL is Azure’s API before /openai/v1, which answers no request without a version',
  'Set OPENAI_API_VERSION, such as 2024-10-21, or let OPENAI_BASE_URL end in /openai/v1.',
] as const;

const QUOTAS = [
  'no request tells them to a project’s key',
  'The limits page of the account’s settings shows the fine-tuning jobs of a day, and what may be spent.',
] as const;

/** Scopes are told of in words, by 401 as well as by 403. */
const MISSING_SCOPE = /missing scopes?|insufficient permissions/i;
const NO_COUNTRY = 'unsupported_country_region_territory';

/** Whether the server answers as OpenAI's API does, and knows the key. A refusal of the model alone is no matter of access. */
function checkAccess(settings: ProviderSettings, { title }: Profile, answer: Result<ModelAnswer>): Check {
  const server = hostOf(settings);
  const problem = 'failure' in answer ? accessProblem(answer.failure, server) : null;
  if (problem !== null) return checked('openai access', 'failed', problem);
  return checked('openai access', 'ok', [`${server} (${title}) answers and knows the key`]);
}

function accessProblem(failure: Failure, server: string): [string, string] | null {
  const { status, code, message, isFromApi } = failure;
  const told = describe(failure);
  if (status === null) {
    return [`${server} gives no answer: ${told}`, 'Check the network, its proxy, and OPENAI_BASE_URL.'];
  }
  if (MISSING_SCOPE.test(message)) return null;
  if (status === 401) {
    return [
      `${server} does not know the key: ${told}`,
      'Make a key at platform.openai.com/api-keys (Azure: the resource’s own), and set OPENAI_API_KEY to it.',
    ];
  }
  if (code === NO_COUNTRY)
    return [`${server} refuses this country: ${told}`, 'Run finedrop in a Region that it serves.'];
  if (status === 404 && !isFromApi) {
    return [`${server} has no such API: ${told}`, 'Set OPENAI_BASE_URL to the API’s base, which ends in /v1.'];
  }
  return status >= 500 || status === 429 ? [`${server} cannot answer now: ${told}`, waitAdvice(failure)] : null;
}

function waitAdvice(failure: Failure): string {
  return `${adviceOf(failure) ?? 'Try again later'}.`;
}

function hostOf({ values }: ProviderSettings): string {
  const base = baseURL(values);
  return URL.canParse(base) ? new URL(base).host : 'OPENAI_BASE_URL';
}

function* checkModel(
  model: string,
  answer: Result<ModelAnswer>,
  { profile, now }: Pick<Asked, 'profile' | 'now'>,
): Generator<Check> {
  const name = `openai model ${model}`;
  if ('failure' in answer) return yield checkModelFailure(name, answer.failure, profile);
  const { shutdown_date: end } = answer.answer;
  const ending = end ? checkEnd(name, end, { what: `${model} is shut down`, now }) : null;
  yield ending ?? checked(name, 'ok', [`the project may use it${end ? `; it is shut down on ${end}` : ''}`]);
}

function checkModelFailure(name: string, failure: Failure, { name: profile }: Profile): Check {
  const told = describe(failure);
  if (MISSING_SCOPE.test(failure.message)) return checked(name, 'warning', [told, scopeAdvice('Models: Read')]);
  const isMissing = failure.status === 404 || failure.code === 'model_not_found';
  // Only OpenAI itself is known to list every model that can be tuned.
  if (isMissing && profile !== 'openai') {
    return checked(name, 'warning', [
      `the server lists no such model: ${told}`,
      'Check the model’s name with whoever runs it.',
    ]);
  }
  if (isMissing) {
    const fix = 'Choose another model (finedrop targets), or let the project use it: Settings, Project, Limits.';
    return checked(name, 'failed', [`the project has no such model: ${told}`, fix]);
  }
  return checked(name, 'failed', [told, adviceOf403(failure, 'Models: Read')]);
}

function checkJobs(answer: Result<unknown>): Check {
  const name = 'openai fine-tuning';
  if ('failure' in answer) return checkFailure(name, answer.failure, 'Fine-tuning: Write');
  return checked(name, 'ok', ['the key may look at fine-tuning jobs; whether it may make them shows with the first']);
}

function checkFiles(answer: Result<unknown>): Check {
  const name = 'openai files';
  if ('failure' in answer) return checkFailure(name, answer.failure, 'Files: Write');
  return checked(name, 'ok', ['the key may look at files']);
}

function checkFailure(name: string, failure: Failure, permission: string): Check {
  return checked(name, 'failed', [describe(failure), adviceOf403(failure, permission)]);
}

function adviceOf403(failure: Failure, permission: string): string {
  const { status, code, message } = failure;
  const isForbidden = (status === 403 && code !== 'training_not_available') || MISSING_SCOPE.test(message);
  if (isForbidden) return scopeAdvice(permission);
  return waitAdvice(failure);
}

function scopeAdvice(permission: string): string {
  return `Give the key "${permission}" (platform.openai.com/api-keys), and its owner the role Member in the project.`;
}

function* unasked(what: readonly string[]): Generator<Check> {
  for (const one of what) {
    const name = one === 'jobs' ? 'fine-tuning' : one === 'files' ? one : `model ${one}`;
    yield checked(`openai ${name}`, 'skipped', ['not asked, since the server did not let it']);
  }
}
