import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Names, resolver } from './cloudformation.ts';
import { type Policy, policyOf } from './policy.ts';

/** One function as the template deploys it; `environment` is what CloudFormation would hand to it. */
export interface DeployedFunction {
  /** `survey`: as the template calls it. */
  key: string;
  /** `finedrop-prod-survey`: as Lambda does. */
  name: string;
  handler: string;
  memoryMegabytes: number;
  timeoutSeconds: number;
  environment: Readonly<Record<string, string>>;
  /** What its role allows. */
  policy: Policy;
}

export interface Deployment {
  functions: readonly DeployedFunction[];
  /** What the definition's `${…Function}` and `${ResultsBucket}` become. */
  substitutions: Readonly<Record<string, string>>;
  /** What the state machine's own role allows. */
  machinePolicy: Policy;
  machineArn: string;
  region: string;
  account: string;
  buckets: { inbox: string; results: string; staging: string };
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUCKETS = { inbox: 'rehearsal-inbox', results: 'rehearsal-results' };
/** As the embedded engine calls it: what is staged there then has the same names. */
const STAGING = 'finedrop-simulated';
const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

const printedSchema = z.object({
  service: z.string(),
  provider: z.object({ stage: z.string() }),
  functions: z.record(
    z.string(),
    z.object({
      name: z.string(),
      handler: z.string(),
      role: z.string(),
      memorySize: z.number(),
      timeout: z.number(),
      environment: z.record(z.string(), z.unknown()),
    }),
  ),
  resources: z.object({
    Parameters: z.record(z.string(), z.object({ Type: z.string(), Default: z.unknown() })),
    Conditions: z.record(z.string(), z.unknown()),
    Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
  }),
});
type Printed = z.infer<typeof printedSchema>;

/** Reads serverless.yml as osls does, with these parameters, and fills in names as a stack of its own would have them. */
export async function readDeployment(
  parameters: Readonly<Record<string, string>>,
  made: { inbox: string; results: string } = BUCKETS,
): Promise<Deployment> {
  const printed = await printTemplate(parameters);
  const buckets = { ...made, staging: STAGING };
  const stack = `${printed.service}-${printed.provider.stage}`;
  const machineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${stack}`;
  const resolve = resolver(printed.resources, namesOf(printed, stack, buckets));
  const machine = z
    .object({ DefinitionSubstitutions: z.record(z.string(), z.string()) })
    .parse(resolve(resourceOf(printed, 'Machine')));
  return {
    functions: Object.entries(printed.functions).map(([key, definition]) => ({
      key,
      name: definition.name,
      handler: definition.handler,
      memoryMegabytes: definition.memorySize,
      timeoutSeconds: definition.timeout,
      environment: z.record(z.string(), z.string()).parse(resolve(definition.environment)),
      policy: policyOf(resolve(resourceOf(printed, definition.role))),
    })),
    substitutions: machine.DefinitionSubstitutions,
    machinePolicy: policyOf(resolve(resourceOf(printed, 'MachinePolicy'))),
    machineArn,
    region: REGION,
    account: ACCOUNT,
    buckets,
  };
}

/** Without this process's environment: what is deployed depends on no machine. */
async function printTemplate(parameters: Readonly<Record<string, string>>): Promise<Printed> {
  const osls = join(ROOT, 'node_modules', 'osls', 'bin', 'serverless.js');
  // osls takes no empty ones: deploy/settings.yml has those.
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  const words = given.flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const { stdout } = await promisify(execFile)(process.execPath, [osls, 'print', '--format', 'json', ...words], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', SLS_TELEMETRY_DISABLED: '1' },
    maxBuffer: 32 * 1024 ** 2,
  });
  return printedSchema.parse(JSON.parse(stdout));
}

function resourceOf({ resources }: Printed, name: string): unknown {
  const resource = resources.Resources[name];
  if (resource === undefined) throw new Error(`[rehearsal] the template holds no resource "${name}".`);
  return resource.Properties;
}

function namesOf({ functions }: Printed, stack: string, buckets: Deployment['buckets']): Names {
  const arns = Object.entries(functions).map(([key, { name }]): [string, string] => [
    `${key.charAt(0).toUpperCase()}${key.slice(1)}LambdaFunction.Arn`,
    `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
  ]);
  return {
    region: REGION,
    account: ACCOUNT,
    stack,
    references: {
      InboxBucket: buckets.inbox,
      ResultsBucket: buckets.results,
      StagingBucket: buckets.staging,
      Topic: `arn:aws:sns:${REGION}:${ACCOUNT}:${stack}`,
      Bus: stack,
    },
    attributes: {
      'InboxBucket.Arn': `arn:aws:s3:::${buckets.inbox}`,
      'ResultsBucket.Arn': `arn:aws:s3:::${buckets.results}`,
      'StagingBucket.Arn': `arn:aws:s3:::${buckets.staging}`,
      'Bus.Arn': `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${stack}`,
      // Jobs of the simulated Bedrock take any role of an account.
      'CustomizationRole.Arn': `arn:aws:iam::${ACCOUNT}:role/finedrop-simulated`,
      ...Object.fromEntries(arns),
    },
  };
}
