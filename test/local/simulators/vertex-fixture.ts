import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSimulatedClock, type SimulatedClock } from '../../../lib/local/simulators/clock.ts';
import { openFaults } from '../../../lib/local/simulators/faults.ts';
import { serve } from '../../../lib/local/simulators/http.ts';
import { openBucketStore } from '../../../lib/local/simulators/storage/index.ts';
import { vertexSimulator } from '../../../lib/local/simulators/vertex/index.ts';

const BUCKET = 'staging';
export const TRAINING = `gs://${BUCKET}/train.jsonl`;

export type Json = Record<string, unknown>;

/** A running simulator over a folder of its own, and short ways to talk to it. */
export interface VertexFixture {
  clock: SimulatedClock;
  stage(key: string, content: string | Buffer): Promise<void>;
  stageLines(key: string, lines: readonly unknown[]): Promise<void>;
  send(path: string, init?: RequestInit): Promise<{ status: number; json: Json; headers: Headers }>;
  create(body: unknown, location?: string): Promise<{ status: number; json: Json }>;
  /** The job after some simulated minutes, through v1beta1 or v1. */
  look(name: unknown, minutes: number, version?: string): Promise<Json>;
  close(): Promise<void>;
}

/** Starts the simulator, with fault rules if there are any. */
export async function startVertex(rules: unknown[] = []): Promise<VertexFixture> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-vertex-'));
  const clock = await openSimulatedClock(stateDir);
  const objects = openBucketStore(stateDir, 'gcs');
  const server = await serve(vertexSimulator({ stateDir, clock, faults: openFaults({ rules }), objects }), 0);
  const send: VertexFixture['send'] = async (path, init = {}) => {
    const headers = { authorization: 'Bearer any', ...init.headers };
    const answer = await fetch(`${server.url}${path}`, { ...init, headers });
    return { status: answer.status, json: (await answer.json()) as Json, headers: answer.headers };
  };
  const stage = async (key: string, content: string | Buffer) => {
    await objects.writeObject?.(BUCKET, key, Buffer.from(content), 'application/octet-stream');
  };
  return {
    clock,
    stage,
    stageLines: (key, lines) => stage(key, lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    send,
    create: (body, location = 'us-central1') =>
      send(`/v1/projects/demo/locations/${location}/tuningJobs`, { method: 'POST', body: JSON.stringify(body) }),
    async look(name, minutes, version = 'v1') {
      await clock.advance(minutes * 60_000);
      return (await send(`/${version}/${name}`)).json;
    },
    async close() {
      await server.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** A job body that the simulator takes. */
export function jobBody(more: Json = {}): Json {
  return { baseModel: 'gemini-3.1-flash-lite', supervisedTuningSpec: { trainingDatasetUri: TRAINING }, ...more };
}

/** One training line: a question and an answer, with files before the question. */
export function line(question: string, files: readonly [mimeType: string, key: string][] = []): Json {
  const media = files.map(([mimeType, key]) => ({ fileData: { mimeType, fileUri: `gs://${BUCKET}/${key}` } }));
  return {
    contents: [
      { role: 'user', parts: [...media, { text: question }] },
      { role: 'model', parts: [{ text: 'answer' }] },
    ],
  };
}
