import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/domain/canonical.ts';
import { reportSchema } from '../../lib/domain/report.ts';
import { runLocal } from '../../lib/engines/local.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { type GcsFixture, startGcs } from '../local/simulators/gcs-fixture.ts';
import { type S3Fixture, startS3 } from '../local/simulators/s3-fixture.ts';
import { picture } from './media.ts';
import { findingsOf, lockOf } from './results.ts';
import { finedrop, runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
let s3: S3Fixture;
let gcs: GcsFixture;
beforeAll(async () => {
  gcs = await startGcs();
  s3 = await startS3([{ provider: 's3', operation: 'GetObject', action: 'error', status: 503, times: 1 }]);
});
afterAll(() => Promise.all([s3.close(), gcs.close()]));

/** What S3 takes for a key and a path, a URL or a shell would make something else of. */
const KEYS = [
  'owls/my owl, at night.png',
  'owls/100%20real+tested.png',
  'owls/梟/ü?v=1&x=#2.png',
  '/two//slashes.png',
  "owls/it's=(a):;@[owl]!$*~.png",
];

interface Asking {
  command?: 'run' | 'check';
  config: string;
  endpoint?: string;
}

/** Asks the command line for a drop whose rows name these objects, in a folder whose operator allows what `config` says. */
async function ask(uris: readonly string[], { command = 'check', config, endpoint = s3.url }: Asking) {
  const here = await workspace.folder('here');
  await writeFile(join(here, 'finedrop.config.yaml'), config);
  const rows = uris.map((uri, index) => [`What is on picture ${index}?`, 'An owl.', `"${uri}"`]);
  const drop = await workspace.drop('museum', { 'train.csv': csv([HEADER, ...rows, ...plainRows(12)]) });
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'thing',
    STORAGE_EMULATOR_HOST: gcs.url,
  };
  const out = join(here, 'out');
  return {
    out,
    ...(await finedrop([command, drop, '--target', 'openai', '--out', out, '--json'], { cwd: here, env })),
  };
}

const ALLOWING = 'objects: {buckets: [my-photos]}\n';

/** The results of a run that told its report on standard output. */
function told({ out, stdout }: { out: string; stdout: string }) {
  const report = reportSchema.parse(JSON.parse(stdout));
  return { report, folder: join(out, report.dataset, report.run) };
}

