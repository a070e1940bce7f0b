import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision, ModelRecord } from '../../lib/domain/history.ts';
import { quietSdk } from '../../lib/engines/local-environment.ts';
import { providerClients } from '../../lib/engines/provider-clients.ts';
import { simulatorEnvironment } from '../../lib/local/simulators/environment.ts';
import { startSimulators } from '../../lib/local/simulators/start.ts';
import { readDecisions } from '../../lib/pipeline/decisions.ts';
import { readLatest } from '../../lib/pipeline/latest.ts';
import { readLineage } from '../../lib/pipeline/lineage.ts';
import { knownDatasets } from '../../lib/pipeline/lineage-trace.ts';
import { readModels } from '../../lib/pipeline/models.ts';
import { type Due, retrain } from '../../lib/pipeline/retrain.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { loadProvider, PROVIDER_NAMES } from '../../lib/providers/registry.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { newBucketWorld } from '../pipeline/bucket-world.ts';

/** A dataset in a stack whose providers are simulators that all live by one clock, so that a year takes seconds. */
export interface YearWorld {
  now(): Date;
  /** Lets time pass to that moment. */
  until(at: string): Promise<void>;
  /** Puts files of the drop in place at this moment, and lets what that starts come to its end; null takes a file away. */
  upload(files: Readonly<Record<string, string | null>>): Promise<void>;
  /** The stack's tick, and all that it starts, to the end. */
  tick(): Promise<Due[]>;
  /** The newest word on the dataset. */
  decision(): Promise<Decision | undefined>;
  decisions(): Promise<Decision[]>;
  models(): Promise<ModelRecord[]>;
  /** From now on OpenAI answers nothing but 503, or is back. */
  outage(isOut: boolean): void;
  /** Run of the model that is current, by target. */
  current(): Promise<Record<string, string>>;
  /** How many jobs the simulators hold, by provider: what was paid. */
  jobs(): Promise<Record<string, number>>;
  /** What was reserved for jobs over all days, and not given back. */
  spent(): Promise<{ jobs: number; usd: number }>;
  /** The rows that the model of a run was made of, by what they ask. */
  lineage(run: string): Promise<string[]>;
  close(): Promise<void>;
}

/** `faults`: what the simulators do wrong in this year. */
export async function newYearWorld(dataset: string, faults: unknown): Promise<YearWorld> {
  quietSdk();
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-year-'));
  const stack = await newBucketWorld();
  const { clock } = stack;
  const simulators = await startSimulators({
    stateDir,
    faults,
    clock: { now: clock.now, advance: clock.advance },
  });
  const door = await openDoor(simulators.urls.openai);
  const environment = simulatorEnvironment({ ...simulators.urls, openai: door.url });
  const settings = (provider: Provider) => ({ simulated: true, values: provider.readSettings(environment) });
  const clients = providerClients(async (provider) => settings(provider), clock.now);
  // Simulators stand in for the services themselves: the stack believes that all of it is real.
  Object.assign(stack.change, {
    simulated: false,
    provider: (name: string) => loadProvider(name, environment),
    providerNames: PROVIDER_NAMES,
    settings,
    client: clients.open,
  });
  const { results, inbox } = stack;

  return {
    now: clock.now,
    outage: door.close503,
    until: async (at) => clock.advance(Math.max(0, Date.parse(at) - clock.now().getTime())),
    upload: async (files) => {
      const messages = [];
      for (const [name, content] of Object.entries(files)) {
        if (content === null) await inbox.remove(`${dataset}/${name}`);
        else messages.push(await stack.upload(`${dataset}/${name}`, content));
      }
      await stack.deliver(messages);
      await stack.settled();
    },
    tick: async () => {
      const started = await retrain({
        results,
        simulated: false,
        provider: (name) => loadProvider(name, environment),
        start: stack.start,
        now: clock.now,
        log: { info: () => {} },
      });
      await stack.settled();
      return started;
    },
    decision: async () => (await readDecisions(results, dataset)).at(-1),
    decisions: () => readDecisions(results, dataset),
    models: async () => (await readModels(results, dataset)).models,
    current: async () => {
      const latest = await readLatest(results, dataset);
      return Object.fromEntries(Object.entries(latest?.models ?? {}).map(([target, { run }]) => [target, run]));
    },
    jobs: async () => jobsAt(simulators.urls),
    spent: async () => {
      const days: { jobs: Record<string, { usd: number }> }[] = [];
      for await (const { key } of results.list('.finedrop/spend/live/'))
        days.push(JSON.parse((await readBytes(results, key))?.toString() ?? '{}'));
      const all = days.flatMap(({ jobs }) => Object.values(jobs));
      return { jobs: all.length, usd: all.reduce((sum, { usd }) => sum + usd, 0) };
    },
    lineage: async (run) => {
      const asked: string[] = [];
      for await (const { records, states } of knownDatasets(results)) {
        const record = records.find((one) => one.run === run && one.tunedModel !== null);
        if (record === undefined) continue;
        const key = keys.history(dataset).rows(record.snapshot ?? '');
        const rows = (await readBytes(results, key))?.toString().trim().split('\n') ?? [];
        const ids = new Map(rows.map((line) => JSON.parse(line)).map(({ row, id }) => [row, id]));
        for await (const { row } of readLineage(results, { dataset, record, states })) asked.push(ids.get(row));
      }
      return asked;
    },
    close: async () => {
      await clients.close();
      await door.close();
      await simulators.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** A way to OpenAI's simulator that can be shut. */
async function openDoor(
  origin: string,
): Promise<{ url: string; close503(isOut: boolean): void; close(): Promise<void> }> {
  let isOut = false;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (isOut) {
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"overloaded"}}');
      return;
    }
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
    const answer = await fetch(new URL(request.url ?? '/', origin), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...body,
    });
    const type = answer.headers.get('content-type');
    response.writeHead(answer.status, type === null ? {} : { 'content-type': type });
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close503: (out) => {
      isOut = out;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** How many jobs the simulators hold, asked as anybody may ask them. */
async function jobsAt({ openai, bedrock }: { openai: string; bedrock: string }): Promise<Record<string, number>> {
  const listed = async (url: string, authorization: string, key: string) => {
    const answer = await fetch(url, { headers: { authorization } });
    const listing = (await answer.json()) as Record<string, unknown[] | undefined>;
    if (listing[key] === undefined) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(listing)}`);
    return listing[key].length;
  };
  const signed = `AWS4-HMAC-SHA256 Credential=SIMULATED/20261123/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  return {
    openai: await listed(`${openai}/fine_tuning/jobs?limit=100`, 'Bearer sk-simulated', 'data'),
    bedrock: await listed(`${bedrock}/model-customization-jobs`, signed, 'modelCustomizationJobSummaries'),
  };
}
