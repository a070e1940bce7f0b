import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AslHost } from '../../lib/local/asl/host.ts';
import { simulatedClock, type VirtualClock } from '../../lib/local/asl/virtual-clock.ts';
import { lambdaHost } from '../../lib/local/lambda/lambda-host.ts';
import { type CallReport, type Lambdas, openLambdas } from '../../lib/local/lambda/lambdas.ts';
import { simulatorEnvironment } from '../../lib/local/simulators/environment.ts';
import { type RunningSimulators, startSimulators } from '../../lib/local/simulators/start.ts';
import { type S3Store, s3Store } from '../../lib/storage/s3-store.ts';
import { openServiceDoor, type ServiceAnswer, type ServiceCall, type ServiceDoor } from './aws-services.ts';
import { type Deployment, readDeployment } from './deployment.ts';
import { type Executions, openExecutions } from './executions.ts';
import type { Packaged } from './package.ts';
import { openS3Door, type S3Door, type S3Request } from './s3-door.ts';

export interface StackOptions {
  packaged: Packaged;
  /** The simulators keep their state below it, as they do below the folder of a local run's results. */
  folder: string;
  /** `HOST:PORT`s that links may name. */
  allowHosts?: readonly string[];
  /** Calls handled at once, by all functions together. */
  atOnce?: number;
  /** Another S3 server for the inbox and the results; the simulated one otherwise. */
  s3Server?: S3Server;
  /** Calls of a function beyond this many at once are refused; by the template's names. */
  reservedConcurrency?: Readonly<Record<string, number>>;
  onS3Request?(request: S3Request, side: 'before' | 'after'): Promise<void> | void;
}

