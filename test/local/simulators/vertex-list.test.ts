import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Json, jobBody, line, startVertex, type VertexFixture } from './vertex-fixture.ts';

let vertex: VertexFixture;

beforeAll(async () => {
  vertex = await startVertex();
  await vertex.stageLines('train.jsonl', [line('x')]);
});

afterAll(() => vertex.close());

describe('tuningJobs.list', () => {
  const path = '/v1beta1/projects/listed/locations/us-central1/tuningJobs';
  const list = async (query: Record<string, string>) => {
    const { status, json } = await vertex.send(`${path}?${new URLSearchParams(query)}`);
    const jobs = (json['tuningJobs'] ?? []) as Json[];
    return { status, next: json['nextPageToken'], names: jobs.map((job) => (job['labels'] as Json)['finedrop_key']) };
  };

  beforeEach(async () => {
    if ((await list({})).names.length > 0) return;
    for (const key of ['a', 'b', 'c']) {
      await vertex.send(path, { method: 'POST', body: JSON.stringify(jobBody({ labels: { finedrop_key: key } })) });
      await vertex.clock.advance(1000);
    }
  });

  it('pages, newest first', async () => {
    const first = await list({ pageSize: '2' });
    expect(first.names).toEqual(['c', 'b']);
    expect(await list({ pageSize: '2', pageToken: String(first.next) })).toMatchObject({
      names: ['a'],
      next: undefined,
    });
  });

  it.each([
    ['labels.finedrop_key="b"', ['b']],
    ['labels.finedrop_key=b', ['b']],
    ['labels.finedrop_key="none"', []],
    ['labels.other="b"', []],
    ['labels.finedrop_key="b" AND state="JOB_STATE_SUCCEEDED"', []],
    ['', ['c', 'b', 'a']],
  ])('filters by %s', async (filter, names) => {
    expect((await list({ filter })).names).toEqual(names);
  });

  it.each(['nonsense', 'labels.x="1" OR labels.y="2"', 'state!="x"', 'labels.x="1" AND '])(
    'refuses the filter %s',
    async (filter) => {
      expect((await list({ filter })).status).toBe(400);
    },
  );
});

describe('faults', () => {
  it.each([
    [{ operation: 'tuningJobs.create', action: 'error', status: 429 }, 429, 'RESOURCE_EXHAUSTED'],
    [{ operation: 'tuningJobs.create', action: 'error' }, 500, 'INTERNAL'],
    [{ operation: 'tuningJobs.create', action: 'error', status: 503 }, 503, 'UNAVAILABLE'],
  ])('%o', async (rule, status, name) => {
    const faulty = await startVertex([{ provider: 'vertex', ...rule }]);
    const refused = await faulty.create(jobBody());
    expect([refused.status, (refused.json['error'] as Json)['status']]).toEqual([status, name]);
    await faulty.close();
  });

  it('accept a job and never answer', async () => {
    const faulty = await startVertex([
      { provider: 'vertex', operation: 'tuningJobs.create', action: 'accept-then-timeout' },
    ]);
    await faulty.stageLines('train.jsonl', [line('x')]);
    await expect(faulty.create(jobBody())).rejects.toThrow('fetch failed');
    const { json } = await faulty.send('/v1/projects/demo/locations/us-central1/tuningJobs');
    expect(json['tuningJobs']).toHaveLength(1);
    await faulty.close();
  });

  it.each([
    ['lost-job', { error: { status: 'NOT_FOUND' } }],
    ['fail-job', { state: 'JOB_STATE_FAILED', error: { code: 13 } }],
    ['reject-file', { state: 'JOB_STATE_FAILED', error: { code: 3 } }],
  ])('%s', async (action, expected) => {
    const faulty = await startVertex([{ provider: 'vertex', operation: 'tuningJobs.create', action }]);
    await faulty.stageLines('train.jsonl', [line('x')]);
    const { status, json } = await faulty.create(jobBody());
    expect(status).toBe(200);
    expect(await faulty.look(json['name'], 60)).toMatchObject(expected);
    await faulty.close();
  });
});
