import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { openSimulatedClock, type SimulatedClock } from '../../../lib/local/simulators/clock.ts';
import { openFaults } from '../../../lib/local/simulators/faults.ts';
import { type Handler, type ObjectsReader, type SimulatorContext, serve } from '../../../lib/local/simulators/http.ts';

/** Makes a temporary folder and removes it when the test file's hooks call `remove`. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'finedrop-simulators-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Objects in memory, named `bucket/key`. */
export function memoryObjects(region = 'us-east-1'): ObjectsReader & { stored: Map<string, Buffer> } {
  const stored = new Map<string, Buffer>();
  return {
    stored,
    async head(bucket, key) {
      const body = stored.get(`${bucket}/${key}`);
      return body === undefined ? null : { size: body.length, region };
    },
    async read(bucket, key, range = {}) {
      const body = stored.get(`${bucket}/${key}`) ?? Buffer.alloc(0);
      const { offset = 0, length = body.length } = range;
      return (async function* () {
        yield body.subarray(offset, offset + length);
      })();
    },
    async writeObject(bucket, key, body) {
      stored.set(`${bucket}/${key}`, Buffer.from(body));
    },
    async removeObject(bucket, key) {
      stored.delete(`${bucket}/${key}`);
    },
  };
}

export interface Bench {
  url: string;
  clock: SimulatedClock;
  objects: ReturnType<typeof memoryObjects>;
  stateDir: string;
  /** A second server over the same state, as after a restart. */
  restart(faults?: unknown): Promise<string>;
  close(): Promise<void>;
}

/** One simulator on a free port over a temporary folder and objects in memory. */
export async function openBench(open: (context: SimulatorContext) => Handler, faults?: unknown): Promise<Bench> {
  const folder = await temporaryFolder();
  const objects = memoryObjects();
  const servers: { close(): Promise<void> }[] = [];
  const restart = async (rules?: unknown) => {
    const clock = await openSimulatedClock(folder.path);
    const server = await serve(open({ stateDir: folder.path, clock, faults: openFaults(rules), objects }), 0);
    servers.push(server);
    return server.url;
  };
  return {
    url: await restart(faults),
    clock: await openSimulatedClock(folder.path),
    objects,
    stateDir: folder.path,
    restart,
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      await folder.remove();
    },
  };
}

type Format = 'png' | 'jpeg' | 'webp' | 'gif';

/** A small picture, encoded by sharp. */
export function picture(format: Format, options: { side?: number; channels?: 3 | 4 } = {}): Promise<Buffer> {
  const { side = 32, channels = 3 } = options;
  const background = { r: 200, g: 40, b: 90, alpha: 1 };
  return sharp({ create: { width: side, height: side, channels, background } })
    .toFormat(format)
    .toBuffer();
}

export function dataUri(mime: string, bytes: Buffer): string {
  return `data:${mime};base64,${bytes.toString('base64')}`;
}
