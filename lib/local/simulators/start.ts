import { mkdir } from 'node:fs/promises';
import { openSimulatedClock, type SimulatedClock } from './clock.ts';
import { openFaults } from './faults.ts';
import { type Handler, serve } from './http.ts';

/** Base URLs as the official SDKs take them (OpenAI's ends in `/v1`, the others are origins), one server each. */
export interface SimulatorUrls {
  openai: string;
  vertex: string;
  gcs: string;
  bedrock: string;
  s3: string;
}

export interface RunningSimulators {
  urls: SimulatorUrls;
  clock: SimulatedClock;
  close(): Promise<void>;
}

export interface SimulatorsOptions {
  stateDir: string;
  /** The first of five consecutive ports, in the order of `SimulatorUrls`; 0 or absent: any free ones. */
  port?: number;
  /** The content of a faults file. */
  faults?: unknown;
  /** A clock to live by, instead of that of `stateDir`. */
  clock?: SimulatedClock;
}

const ORDER = ['openai', 'vertex', 'gcs', 'bedrock', 's3'] as const;
type SimulatorName = (typeof ORDER)[number];

/** Starts all simulators on 127.0.0.1; their jobs and objects lie in `stateDir` and outlive the process. */
export async function startSimulators(options: SimulatorsOptions): Promise<RunningSimulators> {
  await mkdir(options.stateDir, { recursive: true });
  const faults = openFaults(options.faults);
  const clock = options.clock ?? (await openSimulatedClock(options.stateDir));
  const handlers = await openHandlers({ stateDir: options.stateDir, clock, faults });
  const servers = await serveAll(handlers, options.port ?? 0);
  const url = (name: SimulatorName) => servers[ORDER.indexOf(name)]?.url ?? '';
  return {
    urls: {
      openai: `${url('openai')}/v1`,
      vertex: url('vertex'),
      gcs: url('gcs'),
      bedrock: url('bedrock'),
      s3: url('s3'),
    },
    clock,
    close: () => closeAll(servers),
  };
}

/** Loaded here and not above: who runs with real providers never pays for the simulators. */
async function openHandlers(base: {
  stateDir: string;
  clock: SimulatedClock;
  faults: ReturnType<typeof openFaults>;
}): Promise<Record<SimulatorName, Handler>> {
  const [
    { openBucketStore },
    { openaiSimulator },
    { vertexSimulator },
    { gcsSimulator },
    { bedrockSimulator },
    { s3Simulator },
  ] = await Promise.all([
    import('./storage/index.ts'),
    import('./openai/index.ts'),
    import('./vertex/index.ts'),
    import('./gcs/index.ts'),
    import('./bedrock/index.ts'),
    import('./s3/index.ts'),
  ]);
  const s3 = { ...base, objects: openBucketStore(base.stateDir, 's3') };
  const gcs = { ...base, objects: openBucketStore(base.stateDir, 'gcs') };
  return {
    openai: openaiSimulator(s3),
    vertex: vertexSimulator(gcs),
    gcs: gcsSimulator(gcs),
    bedrock: bedrockSimulator(s3),
    s3: s3Simulator(s3),
  };
}

type Server = Awaited<ReturnType<typeof serve>>;

async function serveAll(handlers: Record<SimulatorName, Handler>, port: number): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const [index, name] of ORDER.entries()) {
      servers.push(await serve(handlers[name], port === 0 ? 0 : port + index));
    }
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
  return servers;
}

async function closeAll(servers: Server[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
}
