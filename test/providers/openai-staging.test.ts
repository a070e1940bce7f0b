import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReadableFile, StagingCursor } from '../../lib/providers/provider.ts';
import { sha256 } from './openai-fixtures.ts';
import {
  type Asked,
  clientOf,
  page,
  type Reply,
  type Routes,
  refusal,
  type Server,
  startServer,
} from './openai-server.ts';
import { stageWhole, trainingFileOf } from './stage-whole.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function readable(bytes: Buffer, claimed: string = sha256(bytes)): ReadableFile {
  return {
    bytes: bytes.length,
    sha256: claimed,
    async *read(offset, length) {
      const end = Math.min(offset + length, bytes.length);
      for (let at = offset; at < end; at += 7) yield bytes.subarray(at, Math.min(at + 7, end));
    },
  };
}

const CONTENT = Buffer.from(Array.from({ length: 20 }, (_, line) => `{"line":${line}}\n`).join(''));
const NAME = `finedrop-key-1-${sha256(CONTENT).slice(0, 40)}-train.jsonl`;

const stored = (changes: object = {}) => ({
  object: 'file',
  id: 'file-old',
  bytes: CONTENT.length,
  created_at: 1_795_424_400,
  filename: NAME,
  purpose: 'fine-tune',
  status: 'processed',
  ...changes,
});

async function partOf({ body, headers }: Asked): Promise<Buffer> {
  const form = await new Response(body, { headers: { 'content-type': String(headers['content-type']) } }).formData();
  const data = form.get('data');
  return data instanceof Blob ? Buffer.from(await data.arrayBuffer()) : Buffer.alloc(0);
}

/** The Uploads API in small; `changes` replace single routes. */
async function serve(files: object[] = [], changes: Routes = {}) {
  const parts = new Map<string, Buffer>();
  const completed: { bytes: Buffer; md5: string }[] = [];
  const routes: Routes = {
    'GET /v1/files': () => page(files),
    'POST /v1/uploads': () => ({ json: { id: 'upload_1', status: 'pending' } }),
    'POST /v1/uploads/upload_1/parts': async (asked) => {
      const id = `part_${parts.size + 1}`;
      parts.set(id, await partOf(asked));
      return { json: { id, object: 'upload.part' } };
    },
    'POST /v1/uploads/upload_1/complete': ({ body }) => {
      const { part_ids, md5 } = JSON.parse(body.toString());
      completed.push({ bytes: Buffer.concat(part_ids.map((id: string) => parts.get(id) ?? Buffer.alloc(0))), md5 });
      return { json: { id: 'upload_1', status: 'completed', file: stored({ id: 'file-new' }) } };
    },
    'POST /v1/uploads/upload_1/cancel': () => ({ json: { id: 'upload_1', status: 'cancelled' } }),
    ...changes,
  };
  const server = await startServer(routes);
  servers.push(server);
  return { server, completed };
}

