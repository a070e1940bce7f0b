import { afterEach, describe, expect, it } from 'vitest';
import { openai } from '../../lib/providers/openai/index.ts';
import { clientOf, page, type Routes, refusal, type Server, startServer } from './openai-server.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(routes: Routes): Promise<Server> {
  const server = await startServer(routes);
  servers.push(server);
  return server;
}

const KEY = '0123456789abcdef0123456789abcdef01234567';
const CONTENT = 'c'.repeat(40);
const file = (id: string, filename: string | null, status = 'processed') => ({
  id,
  filename,
  status,
  created_at: 1_795_424_300,
  bytes: 10,
});
const job = (id: string, training_file: string | null, metadata: object | null = null) => ({
  id,
  created_at: 1_795_424_400,
  status: 'queued',
  metadata,
  training_file,
});
const FILES = [
  file('file-mine', `finedrop-${KEY}-${CONTENT}-train.jsonl`),
  file('file-mine-before', `finedrop-${KEY}-${'d'.repeat(40)}-train.jsonl`, 'error'),
  file('file-validation', `finedrop-${KEY}-${CONTENT}-validation.jsonl`),
  file('file-other', `finedrop-${'f'.repeat(40)}-${CONTENT}-train.jsonl`),
  file('file-of-content', `finedrop-${CONTENT}-train.jsonl`),
  file('file-longer', `finedrop-${KEY}0-${CONTENT}-train.jsonl`),
  file('file-nameless', null),
];

/** A server that filters by metadata, but keeps none. */
const forgetful = (jobs: object[], files: object[] = FILES): Routes => ({
  'GET /v1/fine_tuning/jobs': ({ query }) => page(query.has('metadata[finedrop_key]') ? [] : jobs),
  'GET /v1/files': () => page(files),
});

describe('findJobs at a server that keeps no metadata', () => {
  it.each([
    ['that reads the key’s training file', job('a', 'file-mine'), ['a']],
    ['with empty metadata', job('a', 'file-mine', {}), ['a']],
    ['that reads an earlier training file of the key', job('a', 'file-mine-before'), ['a']],
    ['that reads another key’s file of the same content', job('a', 'file-other'), []],
    ['that reads a file named by its content alone', job('a', 'file-of-content'), []],
    ['that reads the file of a key that begins alike', job('a', 'file-longer'), []],
    ['that trains on the key’s validation file', job('a', 'file-validation'), []],
    ['that reads a file without a name', job('a', 'file-nameless'), []],
    ['that names no file', job('a', null), []],
    ['that carries another key', job('a', 'file-mine', { finedrop_key: 'another' }), []],
    ['that somebody else has marked', job('a', 'file-mine', { team: 'owls' }), []],
  ])('judges a job %s', async (_what, one, found) => {
    const server = await serve(forgetful([one]));
    expect((await clientOf(server).findJobs(KEY)).map(({ id }) => id)).toEqual(found);
  });

  it('follows every page of jobs, in whatever order they come', async () => {
    const pages: Record<string, ReturnType<typeof page>> = {
      '': page([{ ...job('old', 'file-other'), created_at: 1 }], true),
      old: page([job('mine', 'file-mine'), { ...job('older', 'file-mine'), created_at: 2 }]),
    };
    const server = await serve({
      'GET /v1/fine_tuning/jobs': ({ query }) =>
        query.has('metadata[finedrop_key]') ? page([]) : (pages[query.get('after') ?? ''] ?? {}),
      'GET /v1/files': () => page(FILES),
    });
    expect((await clientOf(server).findJobs(KEY)).map(({ id }) => id)).toEqual(['mine', 'older']);
  });

  it('asks for no more where no file of the key was ever brought', async () => {
    const server = await serve(forgetful([job('a', 'file-other')], FILES.slice(3)));
    expect(await clientOf(server).findJobs(KEY)).toEqual([]);
    expect(server.to('GET /v1/fine_tuning/jobs')).toHaveLength(1);
  });

  it('never says "none" where the files or the jobs cannot be listed', async () => {
    const noFiles = await serve({ ...forgetful([]), 'GET /v1/files': () => refusal(403, null, 'No.') });
    await expect(clientOf(noFiles).findJobs(KEY)).rejects.toThrow(/^\[openai\] could not look for the files of jobs/);
    const noJobs = await serve({
      ...forgetful([]),
      'GET /v1/fine_tuning/jobs': ({ query }) =>
        query.has('metadata[finedrop_key]') ? page([]) : refusal(403, null, 'No.'),
    });
    await expect(clientOf(noJobs).findJobs(KEY)).rejects.toThrow(/^\[openai\] could not look for jobs/);
  });

  it('looks no further where a job carries the key, nor at OpenAI itself, which keeps metadata', async () => {
    const marked = job('a', 'file-mine', { finedrop_key: KEY });
    const keeping = await serve({ 'GET /v1/fine_tuning/jobs': () => page([marked, job('b', 'file-mine')]) });
    expect((await clientOf(keeping).findJobs(KEY)).map(({ id }) => id)).toEqual(['a']);
    const server = await serve(forgetful([job('a', 'file-mine')]));
    const values = { baseURL: server.url, apiKey: 'sk-canary-1', profile: 'openai' };
    const client = await openai.connect({ simulated: false, values }, { mediaBase: '', now: () => new Date() });
    expect(await client.findJobs(KEY)).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });
});
