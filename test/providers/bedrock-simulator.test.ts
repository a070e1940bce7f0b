import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import type { CreateOutcome, JobSnapshot, ReadableFile, StagedFile } from '../../lib/providers/provider.ts';
import {
  accepted,
  assistant,
  example,
  image,
  NOVA_2_LITE,
  pdf,
  type Running,
  readable,
  sha256,
  startRunning,
  target,
  user,
} from './bedrock-fixtures.ts';
import { stageWhole } from './stage-whole.ts';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const ROLE = 'arn:aws:iam::123456789012:role/tuning';
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(faults: object[] = []): Promise<Running> {
  const running = await startRunning(faults);
  cleanups.push(running.close);
  return running;
}

interface Dataset {
  rows: number;
  question?: string;
  model?: string;
}

/** Rows that name one staged image: what `format` writes must hold before rules that are not ours. */
async function trainingFile(
  running: Running,
  { rows, question = 'Which bird', model }: Dataset,
): Promise<ReadableFile> {
  const pixels = await sharp({ create: { width: 32, height: 40, channels: 3, background: '#364' } })
    .jpeg()
    .toBuffer();
  const photo = image('owl', {
    sha256: sha256(pixels),
    bytes: pixels.length,
    mime: 'image/jpeg',
    width: 32,
    height: 40,
  });
  await running.client.stageMedia(`${photo.sha256}.jpg`, 'image/jpeg', readable(pixels));
  const lines = Array.from({ length: rows }, (_, row) => {
    const turns = [user({ text: `${question} is number ${row}?` }, { media: 'a' }), assistant(`Bird ${row}.`)];
    const formatted = bedrock.format(example(turns), new Map([['a', photo]]), {
      target: target(model === undefined ? {} : { model }),
      countTokens: () => 0,
      mediaUri: (fileName) => `${running.mediaBase}/${fileName}`,
    });
    return `${accepted(formatted).line.join('')}\n`;
  });
  return readable(Buffer.from(lines.join('')));
}

async function stageAndCreate(
  running: Running,
  dataset: Dataset,
  validation: StagedFile | null = null,
): Promise<{ training: StagedFile; outcome: CreateOutcome }> {
  const { client } = running;
  const training = await stageWhole(client, 'train', await trainingFile(running, dataset));
  const hyperparameters = { epochCount: 1, learningRate: 0.00001 };
  const request = { key: KEY, target: target({ hyperparameters }), dataset: 'museum', training, validation };
  return { training, outcome: await client.createJob(request, { deadlineMs: 2000 }) };
}

function idOf(outcome: CreateOutcome): string {
  if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome));
  return outcome.id;
}

async function follow({ simulators, client }: Running, id: string) {
  const seen: JobSnapshot[] = [];
  for (let look = 0; look < 200; look += 1) {
    const job = await client.getJob(id);
    if (job === null) throw new Error('the job is gone');
    if (seen.at(-1)?.state !== job.state) seen.push(job);
    if (['succeeded', 'failed', 'cancelled'].includes(job.state)) break;
    await simulators.clock.advance(30_000);
  }
  return { states: seen.map(({ state }) => state), last: seen.at(-1) };
}