export interface S3Server {
  endpoint: string;
  buckets: { inbox: string; results: string };
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** A deployment on this machine: packaged functions, the machine's interpreter, and stand-ins for what they call. */
export interface Stack {
  deployment: Deployment;
  lambdas: Lambdas;
  executions: Executions;
  s3: S3Door;
  services: ServiceDoor;
  /** Calls that the caller's role does not allow. */
  denied: string[];
  reports: CallReport[];
  lines: string[];
  clock: VirtualClock;
  /** Stores of one who owns the account: no role holds them. */
  inbox: S3Store;
  results: S3Store;
  /** The name by which Lambda knows a function. */
  nameOf(functionKey: string): string;
  close(): Promise<void>;
}

/** Secrets by the names that the template is given. */
const SECRETS: Readonly<Record<string, string>> = {
  'rehearsal/openai': 'sk-rehearsal',
  'rehearsal/google': JSON.stringify({ type: 'service_account', client_email: 'rehearsal@example.com' }),
};

const PARAMETERS = {
  openaiSecret: 'rehearsal/openai',
  // The simulator's host does not tell, and would be taken for a server that nothing is known of.
  openaiProfile: 'openai',
  googleSecret: 'rehearsal/google',
  googleProject: 'simulated',
  googleBucket: 'finedrop-simulated',
};

/** A day on which every model of the example still takes jobs for long: what is rehearsed must not depend on today. */
const BEGINS = new Date('2026-09-01T09:00:00Z');

/** A rehearsal that goes on in the same folder goes on in its own time. */
async function turnClockTo(moment: Date, stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  const clock = JSON.stringify({ offset: moment.getTime() - Date.now(), floor: moment.getTime() });
  await writeFile(join(stateDir, 'clock.json'), clock, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Opens a stack of its own; nothing of it is shared with another but the packages. */
export async function openStack(options: StackOptions): Promise<Stack> {
  const deployment = await readDeployment(
    { ...PARAMETERS, allowHosts: (options.allowHosts ?? []).join(',') },
    options.s3Server?.buckets,
  );
  const stateDir = join(options.folder, '.finedrop', 'simulators');
  await turnClockTo(BEGINS, stateDir);
  const simulators = await startSimulators({ stateDir });
  const clock = simulatedClock(simulators.clock);
  const denied: string[] = [];
  const s3 = await openS3(options, deployment, { simulators, denied, clock });
  // The machine calls functions, and functions start the machine.
  const late: { executions?: Executions } = {};
  const services = await openServiceDoor((call) => answerService(call, deployment, { denied, late }));
  const { endpoint, credentials } = options.s3Server ?? { endpoint: simulators.urls.s3, credentials: OWNER };
  const storeOf = (bucket: string) => s3Store({ bucket, region: deployment.region, endpoint, credentials });
  const stores = { inbox: storeOf(deployment.buckets.inbox), results: storeOf(deployment.buckets.results) };
  const reports: CallReport[] = [];
  const lines: string[] = [];
  const lambdas = openLambdas(functionsOf(options, deployment, { simulators, s3, services }), {
    place: { region: deployment.region, account: deployment.account },
    atOnce: options.atOnce ?? 2,
    now: clock.now,
    onLog: (name, line) => void lines.push(`${name} ${line}`),
    onReport: (report) => void reports.push(report),
  });
  // Item readers and result writers come through the door as well, with the machine's own role.
  const items = s3Store({
    bucket: deployment.buckets.results,
    region: deployment.region,
    endpoint: s3.url,
    credentials: credentialsOf('machine', options.s3Server),
  });
  const host: AslHost = lambdaHost(lambdas, { clock, bucket: () => items });
  const executions = await openExecutions(deployment, host);
  late.executions = executions;
  const close = async () => {
    for (const name of executions.names()) executions.stop(name);
    await lambdas.close();
    await Promise.all([s3.close(), services.close(), simulators.close()]);
    for (const store of [items, ...Object.values(stores)]) store.close();
  };
  const nameOf = (key: string) => deployment.functions.find((one) => one.key === key)?.name ?? key;
  return { deployment, lambdas, executions, s3, services, denied, reports, lines, clock, ...stores, nameOf, close };
}

const OWNER = { accessKeyId: 'OWNER', secretAccessKey: 'owner' };

interface Doors {
  simulators: RunningSimulators;
  s3: S3Door;
  services: ServiceDoor;
}

/** The template's environment, and where on this machine AWS and the providers are to be found. */
function functionsOf({ packaged, s3Server, reservedConcurrency }: StackOptions, deployment: Deployment, doors: Doors) {
  const { urls } = doors.simulators;
  const { STORAGE_EMULATOR_HOST, FINEDROP_VERTEX_URL, OPENAI_BASE_URL } = simulatorEnvironment(urls);
  const network = {
    AWS_ENDPOINT_URL_S3: doors.s3.url,
    AWS_ENDPOINT_URL_SFN: doors.services.url,
    AWS_ENDPOINT_URL_SNS: doors.services.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: doors.services.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: doors.services.url,
    AWS_ENDPOINT_URL_BEDROCK: urls.bedrock,
    OPENAI_BASE_URL: OPENAI_BASE_URL ?? '',
    STORAGE_EMULATOR_HOST: STORAGE_EMULATOR_HOST ?? '',
    FINEDROP_VERTEX_URL: FINEDROP_VERTEX_URL ?? '',
  };
  return deployment.functions.map(({ key, name, environment, ...definition }) => {
    const { accessKeyId, secretAccessKey } = credentialsOf(key, s3Server);
    const role = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    return {
      ...definition,
      name,
      folder: packaged.folderOf(key),
      environment: { ...environment, ...network, ...role },
      ...(reservedConcurrency?.[key] === undefined ? {} : { reservedConcurrency: reservedConcurrency[key] }),
    };
  });
}

/** The access key tells the doors who comes: each function has a role of its own. Another S3 server knows one user only. */
function credentialsOf(caller: string, s3Server: S3Server | undefined): S3Server['credentials'] {
  return s3Server?.credentials ?? { accessKeyId: caller, secretAccessKey: 'rehearsal' };
}

function openS3(
  { s3Server, onS3Request }: StackOptions,
  { functions, buckets, machinePolicy }: Deployment,
  { simulators, denied, clock }: { simulators: RunningSimulators; denied: string[]; clock: VirtualClock },
): Promise<S3Door> {
  const policies = new Map([['machine', machinePolicy], ...functions.map(({ key, policy }) => [key, policy] as const)]);
  return openS3Door({
    // Jobs of the simulated Bedrock read what lies beside them.
    serverOf: (bucket) =>
      s3Server === undefined || bucket === buckets.staging ? simulators.urls.s3 : s3Server.endpoint,
    allowed: ({ caller, action, bucket, key }) => {
      const isBucketWide = action === 's3:ListBucket';
      const resource = `arn:aws:s3:::${bucket}${isBucketWide ? '' : `/${key}`}`;
      const isAllowed = s3Server !== undefined || policies.get(caller)?.(action, resource) === true;
      if (!isAllowed) denied.push(`${caller}: ${action} ${resource}`);
      return isAllowed;
    },
    ...(s3Server === undefined ? {} : { timeShift: () => clock.now().getTime() - Date.now() }),
    ...(onS3Request === undefined ? {} : { onRequest: onS3Request }),
  });
}

interface Answering {
  denied: string[];
  late: { executions?: Executions };
}

async function answerService(
  call: ServiceCall,
  deployment: Deployment,
  { denied, late }: Answering,
): Promise<ServiceAnswer> {
  const { caller, action, input } = call;
  const policy = deployment.functions.find(({ key }) => key === caller)?.policy;
  const resource = resourceOf(call, deployment);
  if (policy?.(action, resource) === false) {
    denied.push(`${caller}: ${action} ${resource}`);
    return { error: 'AccessDeniedException', message: `${caller} may not ${action} on ${resource}` };
  }
  if (action === 'secretsmanager:GetSecretValue') {
    const value = SECRETS[String(input['SecretId'])];
    if (value === undefined) return { error: 'ResourceNotFoundException', message: 'there is no such secret' };
    return { value: { Name: input['SecretId'], SecretString: value } };
  }
  if (action === 'events:PutEvents') return { value: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } };
  if (action === 'sns:Publish') return { value: {} };
  return late.executions?.answer(call) ?? { error: 'UnknownOperationException', message: `${action} is not known` };
}

function resourceOf({ action, input }: ServiceCall, { region, account }: Deployment): string {
  if (action === 'secretsmanager:GetSecretValue')
    return `arn:aws:secretsmanager:${region}:${account}:secret:${String(input['SecretId'])}-AbCdEf`;
  if (action === 'sns:Publish') return String(input['TopicArn']);
  if (action === 'events:PutEvents') {
    const [entry] = Array.isArray(input['Entries']) ? input['Entries'] : [];
    return `arn:aws:events:${region}:${account}:event-bus/${String(entry?.EventBusName)}`;
  }
  return String(input['stateMachineArn'] ?? input['executionArn'] ?? '*');
}