describe('stageFile', () => {
  it.each([1000, 64, CONTENT.length, 1])('sends the bytes in order, in parts of %i', async (partBytes) => {
    const { server, completed } = await serve();
    const staged = await stageWhole(clientOf(server, partBytes), 'train', readable(CONTENT));
    expect(staged).toEqual({ split: 'train', reference: 'file-new', bytes: CONTENT.length });
    expect(completed).toEqual([{ bytes: CONTENT, md5: createHash('md5').update(CONTENT).digest('hex') }]);
    expect(JSON.parse(server.to('POST /v1/uploads')[0]?.body.toString() ?? '')).toEqual({
      filename: NAME,
      bytes: CONTENT.length,
      purpose: 'fine-tune',
      mime_type: 'text/jsonl',
    });
    expect(server.to('POST /v1/uploads/upload_1/parts')).toHaveLength(Math.ceil(CONTENT.length / partBytes));
  });

  it('says how long each part is, for not every server takes a body of unknown length', async () => {
    const { server } = await serve();
    await stageWhole(clientOf(server), 'train', readable(CONTENT));
    const [part] = server.to('POST /v1/uploads/upload_1/parts');
    expect(part?.headers['content-length']).toBe(String(part?.body.length));
    expect(part?.headers['transfer-encoding']).toBeUndefined();
  });

  it('has at most three parts on their way', async () => {
    let flying = 0;
    let most = 0;
    let parts = 0;
    const { server } = await serve([], {
      'POST /v1/uploads/upload_1/parts': async () => {
        flying += 1;
        most = Math.max(most, flying);
        await new Promise((resolve) => setTimeout(resolve, 10));
        flying -= 1;
        parts += 1;
        return { json: { id: `part_${parts}` } };
      },
    });
    await stageWhole(clientOf(server, 10), 'train', readable(CONTENT));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('finds the file of an earlier try on a later page and sends nothing', async () => {
    const { server } = await serve([], {
      'GET /v1/files': ({ query }) =>
        query.get('after') === null ? page([stored({ id: 'x', filename: 'x.jsonl' })], true) : page([stored()]),
    });
    const staged = await stageWhole(clientOf(server), 'train', readable(CONTENT));
    expect(staged.reference).toBe('file-old');
    expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(server.asked[0]?.query.get('purpose')).toBe('fine-tune');
  });

  it.each([
    ['another size', { bytes: 1 }],
    ['another split', { filename: NAME.replace('train', 'validation') }],
    ['a fault', { status: 'error' }],
    ['an hour left to live', { expires_at: 1_795_424_400 + 3600 }],
  ])('does not take a file with %s', async (_what, changes) => {
    const { server } = await serve([stored(changes)]);
    expect((await stageWhole(clientOf(server), 'train', readable(CONTENT))).reference).toBe('file-new');
  });

  describe('a file that is more than one call may carry', () => {
    it('is one upload, in the order of the file', async () => {
      const { server, completed } = await serve();
      const seen: unknown[] = [];
      const between = (resume: StagingCursor) => {
        seen.push(resume['parts']);
        return resume;
      };
      const staged = await stageWhole(clientOf(server, 50), 'train', readable(CONTENT), { bytesPerCall: 100, between });
      expect(staged.reference).toBe('file-new');
      expect(completed).toEqual([{ bytes: CONTENT, md5: undefined }]);
      expect(server.to('POST /v1/uploads')).toHaveLength(1);
      expect(seen).toEqual([
        ['part_1', 'part_2'],
        ['part_1', 'part_2', 'part_3', 'part_4'],
      ]);
    });

    it('goes on where it was when a call is tried again', async () => {
      let parts = 0;
      const bytes = new Map<string, Buffer>();
      const { server, completed } = await serve([], {
        'POST /v1/uploads/upload_1/parts': async (asked) => {
          parts += 1;
          if (parts === 3) return refusal(403, null, 'Not now.');
          bytes.set(`part_${parts}`, await partOf(asked));
          return { json: { id: `part_${parts}` } };
        },
        'POST /v1/uploads/upload_1/complete': ({ body }) => {
          const { part_ids } = JSON.parse(body.toString());
          completed.push({ bytes: Buffer.concat(part_ids.map((id: string) => bytes.get(id))), md5: '' });
          return { json: { id: 'upload_1', status: 'completed', file: stored({ id: 'file-new' }) } };
        },
      });
      const client = clientOf(server, 100);
      const file = trainingFileOf(readable(CONTENT));
      const first = await client.stageFile('train', file, { key: 'key-1', resume: null, bytesPerCall: 200 });
      const resume = 'resume' in first ? first.resume : null;
      const again = () => client.stageFile('train', file, { key: 'key-1', resume, bytesPerCall: 200 });
      await expect(again()).rejects.toThrow('Not now.');
      expect(await again()).toMatchObject({ reference: 'file-new' });
      expect(completed.map((one) => one.bytes)).toEqual([CONTENT]);
      expect(server.to('POST /v1/uploads/upload_1/cancel')).toHaveLength(0);
    });

    it('begins anew when its upload is about to end, and gives up when that does not help', async () => {
      const { server } = await serve();
      let now = Date.parse('2026-11-23T09:00:00Z');
      const client = clientOf(server, 50, () => new Date(now));
      const between = (resume: StagingCursor) => {
        now += 51 * 60_000;
        return resume;
      };
      await expect(stageWhole(client, 'train', readable(CONTENT), { bytesPerCall: 100, between })).rejects.toThrow(
        /did not arrive within an hour.*Train on fewer/,
      );
      expect(server.to('POST /v1/uploads')).toHaveLength(3);
    });
  });

  it.each([
    ['short', CONTENT.length + 1],
    ['long', CONTENT.length - 1],
  ])('notices a file that is too %s', async (_what, bytes) => {
    const { server, completed } = await serve();
    const read = () => readable(CONTENT).read(0, CONTENT.length);
    await expect(stageWhole(clientOf(server), 'train', { bytes, sha256: sha256(CONTENT), read })).rejects.toThrow(
      'changed',
    );
    expect(completed).toEqual([]);
  });

  it('sends a part again after a passing fault', async () => {
    let calls = 0;
    const bytes: Buffer[] = [];
    const { server } = await serve([], {
      'POST /v1/uploads/upload_1/parts': async (asked) => {
        calls += 1;
        if (calls === 1) return refusal(500, null, 'Oops.', { 'retry-after-ms': '1' });
        bytes.push(await partOf(asked));
        return { json: { id: 'part_1' } };
      },
    });
    await stageWhole(clientOf(server), 'train', readable(CONTENT));
    expect(bytes).toEqual([CONTENT]);
  });

  it('ends at a part that is refused, cancels, and says so in one line', async () => {
    const { server } = await serve([], { 'POST /v1/uploads/upload_1/parts': () => refusal(400, null, 'Bad part.') });
    await expect(stageWhole(clientOf(server, 10), 'train', readable(CONTENT))).rejects.toThrow(
      `[openai] could not upload ${NAME}: HTTP 400 Bad part. Try again later.`,
    );
    expect(server.to('POST /v1/uploads/upload_1/parts').length).toBeLessThan(10);
    expect(server.to('POST /v1/uploads/upload_1/cancel')).toHaveLength(1);
  });

  it('finds the file when the answer to complete was lost', async () => {
    const files: object[] = [];
    const { server } = await serve([], {
      'GET /v1/files': () => page(files),
      'POST /v1/uploads/upload_1/complete': (): Reply => {
        files.push(stored());
        return refusal(400, null, 'Upload is completed.');
      },
    });
    expect((await stageWhole(clientOf(server), 'train', readable(CONTENT))).reference).toBe('file-old');
  });

  it('throws when the files cannot be listed, rather than sending the file twice', async () => {
    const { server } = await serve([], { 'GET /v1/files': () => refusal(403, null, 'No.') });
    await expect(stageWhole(clientOf(server), 'train', readable(CONTENT))).rejects.toThrow(
      /could not list the files: HTTP 403 No\. Check/,
    );
    expect(server.asked).toHaveLength(1);
  });
});

describe('stageMedia', () => {
  it('is a fault of the caller: images lie in the lines', async () => {
    const { server } = await serve();
    await expect(clientOf(server).stageMedia('a.png', 'image/png', readable(CONTENT))).rejects.toThrow(
      'images lie in the lines',
    );
  });
});

describe('removeStaged', () => {
  const staged = [
    { split: 'train', reference: 'file-1', bytes: 1 },
    { split: 'validation', reference: 'file-2', bytes: 1 },
  ] as const;
  const job = (changes: object) => ({ id: 'j', created_at: 2000, status: 'running', training_file: null, ...changes });

  async function remove(jobs: object[], changes: Routes = {}) {
    const { server } = await serve([], {
      'GET /v1/files/*': ({ path }) => ({ json: stored({ id: path.split('/').at(-1), created_at: 1000 }) }),
      'GET /v1/fine_tuning/jobs': () => page(jobs),
      'DELETE /v1/files/*': () => ({ json: { deleted: true } }),
      ...changes,
    });
    await clientOf(server).removeStaged(staged);
    return server.to('DELETE /v1/files/*').map(({ path }) => path.split('/').at(-1));
  }

  it('deletes the files', async () => {
    expect(await remove([])).toEqual(['file-1', 'file-2']);
  });

  it('spares what a living job reads', async () => {
    expect(await remove([job({ training_file: 'file-1' })])).toEqual(['file-2']);
    expect(await remove([job({ validation_file: 'file-2' })])).toEqual(['file-1']);
    expect(await remove([job({ status: 'failed', training_file: 'file-1' })])).toEqual(['file-1', 'file-2']);
  });

  it('looks no further back than the files are old', async () => {
    const jobs = [job({ created_at: 999, training_file: 'file-1' })];
    expect(await remove([], { 'GET /v1/fine_tuning/jobs': () => page(jobs, true) })).toEqual(['file-1', 'file-2']);
  });

  it('is content when they are gone already', async () => {
    const gone = () => refusal(404, null, 'No such file.');
    expect(await remove([], { 'GET /v1/files/*': gone })).toEqual([]);
    expect(await remove([], { 'DELETE /v1/files/*': gone })).toEqual(['file-1', 'file-2']);
  });
});
