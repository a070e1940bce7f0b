import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConditionalConflictError,
  ObjectChangedError,
  type ObjectInfo,
  ObjectMissingError,
  type ObjectStore,
  PreconditionFailedError,
  readBytes,
  readJson,
  readJsonLines,
} from '../../lib/storage/object-store.ts';

export interface OpenedStore {
  /** Empty when it is given. */
  store: ObjectStore;
  close(): Promise<void>;
}

const RACERS = 16;
const LARGE_BYTES = 9 * 1024 * 1024 + 17;

/** Keys that a bucket takes and that file systems, URLs or XML read as something else. */
export const ODD_KEYS = [
  'spaces and  more.txt',
  'percent%2Fslash%25%20.txt',
  '%2E%2E/%2e/%00/%25.txt',
  '../up.txt',
  'a/../b.txt',
  'a/./b.txt',
  'double//slash',
  'ends/in/slash/',
  'dots/..',
  'dots/...',
  '.hidden',
  'plus+and&and=and?and#.txt',
  'quotes\'"<xml>&amp;.txt',
  'back\\slash.txt',
  'line\nbreak\ttab.txt',
  'Ümläut 訓練データ 🦉.csv',
  'e\u0301-decomposed',
  '\u00e9-composed',
  '\u202eoverride\u200bzero',
  '__proto__',
  'constructor',
  `${'n'.repeat(200)}/${'m'.repeat(200)}/${'訓'.repeat(66)}.txt`,
] as const;

export interface ContractOptions {
  /** Odd keys that the service itself refuses, with the reason: they are skipped, not forgotten. */
  refused?: Readonly<Record<string, string>>;
}

/** What the port promises, asked of one adapter: each test gets an empty store of its own. */
export function objectStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  { refused = {} }: ContractOptions = {},
): void {
  describe(`${name} keeps the object store's promises`, () => {
    let opened: OpenedStore;
    const store = () => opened.store;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.close();
    });
    describe('write', () => writing(store));
    describe('read', () => reading(store));
    describe('list and head', () => listing(store));
    describe('conditional writes', () => conditions(store));
    describe('remove', () => removing(store));
    describe('concatenate', () => concatenating(store));
    describe('names', () => naming(store, refused));
    describe('readBytes, readJson, readJsonLines', () => helpers(store));
  });
}