describe('finedrop', () => {
  it('trains on objects of a bucket that the operator allows, whatever their keys look like', async () => {
    const hashes: string[] = [];
    for (const [index, key] of KEYS.entries()) {
      const bytes = await picture('png', index);
      await s3.put(key, bytes, { Bucket: 'my-photos' });
      hashes.push(sha256(bytes));
    }
    const uris = KEYS.map((key) => `s3://my-photos/${key}`);
    const ended = await ask(uris, { command: 'run', config: ALLOWING });
    const { report, folder } = told(ended);
    expect(report).toMatchObject({ status: 'completed', rows: { accepted: 17 } });
    expect(ended.code).toBe(0);
    expect((await lockOf(folder)).references).toMatchObject(
      uris.map((name, index) => ({ origin: 'object', name, sha256: hashes[index], row: index + 1, part: 1 })),
    );
  });

  it('trains on objects of both clouds, where the operator allows both', async () => {
    const [first, second] = [await picture('png', 1), await picture('png', 2)];
    await s3.put('owl.png', first, { Bucket: 'my-photos' });
    await gcs.storage.bucket('my-photos').file('owls/my owl, 100%20.png').save(second, { resumable: false });
    const uris = ['s3://my-photos/owl.png', 'gs://my-photos/owls/my owl, 100%20.png'];
    const config = 'objects: {buckets: [my-photos, "gs://my-photos"]}\n';
    const ended = await ask(uris, { command: 'run', config });
    const { report, folder } = told(ended);
    expect(report).toMatchObject({ status: 'completed', rows: { accepted: 14 } });
    expect((await lockOf(folder)).references).toMatchObject([
      { origin: 'object', name: uris[0], sha256: sha256(first) },
      { origin: 'object', name: uris[1], sha256: sha256(second) },
    ]);
  });

  it('tells of an object that Cloud Storage has not, and of one in a bucket that is only allowed at S3', async () => {
    const config = 'objects: {buckets: [my-sounds, "gs://my-photos"]}\n';
    const { folder } = told(await ask(['gs://my-photos/none.png', 'gs://my-sounds/owl.png'], { config }));
    const errors = (await findingsOf(folder)).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, where }) => `${where.row} ${code}`)).toEqual([
      '1 OBJECT_MISSING',
      '2 OBJECT_REFERENCE_REFUSED',
    ]);
  });

  it('refuses rows that name missing objects and other buckets, and says which', async () => {
    const uris = [
      's3://my-photos/none.png',
      's3://their-photos/owl.png',
      'gs://my-photos/owl.png',
      's3://my-photos/../x',
    ];
    const ended = await ask(uris, { config: ALLOWING });
    const { report, folder } = told(ended);
    expect(ended.code).toBe(2);
    expect(report.rows).toMatchObject({ rejected: 4, accepted: 12 });
    const errors = (await findingsOf(folder)).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, where }) => `${where.row} ${code}`)).toEqual([
      '1 OBJECT_MISSING',
      '2 OBJECT_REFERENCE_REFUSED',
      '3 OBJECT_REFERENCE_REFUSED',
      '4 OBJECT_URI',
    ]);
  });

  it('tells of an object that S3 denies', async () => {
    const denying = await startS3([
      { provider: 's3', operation: 'GetObject', action: 'error', status: 403, times: 100 },
    ]);
    try {
      const { folder } = told(await ask(['s3://my-photos/owl.png'], { config: ALLOWING, endpoint: denying.url }));
      expect(await findingsOf(folder)).toContainEqual(expect.objectContaining({ code: 'OBJECT_DENIED' }));
    } finally {
      await denying.close();
    }
  });

  it.each([
    ['objects: {buckets: ["s3://my-photos"]}', /"objects\.buckets\.0": each is the name of an S3 bucket/],
    ['objects: {buckets: my-photos}', /"objects\.buckets"/],
    [
      'objects: {bucket: [my-photos]}',
      /"objects\.bucket" is not a key of it.*did you mean "?buckets.*Known here: buckets\./i,
    ],
  ])('does not begin with the operator settings %s', async (config, message) => {
    const { code, stdout, stderr } = await ask([], { config: `${config}\n` });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('runLocal', () => {
  it('keeps what lay in the bucket for as long as a paid job rests on it', async () => {
    const photos = memoryStore();
    await photos.write('owl.png', await picture('png', 1));
    let isClosed = true;
    const decorate = (services: Services): Services => ({
      ...services,
      operator: { ...services.operator, objectBuckets: ['my-photos'] },
      objects: async () => photos,
      client: async (provider, place) => {
        if (provider === 'vertex' && isClosed) throw new Error('[vertex] the bucket is closed');
        return services.client(provider, place);
      },
    });
    const rows = [['What is on the picture?', 'An owl.', 's3://my-photos/owl.png'], ...plainRows(12)];
    const drop = await workspace.drop('museum', { 'train.csv': csv([HEADER, ...rows]) });
    const options = { command: 'run', paths: [drop], targets: ['openai', 'vertex'], decorate } as const;
    const out = await workspace.folder('out');
    const first = await runLocal({ ...options, out });
    expect(first.report.targets.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    await photos.write('owl.png', await picture('png', 2));
    isClosed = false;
    const second = await runSound({ ...options, out });
    expect(second.report).toMatchObject({ run: first.report.run, status: 'completed' });
    expect(second.report.targets[0]?.job?.id).toBe(first.report.targets[0]?.job?.id);
    const [reference] = (await lockOf(second.folder)).references;
    expect(reference?.sha256).toBe(sha256(await picture('png', 1)));
  });
});
