import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Claim } from '../domain/run.ts';
import { VERSION } from '../domain/version.ts';
import type { AslClock } from '../local/asl/host.ts';
import { systemClock } from '../local/asl/system-clock.ts';
import { simulatedClock } from '../local/asl/virtual-clock.ts';
import { processStart } from '../local/process-identity.ts';
import { simulatorEnvironment } from '../local/simulators/environment.ts';
import { startSimulators } from '../local/simulators/start.ts';
import { createDownload } from '../media/download.ts';
import type { Holder, Services } from '../pipeline/services.ts';
import type { Provider, ProviderSettings } from '../providers/provider.ts';
import { loadProvider, PROVIDER_NAMES } from '../providers/registry.ts';
import { readOperatorSettings } from './local-operator.ts';
import type { LocalOptions } from './local-options.ts';
import { type DropPlace, openInbox, openObjectBucket, openResults } from './local-stores.ts';
import { objectBuckets } from './object-buckets.ts';
import { providerClients } from './provider-clients.ts';
import { UsageError } from './usage-error.ts';

export interface LocalEnvironment {
  services: Services;
  clock: AslClock;
  close(): Promise<void>;
}

/** Executions of this process that have not ended: their claims hold. */
const active = new Set<string>();

/** Opens what a run needs on this machine: stores, clock, providers' settings, and simulators unless it is live. */
export async function openEnvironment(options: LocalOptions, drop: DropPlace): Promise<LocalEnvironment> {
  quietSdk();
  const opened = closingStack();
  try {
    const { services, clock } = await openAll(options, drop, opened);
    return { services, clock, close: opened.close };
  } catch (error) {
    // Servers that stay open would keep the process from ending.
    await opened.close();
    throw error;
  }
}

type ClosingStack = ReturnType<typeof closingStack>;

/** What was opened last is closed first. */
function closingStack() {
  const closers: (() => void | Promise<void>)[] = [];
  return {
    add: (close: () => void | Promise<void>) => void closers.push(close),
    close: async () => {
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    },
  };
}

async function openAll(
  options: LocalOptions,
  drop: DropPlace,
  opened: ClosingStack,
): Promise<Pick<LocalEnvironment, 'services' | 'clock'>> {
  const operator = await readOperatorSettings(options.allowHosts ?? []);
  const inbox = await openInbox(drop);
  opened.add(inbox.close);
  const results = await openResults(options.out, options.results);
  opened.add(results.close);
  const objects = objectBuckets(operator.objectBuckets, openObjectBucket);
  opened.add(objects.close);
  const world = options.live === true ? liveWorld() : await simulatedWorld(options);
  opened.add(world.close);
  const download = createDownload({ allowHosts: operator.allowHosts });
  opened.add(download.close);
  const settings = (provider: Provider) => settingsOf(world, provider);
  const clients = providerClients(async (provider) => settings(provider), world.clock.now);
  opened.add(clients.close);
  const holder = holderOf(drop.dataset);
  active.add(holder.execution);
  opened.add(() => void active.delete(holder.execution));
  const services: Services = {
    version: VERSION,
    simulated: world.simulated,
    inbox: inbox.store,
    results: results.store,
    objects: objects.open,
    operator,
    provider: (name) => loadProvider(name, world.environment),
    providerNames: PROVIDER_NAMES,
    settings,
    missingSettings: (provider) => (world.simulated ? [] : provider.missingSettings(world.environment)),
    client: clients.open,
    download,
    holder,
    isRunning: async (claim) => isHeldHere(claim),
    now: world.clock.now,
    uuid: randomUUID,
    log: { info: (message, facts) => options.log?.(message, facts) },
    progress: { add: (step, what) => options.progress?.(step, what) },
    announce: async () => {},
  };
  return { services, clock: world.clock };
}

/** The AWS SDK tells every user to upgrade Node for its own future; what finedrop needs stands in its `engines`. */
export function quietSdk(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

interface World {
  simulated: boolean;
  clock: AslClock;
  environment: Readonly<Record<string, string | undefined>>;
  close(): Promise<void>;
}

function liveWorld(): World {
  return { simulated: false, clock: systemClock(), environment: process.env, close: async () => {} };
}

/** The first thing that is written where the results go tells whether anything can be. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
};

/** Simulators on loopback with their state beside the results, and time that no wait costs. */
async function simulatedWorld({ out, faults }: LocalOptions): Promise<World> {
  const simulators = await startSimulators({
    stateDir: join(out, '.finedrop', 'simulators'),
    ...(faults === undefined ? {} : { faults }),
  }).catch((error: NodeJS.ErrnoException) => {
    const reason = UNWRITABLE[error.code ?? ''];
    throw reason === undefined ? error : new UsageError(`results cannot be written to "${out}": ${reason}.`);
  });
  return {
    simulated: true,
    clock: simulatedClock(simulators.clock),
    environment: simulatorEnvironment(simulators.urls, process.env),
    close: simulators.close,
  };
}

function settingsOf({ simulated, environment }: World, provider: Provider): ProviderSettings {
  return { simulated, values: provider.readSettings(environment) };
}

function holderOf(dataset: string): Holder {
  const slug = dataset.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40);
  return {
    execution: `${slug}-cli-${randomUUID()}`,
    host: hostname(),
    pid: process.pid,
    startedAt: processStart(process.pid) ?? '',
  };
}

/** A claim of a dead process is free at once; of another machine nobody here can tell, so that it holds. */
export function isHeldHere({ holder }: Claim): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.pid === process.pid && holder.startedAt === processStart(process.pid)) return active.has(holder.execution);
  return processStart(holder.pid) === holder.startedAt;
}