function writing(store: () => ObjectStore): void {
  it.each([
    ['text', 'grüße 🦉', Buffer.from('grüße 🦉')],
    ['bytes', new Uint8Array([0, 255, 10, 13]), Buffer.from([0, 255, 10, 13])],
    ['a view into a larger buffer', new Uint8Array([9, 1, 2, 9]).subarray(1, 3), Buffer.from([1, 2])],
    ['nothing', '', Buffer.alloc(0)],
  ])('keeps %s as it is', async (_kind, body, expected) => {
    const info = await store().write('a/b.bin', body);
    expect(info).toMatchObject({ key: 'a/b.bin', size: expected.length });
    expect(await readBytes(store(), 'a/b.bin')).toEqual(expected);
  });

  it('keeps a stream whose chunks are of any size, empty ones too', async () => {
    const pieces = ['', 'one', '', 'two\n', 'x'.repeat(200_000), ''];
    const info = await store().write('stream', chunksOf(pieces));
    expect(info.size).toBe(200_007);
    expect((await readBytes(store(), 'stream'))?.toString()).toBe(pieces.join(''));
  });

  it('keeps an empty stream as an empty object', async () => {
    expect(await store().write('empty', chunksOf([]))).toMatchObject({ size: 0 });
    expect(await readBytes(store(), 'empty')).toEqual(Buffer.alloc(0));
  });

  it('replaces what stood, and tells it by the ETag', async () => {
    const first = await store().write('k', 'first');
    const second = await store().write('k', 'other');
    expect(second.etag).not.toBe(first.etag);
    expect(await store().head('k')).toMatchObject({ etag: second.etag, size: 5 });
    expect((await readBytes(store(), 'k'))?.toString()).toBe('other');
  });

  it('does not see what the writer does to its bytes afterwards', async () => {
    const bytes = Buffer.from('before');
    await store().write('k', bytes);
    bytes.fill('x');
    expect((await readBytes(store(), 'k'))?.toString()).toBe('before');
  });

  it('keeps a large stream', async () => {
    const info = await store().write('large', largeStream());
    expect(info.size).toBe(LARGE_BYTES);
    expect(await digestOf(store(), 'large')).toBe(await digest(largeStream()));
  });

  it('leaves nothing behind when a stream fails midway, and throws what the stream threw', async () => {
    const broken = new Error('the source broke');
    await expect(store().write('new', failing(broken))).rejects.toThrow('the source broke');
    expect(await keysIn(store(), '')).toEqual([]);
  });

  it('leaves what stood when a stream that would replace it fails', async () => {
    await store().write('k', 'stands');
    await expect(store().write('k', failing(new Error('broke')))).rejects.toThrow('broke');
    expect((await readBytes(store(), 'k'))?.toString()).toBe('stands');
  });

  it('shows nothing of a write that has not ended', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const written = store().write('slow', heldOpen(held));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await store().head('slow')).toBeNull();
    expect(await keysIn(store(), '')).toEqual([]);
    release();
    await written;
    expect(await keysIn(store(), '')).toEqual(['slow']);
  });

  it('shows of many writers at once one whole object, never a mixture', async () => {
    const bodies = Array.from({ length: RACERS }, (_, index) => String.fromCharCode(97 + index).repeat(50_000));
    await Promise.all(bodies.map((body) => store().write('k', chunksOf([body.slice(0, 20_000), body.slice(20_000)]))));
    expect(bodies).toContain((await readBytes(store(), 'k'))?.toString());
  });
}

function reading(store: () => ObjectStore): void {
  it.each([
    ['all', {}, '0123456789'],
    ['from an offset', { offset: 7 }, '789'],
    ['a range', { offset: 2, length: 3 }, '234'],
    ['the first byte', { length: 1 }, '0'],
    ['the last byte', { offset: 9, length: 1 }, '9'],
    ['up to the end when the range goes past it', { offset: 8, length: 100 }, '89'],
    ['nothing at the end', { offset: 10 }, ''],
    ['nothing past the end', { offset: 11, length: 5 }, ''],
    ['nothing far past the end', { offset: 5_000_000_000 }, ''],
    ['nothing of zero length', { offset: 3, length: 0 }, ''],
  ])('gives %s', async (_what, options, expected) => {
    const { etag } = await store().write('digits', '0123456789');
    expect((await readBytes(store(), 'digits', options))?.toString()).toBe(expected);
    expect((await readBytes(store(), 'digits', { ...options, ifMatch: etag }))?.toString()).toBe(expected);
  });

  it('gives nothing of an empty object, whatever the range', async () => {
    const { etag } = await store().write('empty', '');
    for (const options of [{}, { offset: 1 }, { length: 0 }, { offset: 0, length: 4 }, { ifMatch: etag }]) {
      expect(await readBytes(store(), 'empty', options)).toEqual(Buffer.alloc(0));
    }
  });

  it('gives any range of any object', async () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 251));
    const { etag } = await store().write('bytes', bytes);
    const range = fc.record(
      { offset: fc.nat(5200), length: fc.nat(5200), ifMatch: fc.constant(etag) },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(range, async (options) => {
        const { offset = 0, length = bytes.length } = options;
        expect(await readBytes(store(), 'bytes', options)).toEqual(bytes.subarray(offset, offset + length));
      }),
      { seed: 42, numRuns: 40 },
    );
  });

  it.each([[{}], [{ offset: 3 }], [{ length: 0 }], [{ ifMatch: 'x' }]])(
    'throws that the object is missing (%j)',
    async (options) => {
      await expect(drain(store().read('nothing/here', options))).rejects.toBeInstanceOf(ObjectMissingError);
    },
  );

  it('throws that the object changed, when another has come under its key', async () => {
    const { etag } = await store().write('k', 'old bytes');
    await store().write('k', 'new bytes');
    for (const options of [{ ifMatch: etag }, { ifMatch: etag, offset: 2, length: 3 }]) {
      await expect(drain(store().read('k', options))).rejects.toBeInstanceOf(ObjectChangedError);
    }
  });

  it('reads a large object by ranges under its ETag', async () => {
    const { etag } = await store().write('large', largeStream());
    const whole = await collect(largeStream());
    for (const [offset, length] of [
      [0, 10],
      [LARGE_BYTES - 5, 100],
      [1024 * 1024 - 3, 4 * 1024 * 1024],
    ] as const) {
      const range = await readBytes(store(), 'large', { offset, length, ifMatch: etag });
      expect(range?.equals(whole.subarray(offset, offset + length))).toBe(true);
    }
    await store().write('large', largeStream(1));
    await expect(drain(store().read('large', { ifMatch: etag, length: 4 }))).rejects.toBeInstanceOf(ObjectChangedError);
  });

  it('can be left in the middle of a large object', async () => {
    await store().write('large', largeStream());
    for await (const chunk of store().read('large')) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect((await store().head('large'))?.size).toBe(LARGE_BYTES);
  });

  it('does not let a reader change the object through its chunk', async () => {
    await store().write('k', 'before');
    for await (const chunk of store().read('k')) chunk.fill(0);
    expect((await readBytes(store(), 'k'))?.toString()).toBe('before');
  });
}