describe('the client at the simulators', () => {
  it('stages once, creates, finds by key and follows the job to its model and metrics', async () => {
    const running = await start();
    const { client } = running;
    const check = await stageWhole(client, 'validation', await trainingFile(running, { rows: 3, question: 'Is it' }));
    const { training, outcome } = await stageAndCreate(running, { rows: 8 }, check);
    expect(await stageWhole(client, 'train', await trainingFile(running, { rows: 8 }))).toEqual(training);
    expect(training.reference).toMatch(/^s3:\/\/finedrop-simulated\/finedrop\/museum\/[0-9a-f]{40}-train\.jsonl$/);
    const id = idOf(outcome);
    expect(await client.findJobs(KEY)).toEqual([{ id, createdAt: expect.stringMatching(/Z$/), state: 'validating' }]);
    expect(await client.findJobs('another')).toEqual([]);
    expect((await client.readMetrics(id))?.points).toEqual([]);
    const { states, last } = await follow(running, id);
    expect(states).toEqual(['validating', 'running', 'succeeded']);
    expect(last?.tunedModel).toMatch(/^arn:aws:bedrock:us-east-1:000000000000:custom-model\//);
    const told = await client.readMetrics(id);
    const losses = { trainLoss: expect.any(Number), trainAccuracy: null, validAccuracy: null };
    expect(told?.points[0]).toMatchObject({ step: 0, epoch: 0, ...losses });
    expect(told?.points.filter(({ validLoss }) => validLoss !== null).length).toBeGreaterThan(0);
    expect(told?.events.map(({ message }) => message)).toContain('training: Completed');
  });

  it('hands the reason of a failure on', async () => {
    const running = await start();
    const { outcome } = await stageAndCreate(running, { rows: 7 });
    const { last } = await follow(running, idOf(outcome));
    expect(last).toMatchObject({ state: 'failed', error: expect.stringContaining('has 7 rows, the model needs 8') });
  });

  it.each([
    ['fail-job', /unexpected error.*Please try again\. Bedrock advises to try once more: finedrop run --again\.$/],
    ['reject-file', /^Unable to parse Amazon S3 file.*resubmit\. The row that it names should have been found before/],
  ])('says what to do about a job that fails by %s', async (action, error) => {
    const running = await start([{ provider: 'bedrock', operation: 'CreateModelCustomizationJob', action }]);
    const { outcome } = await stageAndCreate(running, { rows: 8 });
    const { last } = await follow(running, idOf(outcome));
    expect(last).toMatchObject({ state: 'failed', error: expect.stringMatching(error) });
  });

  it.each([
    [{ status: 429, ms: 7000 }, 7],
    [{ status: 400, code: 'ServiceQuotaExceededException' }, 1800],
  ])('comes again later where the service has no room: %j', async (fault, afterSeconds) => {
    const rule = { provider: 'bedrock', operation: 'CreateModelCustomizationJob', action: 'error', ...fault };
    const running = await start([rule]);
    expect((await stageAndCreate(running, { rows: 8 })).outcome).toMatchObject({ outcome: 'later', afterSeconds });
    expect(await running.client.findJobs(KEY)).toEqual([]);
  });

  it('trains Nova 2 on PDF that lie beside the training file', async () => {
    const running = await start();
    const { client } = running;
    const bytes = Buffer.from('%PDF-1.7\n%%EOF\n');
    const file = pdf('owls.pdf', { sha256: sha256(bytes), bytes: bytes.length });
    await client.stageMedia(`${file.sha256}.pdf`, 'application/pdf', readable(bytes));
    const lines = Array.from({ length: 200 }, (_, row) => {
      const chat = example([user({ text: `Owl ${row}?` }, { media: 'a' }), assistant(`Owl ${row}.`)]);
      const mediaUri = (fileName: string) => `${running.mediaBase}/${fileName}`;
      const options = { target: target({ model: NOVA_2_LITE }), countTokens: () => 0, mediaUri };
      return `${accepted(bedrock.format(chat, new Map([['a', file]]), options)).line.join('')}\n`;
    });
    const training = await stageWhole(client, 'train', readable(Buffer.from(lines.join(''))));
    const request = { key: KEY, target: target({ model: NOVA_2_LITE }), dataset: 'museum', training, validation: null };
    const { last } = await follow(running, idOf(await client.createJob(request, { deadlineMs: 2000 })));
    expect(last).toMatchObject({ state: 'succeeded', error: null });
  });

  it('makes no second job when a create is repeated, and tells a taken name from a new one', async () => {
    const running = await start([
      { provider: 'bedrock', operation: 'CreateModelCustomizationJob', action: 'accept-then-timeout', ms: 50 },
    ]);
    const { training, outcome } = await stageAndCreate(running, { rows: 8 });
    expect(outcome.outcome).toBe('unknown');
    const again = (await stageAndCreate(running, { rows: 8 })).outcome;
    expect(await running.client.findJobs(KEY)).toMatchObject([{ id: idOf(again) }]);
    const request = { key: KEY, target: target(), dataset: 'museum', training, validation: null };
    expect(await running.client.createJob(request, { deadlineMs: 2000 })).toEqual(again);
  });

  it('gives a create up at its deadline', async () => {
    const running = await start([
      { provider: 'bedrock', operation: 'CreateModelCustomizationJob', action: 'slow', ms: 3000 },
    ]);
    const training = await stageWhole(running.client, 'train', await trainingFile(running, { rows: 8 }));
    const request = { key: KEY, target: target(), dataset: 'museum', training, validation: null };
    const outcome = await running.client.createJob(request, { deadlineMs: 100 });
    expect(outcome).toEqual({ outcome: 'unknown', message: 'there was no answer in time' });
  });

  it('is refused where the request is wrong for the model', async () => {
    const { client } = await start();
    const missing = { split: 'train', reference: 's3://finedrop-simulated/none.jsonl', bytes: 1 } as const;
    const request = { key: KEY, target: target(), dataset: 'museum', training: missing, validation: null };
    expect(await client.createJob(request, { deadlineMs: 2000 })).toEqual({
      outcome: 'refused',
      code: 'ValidationException',
      message: expect.stringMatching(/none\.jsonl.*The role must be allowed to read/),
    });
    const second = { ...request, target: target({ model: NOVA_2_LITE }), validation: missing };
    expect(await client.createJob(second, { deadlineMs: 2000 })).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('does not support a validation dataset'),
    });
  });

  it('cancels, and takes staged files away when no job reads them any more', async () => {
    const running = await start();
    const { client } = running;
    const { training, outcome } = await stageAndCreate(running, { rows: 8 });
    const id = idOf(outcome);
    const file = { ...(await trainingFile(running, { rows: 8 })), read: refuseToRead };
    await client.removeStaged([training]);
    expect(await stageWhole(client, 'train', file)).toEqual(training);
    await client.cancelJob(id);
    await client.cancelJob(id);
    expect(await client.getJob(id)).toMatchObject({ state: 'stopping' });
    await running.simulators.clock.advance(60_000);
    await client.cancelJob(id);
    expect(await client.getJob(id)).toMatchObject({ state: 'cancelled', tunedModel: null });
    await client.removeStaged([training]);
    await expect(stageWhole(client, 'train', file)).rejects.toThrow('read again');
    const unknown = id.replace(/.{12}$/, 'aaaaaaaaaaaa');
    expect(await client.getJob(unknown)).toBeNull();
    await client.cancelJob(unknown);
  });

  it('stages no file whose bytes are not those that were promised', async () => {
    const { client } = await start();
    const file = { ...readable(Buffer.from('{}\n')), sha256: sha256('other') };
    const short = { ...file, bytes: file.bytes + 1 };
    await expect(stageWhole(client, 'train', short)).rejects.toThrow('changed while it was being staged');
    await expect(client.stageMedia('a.png', 'image/png', file)).rejects.toThrow('changed while it was being staged');
    await expect(stageWhole(client, 'train', { ...file, read: refuseToRead })).rejects.toThrow('read again');
  });

  it('never takes a failed look for "no such job"', async () => {
    const { client } = await start([
      { provider: 'bedrock', operation: 'GetModelCustomizationJob', action: 'error', status: 403, times: 9 },
    ]);
    await expect(client.findJobs(KEY)).rejects.toThrow('[bedrock] could not look for the job fd-0123');
    await expect(client.getJob('arn')).rejects.toThrow('Check what the AWS credentials may do');
  });
});

async function* refuseToRead(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(0);
  throw new Error('the file was read again');
}

describe('connect', () => {
  const open = (values: Record<string, string>, simulated: boolean, mediaBase = 's3://bucket/finedrop/a/media') =>
    bedrock.connect({ simulated, values }, { mediaBase, now: () => new Date() });

  it('wants endpoints for simulators, a role and a bucket', async () => {
    await expect(open({ roleArn: ROLE }, true)).rejects.toThrow('no endpoints');
    await expect(open({ roleArn: 'tuning' }, false)).rejects.toThrow('set FINEDROP_BEDROCK_ROLE_ARN');
    await expect(open({ roleArn: ROLE }, false, 's3://B/finedrop/a/media')).rejects.toThrow('FINEDROP_BEDROCK_BUCKET');
  });
});
