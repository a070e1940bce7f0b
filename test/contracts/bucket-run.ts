import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINK_PORT, LINKED_FILE } from '../../examples/museum-rows.ts';
import { type Report, reportSchema } from '../../lib/domain/report.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { type S3Store, s3Store } from '../../lib/storage/s3-store.ts';
import { picture } from '../e2e/media.ts';
import { lockOf, reproducible } from '../e2e/results.ts';
import { finedrop } from '../e2e/running.ts';
import { csv, HEADER } from '../e2e/tables.ts';
import { useWorkspace } from '../e2e/workspace.ts';
import type { S3Service } from './s3-store.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** `finedrop run s3://inbox/… --results s3://…`: the embedded engine over buckets, with simulated providers. */
export function bucketRunContract(name: string, service: () => S3Service): void {
  describe(`finedrop over the buckets of ${name}`, () => {
    const workspace = useWorkspace();
    let places: Places;
    let link: { host: string; close(): void };
    beforeAll(async () => {
      places = await openPlaces(service());
      link = await serveLink();
    });
    afterAll(() => link.close());
    const run = async (dataset: string, out: string) => {
      const words = ['run', `s3://${places.inbox}/${dataset}`, '--results', `s3://${places.results}`, '--out', out];
      const env = environmentOf(service());
      const ended = await finedrop([...words, '--allow-host', link.host, '--json'], { env });
      return { ...ended, report: ended.stdout === '' ? null : reportSchema.parse(JSON.parse(ended.stdout)) };
    };

    it('makes of the example drop the very bytes that a folder gives, and finds it done the second time', async () => {
      const drop = await museum(link.host);
      await upload(places.stores.inbox, 'museum', drop);
      const folder = await workspace.folder('out');
      const [first, local] = await Promise.all([
        run('museum', await workspace.folder('state')),
        finedrop(['run', await workspace.drop('museum', drop), '--out', folder, '--allow-host', link.host, '--json']),
      ]);
      expect(first.stderr).not.toMatch(/error/i);
      expect({ code: first.code, status: first.report?.status }).toEqual({ code: 0, status: 'completed' });
      const fromFolder = await reproducible(join(folder, 'museum', reportOf(local.stdout).run));
      const training = ['openai', 'vertex', 'bedrock'].map((target) => join(target, 'train.jsonl'));
      expect(Object.keys(fromFolder)).toEqual(expect.arrayContaining(['findings.jsonl', 'lock.json', ...training]));
      expect(await reproducible(await download(first.report, await workspace.folder('copy')))).toEqual(fromFolder);

      const before = await stateOf(places.stores.results);
      const again = await run('museum', await workspace.folder('state'));
      expect(again).toMatchObject({ code: 0, report: { status: 'duplicate', duplicateOf: first.report?.run } });
      expect(await stateOf(places.stores.results)).toEqual(before);
    });

    it('takes files of any name, with spaces, signs, every script and 900 characters, and reports them as they are', async () => {
      const dataset = 'Ein Museum + 100% «訓練»';
      const files = await oddFiles(900 - dataset.length - 1);
      await upload(places.stores.inbox, dataset, files);
      const before = await stateOf(places.stores.inbox);
      const { code, report, stderr } = await run(dataset, await workspace.folder('state'));
      expect({ code, stderr: stderr.match(/error.*/i) }).toEqual({ code: 0, stderr: null });
      expect(report).toMatchObject({ dataset, status: 'completed', rows: { rejected: 0 } });
      const lock = await lockOf(await download(report, await workspace.folder('copy')));
      const names = Object.keys(files).filter((file) => file.endsWith('.png'));
      expect(lock.references.map((reference) => reference.name).toSorted()).toEqual(names.toSorted());
      for (const [file, bytes] of Object.entries(files).filter(([file]) => file.endsWith('.png')))
        expect(lock.references).toContainEqual(expect.objectContaining({ name: file, sha256: sha256(bytes) }));
      expect(await stateOf(places.stores.inbox)).toEqual(before);
    });

    it('leaves nothing of its work behind: neither objects nor uploads', async () => {
      const keys = Object.keys(await stateOf(places.stores.results));
      expect(keys.filter((key) => key.startsWith('.finedrop/work/'))).toEqual([]);
      for (const Bucket of [places.inbox, places.results]) {
        const { Uploads } = await service().client.send(new S3.ListMultipartUploadsCommand({ Bucket }));
        expect(Uploads ?? []).toEqual([]);
      }
    });

    async function download(report: Report | null, to: string): Promise<string> {
      const root = `${report?.dataset}/${report?.run}/`;
      for await (const { key } of places.stores.results.list(root)) {
        const path = join(to, key.slice(root.length));
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, (await readBytes(places.stores.results, key)) ?? '');
      }
      return to;
    }
  });
}

