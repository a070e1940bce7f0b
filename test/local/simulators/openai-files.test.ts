import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingContract, openaiDifferences } from './contract.ts';
import { MINUTE, type OpenaiBench, openOpenaiBench } from './openai-bench.ts';

let bench: OpenaiBench;
let client: OpenAI;
beforeAll(async () => {
  bench = await openOpenaiBench();
  client = bench.client;
});
afterAll(() => bench.close());

const skipped = missingContract('openai-finetune-openapi.json');

describe('the Files API', () => {
  it('keeps a file byte for byte, whatever stands in it', async () => {
    const bytes = Buffer.from('{"a":1}\r\n--\r\n--boundary\r\n\u0000\ud83d\ude00\n'.repeat(5000));
    const file = await client.files.create({ file: await toFile(bytes, 'x.jsonl'), purpose: 'fine-tune' });
    expect(file).toMatchObject({ object: 'file', bytes: bytes.length, filename: 'x.jsonl', status: 'processed' });
    const content = await client.files.content(file.id);
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('lists, shows and deletes files', async () => {
    const id = await bench.upload([{}]);
    expect((await client.files.retrieve(id)).id).toBe(id);
    const listed = [];
    for await (const file of client.files.list({ purpose: 'fine-tune', limit: 1 })) listed.push(file.id);
    expect(listed).toContain(id);
    expect(await client.files.delete(id)).toEqual({ id, object: 'file', deleted: true });
    await expect(client.files.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('forgets a file when its time is over', async () => {
    const file = await client.files.create({
      file: await toFile(Buffer.from('{}'), 'x.jsonl'),
      purpose: 'fine-tune',
      expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    expect(file.expires_at).toBe(file.created_at + 3600);
    await bench.clock.advance(61 * MINUTE);
    await expect(client.files.retrieve(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it.each([
    ['an empty file', Buffer.alloc(0), 'x.jsonl', 'fine-tune', 'file'],
    ['a file that is not named .jsonl', Buffer.from('{}'), 'x.json', 'fine-tune', 'file'],
    ['an unknown purpose', Buffer.from('{}'), 'x.jsonl', 'training', 'purpose'],
  ])('refuses %s', async (_, bytes, name, purpose, param) => {
    const creation = client.files.create({ file: await toFile(bytes, name), purpose: purpose as 'fine-tune' });
    await expect(creation).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' });
  });

  it('refuses a request without a key as OpenAI does', async () => {
    const answer = await fetch(`${bench.url}/v1/files`);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error', code: null } });
  });

  it.each([
    ['no boundary', 'multipart/form-data', 'x'],
    [
      'no closing boundary',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="file"\r\n\r\nx',
    ],
    ['no name', 'multipart/form-data; boundary=b', '--b\r\ncontent-type: x\r\n\r\nx\r\n--b--\r\n'],
    ['endless headers', 'multipart/form-data; boundary=b', `--b\r\nx: ${'y'.repeat(40_000)}\r\n\r\nx\r\n--b--\r\n`],
    ['stray bytes', 'multipart/form-data; boundary=b', '--bXY\r\n\r\n--b--'],
  ])('answers 400 to a form with %s', async (_, contentType, body) => {
    const headers = { authorization: 'Bearer k', 'content-type': contentType };
    const answer = await fetch(`${bench.url}/v1/files`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
  });

  it.skipIf(skipped)(
    `answers as the specification says${skipped === null ? '' : ` (skipped: ${skipped})`}`,
    async () => {
      const id = await bench.upload([{}]);
      expect(openaiDifferences('OpenAIFile', await client.files.retrieve(id))).toEqual([]);
      const raw = await fetch(`${bench.url}/v1/files`, { headers: { authorization: 'Bearer k' } });
      expect(openaiDifferences('ListFilesResponse', await raw.json())).toEqual([]);
      const missing = await fetch(`${bench.url}/v1/files/none`, { headers: { authorization: 'Bearer k' } });
      expect(openaiDifferences('ErrorResponse', await missing.json())).toEqual([]);
    },
  );
});

describe('the Uploads API', () => {
  const bytes = Buffer.from('{"messages":[]}\n'.repeat(1000));
  const request = { filename: 'big.jsonl', purpose: 'fine-tune', mime_type: 'application/jsonl' } as const;

  async function addParts(id: string, pieces: Buffer[]): Promise<string[]> {
    const parts = await Promise.all(
      pieces.map(async (piece) => client.uploads.parts.create(id, { data: await toFile(piece, 'part') })),
    );
    return parts.map((part) => part.id);
  }

  it('joins parts in the order of completion, not of arrival', async () => {
    const upload = await client.uploads.create({ ...request, bytes: bytes.length });
    const [tail, head] = await addParts(upload.id, [bytes.subarray(7000), bytes.subarray(0, 7000)]);
    const md5 = createHash('md5').update(bytes).digest('hex');
    const done = await client.uploads.complete(upload.id, { part_ids: [head ?? '', tail ?? ''], md5 });
    expect(done).toMatchObject({ status: 'completed', file: { bytes: bytes.length, filename: 'big.jsonl' } });
    const content = await client.files.content(done.file?.id ?? '');
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('refuses a total, a part or an md5 that does not fit, and stays pending', async () => {
    const upload = await client.uploads.create({ ...request, bytes: bytes.length });
    const [part = ''] = await addParts(upload.id, [bytes.subarray(1)]);
    const complete = (body: { part_ids: string[]; md5?: string }) => client.uploads.complete(upload.id, body);
    await expect(complete({ part_ids: [part] })).rejects.toThrow('15999 bytes');
    await expect(complete({ part_ids: ['part_none'] })).rejects.toThrow('No such part');
    const other = await client.uploads.create({ ...request, bytes: 1 });
    const [foreign = ''] = await addParts(other.id, [bytes.subarray(0, 1)]);
    await expect(complete({ part_ids: [foreign, part] })).rejects.toThrow('No such part');
    const [first = ''] = await addParts(upload.id, [bytes.subarray(0, 1)]);
    await expect(complete({ part_ids: [first, part], md5: '0'.repeat(32) })).rejects.toThrow('md5');
    await expect(complete({ part_ids: [first, part, first] })).rejects.toThrow('twice');
    expect((await complete({ part_ids: [first, part] })).status).toBe('completed');
    await expect(complete({ part_ids: [first, part] })).rejects.toThrow('completed');
  });

  it('refuses a part of more than 64 MB and keeps nothing of it', async () => {
    const upload = await client.uploads.create({ ...request, bytes: 3 });
    const data = await toFile(Buffer.alloc(64 * 1024 * 1024 + 1), 'part');
    await expect(client.uploads.parts.create(upload.id, { data })).rejects.toMatchObject({
      status: 413,
      param: 'data',
    });
    const blobs = await readdir(join(bench.stateDir, 'openai', 'blobs'));
    expect(blobs.filter((name) => name.startsWith('.incoming'))).toEqual([]);
  });

  it('takes nothing more after a cancellation or an hour', async () => {
    const cancelled = await client.uploads.create({ ...request, bytes: 3 });
    expect((await client.uploads.cancel(cancelled.id)).status).toBe('cancelled');
    await expect(addParts(cancelled.id, [Buffer.from('abc')])).rejects.toThrow('cancelled');
    const expired = await client.uploads.create({ ...request, bytes: 3 });
    await bench.clock.advance(61 * MINUTE);
    await expect(addParts(expired.id, [Buffer.from('abc')])).rejects.toThrow('expired');
  });

  it.each([
    [{ bytes: 0 }, 'bytes'],
    [{ bytes: 9 * 2 ** 30 }, 'bytes'],
    [{ filename: 'big.csv' }, 'file'],
    [{ purpose: 'evals' }, 'purpose'],
    [{ surprise: true }, null],
  ])('refuses to begin with %j', async (change, param) => {
    const creation = client.uploads.create({ ...request, bytes: 3, ...change } as typeof request & { bytes: number });
    await expect(creation).rejects.toMatchObject({ status: 400, param });
  });

  it.skipIf(skipped)(
    `answers as the specification says${skipped === null ? '' : ` (skipped: ${skipped})`}`,
    async () => {
      const upload = await client.uploads.create({ ...request, bytes: 3 });
      expect(openaiDifferences('Upload', upload)).toEqual([]);
      const part = await client.uploads.parts.create(upload.id, { data: await toFile(Buffer.from('abc'), 'part') });
      expect(openaiDifferences('UploadPart', part)).toEqual([]);
      expect(openaiDifferences('Upload', await client.uploads.complete(upload.id, { part_ids: [part.id] }))).toEqual(
        [],
      );
    },
  );
});
