import type { ProviderSettings } from '../provider.ts';
import { datasetSlug } from './names.ts';
import { TUNING_REGION } from './spec.ts';

/** Environment name -> name among the settings' values. Credentials are the AWS SDK's own business: none of these is a secret. */
const ENVIRONMENT = {
  FINEDROP_BEDROCK_ROLE_ARN: 'roleArn',
  FINEDROP_BEDROCK_BUCKET: 'bucket',
  AWS_ENDPOINT_URL_BEDROCK: 'bedrockURL',
  AWS_ENDPOINT_URL_S3: 's3URL',
} as const;

const REQUIRED = ['FINEDROP_BEDROCK_ROLE_ARN', 'FINEDROP_BEDROCK_BUCKET'] as const;

/** What a bucket is called until somebody names one; `missingSettings` says so before anything is staged. */
const NO_BUCKET = 'your-bucket';
const NO_ACCOUNT = 'unknown';

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that an environment gives; blank ones count as absent. */
export function readSettings(environment: Environment): Readonly<Record<string, string>> {
  const given = Object.entries(ENVIRONMENT).map(([name, value]) => [value, environment[name]?.trim() ?? '']);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** Environment names without which nothing can be staged or paid for. */
export function missingSettings(environment: Environment): string[] {
  const values = readSettings(environment);
  return REQUIRED.filter((name) => values[ENVIRONMENT[name]] === undefined);
}

/** Who would be charged, as part of the job key: the role's account, in the one Region where Nova is tuned. */
export function account({ simulated, values }: ProviderSettings): Record<string, string> {
  if (simulated) return { account: 'simulated' };
  return { account: accountOf(values['roleArn'] ?? '') ?? NO_ACCOUNT, region: TUNING_REGION };
}

/** The 12 digits of a role's ARN, or null where it is none. */
export function accountOf(roleArn: string): string | null {
  return /^arn:aws(?:-[^:]+)?:iam::(\d{12}):role\/./.exec(roleArn)?.[1] ?? null;
}

const LONGEST_ROLE = 2048;

/** Whether a text is a role that Bedrock can be given, by the service model's `RoleArn`. */
export function isRole(roleArn: string): boolean {
  return roleArn.length <= LONGEST_ROLE && accountOf(roleArn) !== null;
}

/** Where a dataset's media lie: in the operator's bucket, which must be in the Region of the jobs. */
export function mediaBase({ values }: ProviderSettings, dataset: string): string {
  return `s3://${values['bucket'] ?? NO_BUCKET}/finedrop/${datasetSlug(dataset)}/media`;
}
