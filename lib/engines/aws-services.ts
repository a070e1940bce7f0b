import { randomUUID } from 'node:crypto';
import { VERSION } from '../domain/version.ts';
import type { Download } from '../media/download.ts';
import type { ReceiveServices } from '../pipeline/receive.ts';
import type { RetrainServices } from '../pipeline/retrain.ts';
import type { OperatorSettings, Services } from '../pipeline/services.ts';
import { loadProvider, PROVIDER_NAMES } from '../providers/registry.ts';
import type { ObjectStore, ReadableStore } from '../storage/object-store.ts';
import { announcer } from './aws-announce.ts';
import { isExecutionRunning, startExecution } from './aws-executions.ts';
import type { Observing } from './aws-observe.ts';
import { readProviderSecrets, unreadSecrets } from './aws-secrets.ts';
import type { AwsSettings } from './aws-settings.ts';
import { DEPLOYED } from './deployed-machine.ts';
import { lazyStore } from './lazy-store.ts';
import { providerClients } from './provider-clients.ts';

/** Opens what a step may touch; SDKs load when a step first needs them. Nothing of one call is left for the next but open connections. */
export function openServices(
  settings: AwsSettings,
  { log, progress }: Observing,
): { services: Services; close(): Promise<void> } {
  const now = () => new Date();
  const clients = providerClients(
    async (provider) => ({ simulated: false, values: await readProviderSecrets(settings, provider) }),
    now,
  );
  const download = lazyDownload(settings.FINEDROP_ALLOW_HOSTS);
  const services: Services = {
    version: VERSION,
    simulated: false,
    inbox: bucketStore(settings, settings.INBOX_BUCKET),
    results: bucketStore(settings, settings.RESULTS_BUCKET),
    objects: (bucket) => objectBucket(settings, bucket),
    operator: operatorOf(settings),
    provider: (name) => loadProvider(name, settings.environment),
    providerNames: PROVIDER_NAMES,
    settings: (provider) => ({ simulated: false, values: provider.readSettings(settings.environment) }),
    missingSettings: (provider) => provider.missingSettings(unreadSecrets(settings)),
    surveyHasNoSecrets: true,
    client: clients.open,
    download,
    // Whose call it is comes with the event: one process serves many executions.
    holder: { execution: '', host: DEPLOYED, pid: 0, startedAt: '' },
    isRunning: ({ holder }) => isExecutionRunning(settings, holder.execution),
    now,
    uuid: randomUUID,
    log,
    progress,
    announce: announcer(settings, log),
  };
  const close = async () => {
    await clients.close();
    await download.close();
  };
  return { services, close };
}

/** What `receive` may do: start the state machine. */
export function receiveServices(settings: AwsSettings, { log }: Observing): ReceiveServices {
  return {
    inboxBucket: settings.INBOX_BUCKET ?? '',
    resultsBucket: settings.RESULTS_BUCKET,
    start: (execution) => startExecution(settings, execution),
    log,
  };
}

/** What `retrain` may do: read who is due, and start the state machine. */
export function retrainServices(settings: AwsSettings, { log }: Observing): RetrainServices {
  return {
    results: bucketStore(settings, settings.RESULTS_BUCKET),
    simulated: false,
    provider: (name) => loadProvider(name, settings.environment),
    start: (execution) => startExecution(settings, execution),
    now: () => new Date(),
    log,
  };
}

function operatorOf(settings: AwsSettings): OperatorSettings {
  const { FINEDROP_TARGETS: targets } = settings;
  return {
    targets: targets.length === 0 ? null : targets,
    linksAllowed: settings.FINEDROP_LINKS === 'true',
    allowHosts: settings.FINEDROP_ALLOW_HOSTS,
    settleSeconds: settings.FINEDROP_SETTLE_SECONDS,
    objectBuckets: settings.FINEDROP_OBJECT_BUCKETS,
    usdPerRun: settings.FINEDROP_USD_PER_RUN,
    usdPerDay: settings.FINEDROP_USD_PER_DAY,
    approve: settings.FINEDROP_APPROVE === 'true',
  };
}

const readers = new Map<string, ReadableStore>();

/** A bucket that rows may name; null = the operator does not allow it. Of Cloud Storage it is read with credentials for that alone. */
async function objectBucket(settings: AwsSettings, bucket: string): Promise<ReadableStore | null> {
  if (!settings.FINEDROP_OBJECT_BUCKETS.includes(bucket)) return null;
  if (!bucket.startsWith('gs://')) return bucketStore(settings, bucket);
  const { googleReader } = await import('../storage/gcs-reader.ts');
  const { GOOGLE_READER_CONFIG: config } = settings;
  const credentials = config === undefined ? 'none' : { config };
  const reader = readers.get(bucket) ?? googleReader({ bucket: bucket.slice('gs://'.length), credentials });
  readers.set(bucket, reader);
  return reader;
}

const stores = new Map<string, ObjectStore>();

/** One connection pool for each bucket and process. A function that was not given a bucket may not touch it. */
function bucketStore({ environment }: AwsSettings, bucket: string | undefined): ObjectStore {
  const name = bucket ?? '';
  const standing = stores.get(name);
  if (standing !== undefined) return standing;
  const store = lazyStore(async () => {
    if (name === '') throw new Error('[aws] this function was given no such bucket.');
    const { s3Store } = await import('../storage/s3-store.ts');
    const endpoint = environment['AWS_ENDPOINT_URL_S3'];
    return s3Store({ bucket: name, ...(endpoint === undefined ? {} : { endpoint }) });
  });
  stores.set(name, store);
  return store;
}

/** Only `fetch` downloads: the others do not load what it takes. */
function lazyDownload(allowHosts: readonly string[]): Download {
  let opened: Promise<Download> | undefined;
  const open = () => {
    opened ??= import('../media/download.ts').then(({ createDownload }) => createDownload({ allowHosts }));
    return opened;
  };
  const download = async (...wanted: Parameters<Download>) => (await open())(...wanted);
  return Object.assign(download, { close: async () => (await opened)?.close() });
}