interface Places {
  inbox: string;
  results: string;
  stores: { inbox: S3Store; results: S3Store };
}

/** As they are deployed: the inbox keeps versions. */
async function openPlaces({ settings, client, makeBucket }: S3Service): Promise<Places> {
  const [inbox, results] = [await makeBucket(), await makeBucket()];
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new S3.PutBucketVersioningCommand({ Bucket: inbox, VersioningConfiguration }));
  const open = (bucket: string) => s3Store({ ...settings, bucket });
  return { inbox, results, stores: { inbox: open(inbox), results: open(results) } };
}

function environmentOf({ settings }: S3Service): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: settings.endpoint,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: settings.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: settings.credentials.secretAccessKey,
  };
}

type Files = Record<string, Uint8Array>;

/** The example drop, with its one link to this host. */
async function museum(host: string): Promise<Files> {
  const folder = join(EXAMPLES, 'museum');
  const files: Files = {};
  for (const name of await readdir(folder)) files[name] = await readFile(join(folder, name));
  const table = String(files['train.csv']).replaceAll(`127.0.0.1:${LINK_PORT}/`, `${host}/`);
  return { ...files, 'train.csv': Buffer.from(table) };
}

/** What the example's link names, as `npm run demo` serves it. */
async function serveLink(): Promise<{ host: string; close(): void }> {
  const bytes = await readFile(join(EXAMPLES, 'museum-sources', LINKED_FILE));
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'image/png').end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

/** Pictures whose names ask something of every layer that they pass, and rows that name them. */
async function oddFiles(longest: number): Promise<Files> {
  const folder = `${'lang '.repeat(35)}ende/`;
  const deep = folder.repeat(Math.floor((longest - 60) / folder.length));
  const names = [
    'with  spaces.png',
    'a+b & c=d?e#f.png',
    '100% %2F %41.png',
    'Ünï/訓練データ 🦉.png',
    `${deep}${'x'.repeat(longest - deep.length - '.png'.length)}.png`,
  ];
  const pictures = await Promise.all(names.map((_, index) => picture('png', 10 + index)));
  const rows = Array.from({ length: 12 }, (_, index) => [
    `Which picture is this, number ${index}?`,
    `Number ${index}.`,
  ]);
  const table = rows.map(([prompt, answer], index) => [prompt ?? '', answer ?? '', cellOf(names[index])]);
  return {
    ...Object.fromEntries(names.map((name, index) => [name, pictures[index] ?? Buffer.alloc(0)])),
    'train set.csv': Buffer.from(csv([HEADER, ...table])),
    'finedrop.yaml': Buffer.from('targets: [openai]\n'),
  };
}

function cellOf(name: string | undefined): string {
  return name === undefined ? '' : JSON.stringify([name]);
}

async function upload(inbox: S3Store, dataset: string, files: Files): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await inbox.write(`${dataset}/${name}`, bytes);
}

/** Every object's key with its ETag. */
async function stateOf(store: S3Store): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  for await (const { key, etag } of store.list('')) state[key] = etag;
  return state;
}

function reportOf(stdout: string): Report {
  return reportSchema.parse(JSON.parse(stdout));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
