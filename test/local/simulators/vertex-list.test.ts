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
    ['labels.finedrop_key="a" OR labels.finedrop_key="c"', ['c', 'a']],
    ['labels.finedrop_key:*', ['c', 'b', 'a']],
    ['labels.other:*', []],
    ['labels.finedrop_key:* AND NOT labels.finedrop_key=b', ['c', 'a']],
    ['-labels.finedrop_key=b', ['c', 'a']],
    ['labels.finedrop_key != "b"', ['c', 'a']],
    ['labels."finedrop_key"=b', ['b']],
    ['labels.finedrop_key=a OR labels.finedrop_key=b AND state="JOB_STATE_FAILED" OR labels.finedrop_key=b', ['b']],
    ['baseModel="gemini-3.1-flash-lite" AND labels.finedrop_key="c"', ['c']],
    ['labels.finedrop_key="B"', []],
    ['', ['c', 'b', 'a']],
  ])('filters by %s', async (filter, names) => {
    expect((await list({ filter })).names).toEqual(names);
  });

  it.each([
    'nonsense',
    '(state="x")',
    'state',
    'state="x',
    'labels.x="1" labels.y="2"',
    'labels.x="1" AND ',
    'createTime>"2026"',
  ])('refuses the filter %s', async (filter) => {
    expect((await list({ filter })).status).toBe(400);
  });
});

describe('an odd state', () => {
  async function start(rule: Json) {
    const odd = await startVertex([{ provider: 'vertex', operation: 'tuningJobs.create', ...rule }]);
    await odd.stageLines('train.jsonl', [line('x')]);
    const { json } = await odd.create(jobBody());
    return { odd, name: json['name'] };
  }

  it.each([
    ['TUNING_JOB_STATE_WAITING_FOR_QUOTA', [60, 50, 60], ['QUEUED', 'QUEUED', 'SUCCEEDED']],
    ['JOB_STATE_PAUSED', [20, 40, 60], ['PAUSED', 'PAUSED', 'SUCCEEDED']],
    ['UPDATING', [16, 5, 20], ['UPDATING', 'RUNNING', 'SUCCEEDED']],
    ['RUNNING', [60, 22 * 60, 60], ['RUNNING', 'RUNNING', 'RUNNING']],
    ['EXPIRED', [10, 20, 60], ['RUNNING', 'EXPIRED', 'EXPIRED']],
    ['PARTIALLY_SUCCEEDED', [10, 10, 60], ['RUNNING', 'RUNNING', 'PARTIALLY_SUCCEEDED']],
  ])('%s lasts as long as it may', async (state, minutes, states) => {
    const { odd, name } = await start({ action: 'odd-state', state });
    const seen: unknown[] = [];
    for (const later of minutes) seen.push((await odd.look(name, later))['state']);
    expect(seen).toEqual(states.map((word) => `JOB_STATE_${word}`));
    const job = await odd.look(name, 0);
    const isOver = job['endTime'] !== undefined;
    expect(isOver).toBe(!['RUNNING'].includes(states.at(-1) ?? ''));
    if (isOver) expect(Date.parse(String(job['endTime']))).toBeLessThanOrEqual(odd.clock.now().getTime());
    expect('tunedModel' in job).toBe(/SUCCEEDED/.test(states.at(-1) ?? ''));
    await odd.close();
  });

  it('does not keep a job from being cancelled, and ends by error 1', async () => {
    const { odd, name } = await start({ action: 'odd-state', state: 'PAUSED' });
    expect(await odd.look(name, 20)).toMatchObject({ state: 'JOB_STATE_PAUSED' });
    expect((await odd.send(`/v1/${name}:cancel`, { method: 'POST', body: '{}' })).status).toBe(200);
    expect(await odd.look(name, 1)).toMatchObject({ state: 'JOB_STATE_CANCELLED', error: { code: 1 } });
    await odd.close();
  });

  it('may be fields that are null where they were absent', async () => {
    const { odd, name } = await start({ action: 'null-fields' });
    expect(await odd.look(name, 0)).toMatchObject({ error: null, tunedModel: null, labels: null, startTime: null });
    expect(await odd.look(name, 60)).toMatchObject({ error: null, tunedModel: { model: expect.any(String) } });
    await odd.close();
  });
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
