import type { SimulatorUrls } from './start.ts';

/** The settings under which providers find the simulators: the same names that `--live` reads, with values of their own. */
export function simulatorEnvironment(urls: SimulatorUrls): Readonly<Record<string, string>> {
  return {
    OPENAI_API_KEY: 'simulated',
    OPENAI_BASE_URL: urls.openai,
    OPENAI_PROFILE: 'openai',
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
