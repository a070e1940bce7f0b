import { describe, expect, it } from 'vitest';
import { openRelated } from '../../../lib/local/simulators/gcs/related.ts';
import { onlyNew, startGcs, textOf } from './gcs-fixture.ts';

describe('faults', () => {
  it.each([
    [{ action: 'error', status: 429 }, 'objects.insert'],
    [{ action: 'error', status: 503 }, 'objects.insert'],
    [{ action: 'reset' }, 'objects.insert'],
    [{ action: 'error', status: 503 }, 'objects.resume'],
  ])('%o on %s are overcome by the client’s own retries under a precondition', async (rule, operation) => {
    const faulty = await startGcs([{ provider: 'gcs', operation, ms: 1, ...rule }], 2);
    const file = faulty.bucket.file(`${JSON.stringify(rule)} ${operation}`);
    await file.save('x', { resumable: operation === 'objects.resume', ...onlyNew });
    expect(await textOf(file)).toBe('x');
    await faulty.close();
  });

  it('accept an upload and never answer', async () => {
    const faulty = await startGcs([{ provider: 'gcs', operation: 'objects.insert', action: 'accept-then-timeout' }]);
    const file = faulty.bucket.file('unanswered');
    await expect(file.save('x', { resumable: false })).rejects.toThrow();
    expect(await textOf(file)).toBe('x');
    await faulty.close();
  });
});

describe('openRelated', () => {
  const head = '--b\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--b\r\nContent-Type: image/png\r\n\r\n';

  async function read(text: string, cut: number, contentType = 'multipart/related; boundary=b') {
    const source = async function* () {
      for (let at = 0; at < text.length; at += cut) yield Buffer.from(text.slice(at, at + cut), 'latin1');
    };
    const { body, ...upload } = await openRelated(source(), contentType);
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return { ...upload, body: Buffer.concat(pieces).toString('latin1') };
  }

  it.each([1, 3, 1000])('finds the parts in pieces of %i bytes', async (cut) => {
    const body = 'bytes\r\n--\r\n--c\r\n';
    const upload = await read(`${head}${body}\r\n--b--\r\n`, cut);
    expect(upload).toEqual({ resource: '{"a":1}', contentType: 'image/png', body });
  });

  it.each([
    ['no boundary in its type', `${head}x\r\n--b--`, 'multipart/related'],
    ['another boundary', '--c\r\n\r\n', undefined],
    ['no end', `${head}x`, undefined],
    ['one part', '--b\r\n\r\n{}\r\n--b--', undefined],
  ])('refuses a body with %s', async (_, text, contentType) => {
    await expect(read(text, 10, contentType)).rejects.toMatchObject({ status: 400 });
  });
});
