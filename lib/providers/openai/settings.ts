import type { ProviderSettings } from '../provider.ts';
import { profileOf } from './profiles.ts';

const DEFAULT_BASE_URL = 'https://api.openai.com/v1';

/** Environment name -> name among the settings' values. `apiKey` is the only secret; `profileOf` reads the profile and its models. */
const ENVIRONMENT = {
  OPENAI_API_KEY: 'apiKey',
  OPENAI_BASE_URL: 'baseURL',
  OPENAI_ORG_ID: 'organization',
  OPENAI_PROJECT_ID: 'project',
  OPENAI_PROFILE: 'profile',
  OPENAI_MODELS: 'models',
  OPENAI_API_VERSION: 'apiVersion',
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that an environment gives; blank ones count as absent. */
export function readSettings(environment: Environment): Readonly<Record<string, string>> {
  const given = Object.entries(ENVIRONMENT).map(([name, value]) => [value, environment[name]?.trim() ?? '']);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** Environment names without which nothing can be paid for. */
export function missingSettings(environment: Environment): string[] {
  const values = readSettings(environment);
  return [
    ...(values['apiKey'] === undefined ? ['OPENAI_API_KEY'] : []),
    ...(isDatedAzure(values) && values['apiVersion'] === undefined ? ['OPENAI_API_VERSION'] : []),
  ];
}

/**
 * Whether requests go to Azure's API before `/openai/v1`: each names the version that it is written for, and the key goes in a header of its
 * own (learn.microsoft.com, Azure OpenAI authoring REST API reference, 2026-11).
 */
export function isDatedAzure(values: ProviderSettings['values']): boolean {
  return isAzure(values) && !new URL(publicBaseURL(values)).pathname.endsWith('/v1');
}

/** Whether Azure OpenAI is behind the settings; false where the base is no URL. */
export function isAzure(values: ProviderSettings['values']): boolean {
  return URL.canParse(baseURL(values)) && profileOf(values).name === 'azure';
}

/** Who would be charged, as part of the job key: never the key itself, which may be rotated. */
export function account({ simulated, values }: ProviderSettings): Record<string, string> {
  if (simulated) return { account: 'simulated' };
  const { organization, project } = values;
  return {
    baseURL: publicBaseURL(values),
    ...(organization === undefined ? {} : { organization }),
    ...(project === undefined ? {} : { project }),
  };
}

/** The API's base as the SDK takes it, ending in `/v1` at OpenAI itself, without a slash at its end. */
export function baseURL(values: ProviderSettings['values']): string {
  return (values['baseURL'] ?? DEFAULT_BASE_URL).replace(/\/+$/, '');
}

function publicBaseURL(values: ProviderSettings['values']): string {
  const given = baseURL(values);
  if (!URL.canParse(given)) return given;
  const { origin, pathname } = new URL(given);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}
