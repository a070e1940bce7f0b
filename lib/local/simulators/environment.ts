import type { SimulatorUrls } from './start.ts';

/** Where the OpenAI simulator keeps the rules of each service that speaks the API, beside `/v1`. */
const OPENAI_PATHS: Readonly<Record<string, string>> = { azure: '/openai/v1', generic: '/compatible/v1' };

/**
 * The settings under which providers find the simulators: the same names that `--live` reads, with values of their own. Of the operator's
 * it takes the service that speaks OpenAI's API, so that a rehearsal has its limits.
 */
export function simulatorEnvironment(
  urls: SimulatorUrls,
  { OPENAI_PROFILE, OPENAI_MODELS }: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
  const profile = OPENAI_PROFILE?.trim().toLowerCase() || 'openai';
  return {
    OPENAI_API_KEY: 'simulated',
    OPENAI_BASE_URL: urls.openai.replace(/\/v1$/, OPENAI_PATHS[profile] ?? '/v1'),
    OPENAI_PROFILE: profile,
    OPENAI_MODELS: OPENAI_MODELS ?? '',
    GOOGLE_CLOUD_PROJECT: 'simulated',
    GOOGLE_CLOUD_LOCATION: 'us-central1',
    STORAGE_EMULATOR_HOST: urls.gcs,
    FINEDROP_VERTEX_URL: urls.vertex,
    FINEDROP_GCS_BUCKET: 'finedrop-simulated',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'SIMULATED',
    AWS_SECRET_ACCESS_KEY: 'simulated',
    AWS_ENDPOINT_URL_BEDROCK: urls.bedrock,
    AWS_ENDPOINT_URL_S3: urls.s3,
    FINEDROP_BEDROCK_ROLE_ARN: 'arn:aws:iam::000000000000:role/finedrop-simulated',
    FINEDROP_BEDROCK_BUCKET: 'finedrop-simulated',
  };
}