function listing(store: () => ObjectStore): void {
  it('gives keys in the order of their UTF-8 bytes', async () => {
    // In UTF-16 the owl would stand before U+FFFD.
    const ordered = [
      'A',
      'a',
      'a b',
      'a!',
      'a-b',
      'a.txt',
      'a/b',
      'a/b/c',
      'a/z',
      'a0',
      'aa',
      'z',
      'é',
      '\uff5e',
      '🦉',
    ];
    for (const key of [...ordered].reverse()) {
      if (key !== 'a' && key !== 'a/b') await store().write(key, key);
    }
    const expected = ordered.filter((key) => key !== 'a' && key !== 'a/b');
    expect(await keysIn(store(), '')).toEqual(expected);
  });

  it.each([
    ['', ['a.txt', 'a/b.txt', 'a/c/d.txt', 'ab/c.txt', 'b.txt']],
    ['a', ['a.txt', 'a/b.txt', 'a/c/d.txt', 'ab/c.txt']],
    ['a/', ['a/b.txt', 'a/c/d.txt']],
    ['a/c', ['a/c/d.txt']],
    ['a/c/d.txt', ['a/c/d.txt']],
    ['a/c/d.txt/', []],
    ['b/', []],
    ['nothing', []],
    ['A', []],
  ])('finds what begins with "%s"', async (prefix, expected) => {
    for (const key of ['a.txt', 'a/b.txt', 'a/c/d.txt', 'ab/c.txt', 'b.txt']) await store().write(key, key);
    expect(await keysIn(store(), prefix)).toEqual(expected);
  });

  it('lists any keys in order, and those under any prefix', async () => {
    const segment = fc.stringMatching(/^[a-cA-Zé🦉%.! -]{1,3}$/u).filter((text) => !/^\.+$/.test(text));
    // Folders and files of one name are not asked for: a folder on disk cannot hold both.
    const key = fc
      .array(segment, { minLength: 1, maxLength: 3 })
      .map((segments) => [...segments.slice(0, -1).map((folder) => `${folder}+`), segments.at(-1)].join('/'));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 8 }), fc.nat(3), async (keys, cut) => {
        round += 1;
        const root = `round-${round}/`;
        for (const one of keys) await store().write(root + one, one);
        const sorted = keys
          .map((one) => root + one)
          .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
        expect(await keysIn(store(), root)).toEqual(sorted);
        const prefix =
          root +
          Array.from(keys[0] ?? '')
            .slice(0, cut)
            .join('');
        expect(await keysIn(store(), prefix)).toEqual(sorted.filter((one) => one.startsWith(prefix)));
      }),
      { seed: 42, numRuns: 15 },
    );
  });

  it('says of each object what head says', async () => {
    const written: ObjectInfo[] = [await store().write('a', 'one'), await store().write('b/c', 'three')];
    const listed = await collectInfos(store(), '');
    expect(listed).toMatchObject(written.map(({ key, size, etag }) => ({ key, size, etag })));
    for (const { key, size, etag } of listed) expect(await store().head(key)).toMatchObject({ key, size, etag });
  });

  it('lists more objects than fit one page of a listing', async () => {
    const keys = Array.from({ length: 1203 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    for (let start = 0; start < keys.length; start += 100)
      await Promise.all(keys.slice(start, start + 100).map((key) => store().write(key, 'x')));
    expect(await keysIn(store(), 'many/')).toEqual(keys);
  });

  it.each(['nothing', 'a/nothing', 'a/b/below-an-object'])('head knows no "%s"', async (key) => {
    await store().write('a/b', 'x');
    expect(await store().head(key)).toBeNull();
  });

  it('head and read know no object by the name of a folder', async () => {
    await store().write('a/b', 'x');
    expect(await store().head('a')).toBeNull();
    await expect(drain(store().read('a'))).rejects.toBeInstanceOf(ObjectMissingError);
  });
}

function conditions(store: () => ObjectStore): void {
  it('creates only where nothing is', async () => {
    const first = await store().write('k', 'first', { ifNoneMatch: '*' });
    await expect(store().write('k', 'second', { ifNoneMatch: '*' })).rejects.toBeInstanceOf(PreconditionFailedError);
    expect(await store().head('k')).toMatchObject({ etag: first.etag });
    await store().remove('k');
    await store().write('k', 'third', { ifNoneMatch: '*' });
    expect((await readBytes(store(), 'k'))?.toString()).toBe('third');
  });

  it('replaces only what was read', async () => {
    const first = await store().write('k', 'first');
    const second = await store().write('k', 'second', { ifMatch: first.etag });
    await expect(store().write('k', 'third', { ifMatch: first.etag })).rejects.toBeInstanceOf(PreconditionFailedError);
    expect((await readBytes(store(), 'k'))?.toString()).toBe('second');
    await store().write('k', 'fourth', { ifMatch: second.etag });
    expect((await readBytes(store(), 'k'))?.toString()).toBe('fourth');
  });

  it('replaces nothing where nothing is', async () => {
    await expect(store().write('k', 'x', { ifMatch: 'abc' })).rejects.toBeInstanceOf(PreconditionFailedError);
    expect(await store().head('k')).toBeNull();
  });

  it('leaves nothing behind of streams that lose', async () => {
    await store().write('k', 'stands');
    await expect(store().write('k', chunksOf(['a', 'b']), { ifNoneMatch: '*' })).rejects.toBeInstanceOf(
      PreconditionFailedError,
    );
    await expect(store().write('k', chunksOf(['a', 'b']), { ifMatch: 'other' })).rejects.toBeInstanceOf(
      PreconditionFailedError,
    );
    expect(await keysIn(store(), '')).toEqual(['k']);
    expect((await readBytes(store(), 'k'))?.toString()).toBe('stands');
  });

  it(`lets one of ${RACERS} writers create an object`, async () => {
    const outcomes = await race((index) => store().write('claims/k', `writer ${index}`, { ifNoneMatch: '*' }));
    const winner = onlyWinner(outcomes);
    expect((await readBytes(store(), 'claims/k'))?.toString()).toBe(`writer ${winner}`);
  });

  it(`lets one of ${RACERS} writers replace an object, again and again`, async () => {
    let { etag } = await store().write('ledger/k', 'start');
    for (let round = 0; round < 3; round += 1) {
      const outcomes = await race((index) => store().write('ledger/k', `${round} by ${index}`, { ifMatch: etag }));
      const winner = onlyWinner(outcomes);
      expect((await readBytes(store(), 'ledger/k'))?.toString()).toBe(`${round} by ${winner}`);
      const won = outcomes[winner];
      etag = won?.status === 'fulfilled' ? won.value.etag : '';
      expect((await store().head('ledger/k'))?.etag).toBe(etag);
    }
  });

  it('counts right when many add one each by read and compare-and-swap', async () => {
    await store().write('count', '0');
    const addOne = async () => {
      for (;;) {
        const info = await store().head('count');
        const bytes = await readBytes(store(), 'count', { ifMatch: info?.etag ?? '' }).catch(nullIfChanged);
        if (bytes === null) continue;
        const next = String(Number(bytes.toString()) + 1);
        const isDone = await store()
          .write('count', next, { ifMatch: info?.etag ?? '' })
          .then(() => true, falseIfLost);
        if (isDone) return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, addOne));
    expect((await readBytes(store(), 'count'))?.toString()).toBe('8');
  });
}

function removing(store: () => ObjectStore): void {
  it('takes an object away, and minds nothing that is not there', async () => {
    await store().write('a/b/c', 'x');
    await store().write('a/d', 'y');
    await store().remove('a/b/c');
    await store().remove('a/b/c');
    await store().remove('never/was');
    expect(await keysIn(store(), '')).toEqual(['a/d']);
    expect(await store().head('a/b/c')).toBeNull();
  });

  it('takes no object away by the name of a folder', async () => {
    await store().write('a/b', 'x');
    await store().remove('a');
    await store().remove('a/b/below');
    expect(await keysIn(store(), '')).toEqual(['a/b']);
  });

  it('does not disturb writers in the same place', async () => {
    const rounds = Array.from({ length: 40 }, async (_, index) => {
      await store().write(`deep/er/${index}`, 'x');
      await store().remove(`deep/er/${index}`);
    });
    await Promise.all(rounds);
    expect(await keysIn(store(), '')).toEqual([]);
  });
}

function concatenating(store: () => ObjectStore): void {
  it('joins objects in the order given, empty and repeated ones too', async () => {
    await store().write('parts/1', 'one\n');
    await store().write('parts/2', '');
    await store().write('parts/3', 'three\n');
    const info = await store().concatenate('whole', ['parts/3', 'parts/2', 'parts/1', 'parts/3']);
    expect(info).toMatchObject({ key: 'whole', size: 16 });
    expect((await readBytes(store(), 'whole'))?.toString()).toBe('three\none\nthree\n');
    expect((await store().head('whole'))?.etag).toBe(info.etag);
  });

  it('makes an empty object of no parts, and of empty ones', async () => {
    await store().write('parts/empty', '');
    expect(await store().concatenate('none', [])).toMatchObject({ size: 0 });
    expect(await store().concatenate('empty', ['parts/empty', 'parts/empty'])).toMatchObject({ size: 0 });
    expect(await readBytes(store(), 'none')).toEqual(Buffer.alloc(0));
  });

  it('joins large and small parts', async () => {
    await store().write('large', largeStream());
    await store().write('small', 'small');
    await store().concatenate('joined', ['small', 'large', 'small']);
    const expected = Buffer.concat([Buffer.from('small'), await collect(largeStream()), Buffer.from('small')]);
    expect(await digestOf(store(), 'joined')).toBe(createHash('sha256').update(expected).digest('hex'));
  });

  it('throws that a part is missing, and leaves nothing', async () => {
    await store().write('parts/1', 'one');
    await expect(store().concatenate('whole', ['parts/1', 'parts/2'])).rejects.toBeInstanceOf(ObjectMissingError);
    expect(await keysIn(store(), '')).toEqual(['parts/1']);
  });

  it('replaces what stood', async () => {
    await store().write('parts/1', 'one');
    await store().write('whole', 'before, and longer');
    await store().concatenate('whole', ['parts/1']);
    expect((await readBytes(store(), 'whole'))?.toString()).toBe('one');
  });
}

function naming(store: () => ObjectStore, refused: Readonly<Record<string, string>>): void {
  const odd = ODD_KEYS.filter((key) => !Object.hasOwn(refused, key));
  for (const [key, reason] of Object.entries(refused)) it.skip(`${JSON.stringify(key)}: ${reason}`, () => {});

  it.each(odd.map((key) => [key]))('keeps %j apart from all others', async (key) => {
    const written = await store().write(key, key);
    expect(written.key).toBe(key);
    expect((await readBytes(store(), key))?.toString()).toBe(key);
    expect(await keysIn(store(), '')).toEqual([key]);
    expect(await keysIn(store(), key.slice(0, 3))).toEqual([key]);
    expect(await store().head(key)).toMatchObject({ etag: written.etag });
    await store().remove(key);
    expect(await keysIn(store(), '')).toEqual([]);
  });

  it('holds them all at once', async () => {
    for (const key of odd) await store().write(`odd/${key}`, key);
    const expected = odd
      .map((key) => `odd/${key}`)
      .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    expect(await keysIn(store(), 'odd/')).toEqual(expected);
    for (const key of odd) expect((await readBytes(store(), `odd/${key}`))?.toString()).toBe(key);
  });
}

function helpers(store: () => ObjectStore): void {
  it('say null of what is not there', async () => {
    expect(await readBytes(store(), 'nothing')).toBeNull();
    expect(await readJson(store(), 'nothing', (value) => value)).toBeNull();
  });

  it('read lines wherever chunks end', async () => {
    const values = [{ a: 1 }, 'é🦉'.repeat(40_000), [1, 2], null];
    await store().write('lines', `${values.map((value) => JSON.stringify(value)).join('\n\n')}`);
    const read: unknown[] = [];
    for await (const value of readJsonLines(store(), 'lines', (one) => one)) read.push(value);
    expect(read).toEqual(values);
  });
}

async function* chunksOf(pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function* heldOpen(until: Promise<void>): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(100_000, 1);
  await until;
  yield Buffer.alloc(100_000, 2);
}

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(300_000, 7);
  await new Promise((resolve) => setTimeout(resolve, 5));
  throw error;
}

/** The same bytes each time; other `variant`, other bytes. */
async function* largeStream(variant: number = 0): AsyncGenerator<Uint8Array> {
  const block = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 31 + variant) % 251));
  for (let left = LARGE_BYTES; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length));
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) expect(chunk).toBeInstanceOf(Uint8Array);
}

async function digest(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source) hash.update(chunk);
  return hash.digest('hex');
}

function digestOf(store: ObjectStore, key: string): Promise<string> {
  return digest(store.read(key));
}

async function collectInfos(store: ObjectStore, prefix: string): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = [];
  for await (const info of store.list(prefix)) infos.push(info);
  return infos;
}

async function keysIn(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await collectInfos(store, prefix)).map(({ key }) => key);
}

/** All at once; a conflict (HTTP 409) decides nothing, so that its writer tries again. */
function race(write: (index: number) => Promise<ObjectInfo>): Promise<PromiseSettledResult<ObjectInfo>[]> {
  const insist = async (index: number): Promise<ObjectInfo> => {
    for (;;) {
      try {
        return await write(index);
      } catch (error) {
        if (!(error instanceof ConditionalConflictError)) throw error;
      }
    }
  };
  return Promise.allSettled(Array.from({ length: RACERS }, (_, index) => insist(index)));
}

function onlyWinner(outcomes: readonly PromiseSettledResult<ObjectInfo>[]): number {
  const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
  for (const { reason } of losers) expect(reason).toBeInstanceOf(PreconditionFailedError);
  expect(losers).toHaveLength(outcomes.length - 1);
  return outcomes.findIndex(({ status }) => status === 'fulfilled');
}

function nullIfChanged(error: unknown): null {
  if (error instanceof ObjectChangedError) return null;
  throw error;
}

function falseIfLost(error: unknown): false {
  if (error instanceof PreconditionFailedError || error instanceof ConditionalConflictError) return false;
  throw error;
}
