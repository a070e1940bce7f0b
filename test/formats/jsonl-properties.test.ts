import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonValues } from '../../lib/formats/jsonl.ts';
import { brief, isNoMessage, type Read, readAll } from './json-reading.ts';

const chat = '[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]';

describe('readJsonValues: limits', () => {
  const limits = { valueBytes: 10_000 };
  const large = JSON.stringify({ a: 'x'.repeat(50_000) });

  it.each<[string, string, unknown[]]>([
    ['a line', `{"a":1}\n${large}\n{"a":3}\n`, [{ a: 1 }, 'JSON_TOO_LARGE', { a: 3 }]],
    ['an element', `[{"a":1},${large},{"a":3}]`, [{ a: 1 }, 'JSON_TOO_LARGE', { a: 3 }]],
    ['the first element', `[${large},{"a":3}]`, ['JSON_TOO_LARGE', { a: 3 }]],
    ['the last value', large, ['JSON_TOO_LARGE']],
    ['a value that never ends', `{"a":1}\n{"a":[${'1,'.repeat(50_000)}`, [{ a: 1 }, 'JSON_TOO_LARGE']],
  ])('skips %s over the limit', async (_, text, expected) => {
    expect(await brief(text, { limits })).toEqual(expected);
  });

  it('takes a value of just the limit', async () => {
    expect(await brief('{"a":1}\n{"a":22}', { limits: { valueBytes: 7 } })).toEqual([{ a: 1 }, 'JSON_TOO_LARGE']);
  });

  it('quotes only the beginning of what is too large, but tells its whole length', async () => {
    const [value] = await readAll(`${large}\n`, { limits }, [1000]);
    expect(value?.length).toBe(large.length);
    expect(value?.text).toBe(`${large.slice(0, 1024)}…`);
  });

  it('does not count an array as one value when it is split', async () => {
    const text = `[${Array.from({ length: 5000 }, (_, a) => `{"a":${a}}`).join()}]`;
    expect(text.length).toBeGreaterThan(limits.valueBytes);
    expect(await readAll(text, { limits })).toHaveLength(5000);
  });

  it('bounds the parts of a value before it is parsed', async () => {
    expect(await brief(`{"a":[${'[],'.repeat(200)}1]}\n{"a":3}`, { limits: { values: 100 } })).toEqual([
      'JSON_VALUES',
      { a: 3 },
    ]);
  });

  it('passes a line of 100 MB in little memory', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    async function* longLine(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"a":"');
      for (let megabyte = 0; megabyte < 100; megabyte += 1) yield chunk;
      yield Buffer.from('"}\n{"a":3}\n');
    }
    const before = process.memoryUsage().arrayBuffers;
    const values: Read[] = [];
    let most = 0;
    const options = { splitArray: isNoMessage, limits: { valueBytes: 4 * 1024 * 1024 } };
    for await (const value of readJsonValues(longLine(), options)) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      values.push(value);
    }
    expect(values.map((value) => value.faults[0]?.code)).toEqual(['JSON_TOO_LARGE', undefined]);
    expect(values[0]?.length).toBe(100 * 1024 * 1024 + 8);
    expect(most).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('readJsonValues: encodings', () => {
  const text = '{"a":"ä😀"}\n{"a":"\ud83d"}\n[{"role":"é"},\n]\n{"b":1}';

  it.each([
    ['UTF-16LE', (units: Buffer) => units],
    ['UTF-16BE', (units: Buffer) => units.swap16()],
  ])('reads %s with a byte order mark, and tells the offsets of the file', async (_, order) => {
    const bytes = order(Buffer.from(`\ufeff${text}`, 'utf16le'));
    const values = await readAll(bytes, {}, [3]);
    expect(values.map(({ value, faults }) => faults[0]?.code ?? value)).toEqual([
      { a: 'ä😀' },
      'JSON_ENCODING',
      [{ role: 'é' }],
      { b: 1 },
    ]);
    for (const { offset, length } of values) {
      const quoted = order(Buffer.from(bytes.subarray(offset, offset + length))).toString('utf16le');
      expect(text).toContain(quoted);
      expect(quoted).toMatch(/^[{[].*[}\]]$/s);
    }
    for (const [index, { next }] of values.entries()) {
      expect(await readAll(bytes, { from: next }, [5])).toEqual(values.slice(index + 1));
    }
  });

  it('takes half a UTF-16 unit at the end of the file for a fault', async () => {
    const bytes = Buffer.concat([Buffer.from('\ufeff{"a":1}\n{', 'utf16le'), Buffer.from([0x22])]);
    expect(await brief(bytes)).toEqual([{ a: 1 }, 'JSON_SYNTAX']);
  });
});

describe('readJsonValues: properties', () => {
  const fragment = fc.constantFrom(
    ...['{', '}', '[', ']', ',', ':', '"', '"a"', '"role"', '1', 'tru', 'null', '\n', '\n', ' ', '  ', '\\', '\\u00e9'],
    ...[
      '{"a":1}',
      '{"a":1}\n',
      '{"a":"ä😀"},\n',
      '[{"role":"u"}]\n',
      '[\n{"a":[1,2]},\n',
      '\n  {\n',
      '"\\ud83d\\ude00"',
    ],
    ...[
      '{"a":tru}\n',
      `"${'x'.repeat(80)}"`,
      '\u0000',
      '\ufeff',
      '\t',
      '\r\n',
      '{"a":{"b":[]}}',
      '"a":',
      '/*',
      '123456789012345678',
    ],
  );
  const text = fc.array(fragment, { maxLength: 25 }).map((fragments) => fragments.join(''));
  const limits = { valueBytes: 60, depth: 4, keys: 3, values: 12 };
  const limited = fc.option(fc.constant(limits), { nil: {} });

  it('reads the same, however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        limited,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (text, limits, sizes) => {
          expect(await readAll(text, { limits }, sizes)).toEqual(await readAll(text, { limits }));
        },
      ),
      { seed: 42, numRuns: 1500 },
    );
  });

  it('goes on from behind any value as if it had not stopped', async () => {
    await fc.assert(
      fc.asyncProperty(text, limited, async (text, limits) => {
        const values = await readAll(text, { limits });
        for (const [index, { next }] of values.entries()) {
          expect(await readAll(text, { limits, from: next }, [7])).toEqual(values.slice(index + 1));
        }
      }),
      { seed: 42, numRuns: 800 },
    );
  });

  it('quotes each value from the place it names, in order and without overlap', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const bytes = Buffer.from(text);
        let end = 0;
        for (const value of await readAll(text)) {
          expect(value.offset).toBeGreaterThanOrEqual(end);
          end = value.offset + value.length;
          expect(value.next.offset).toBeGreaterThanOrEqual(end);
          expect(bytes.toString('utf8', value.offset, end)).toBe(value.text);
          expect(value.line).toBe(text.slice(0, bytes.toString('utf8', 0, value.offset).length).split('\n').length);
        }
      }),
      { seed: 42, numRuns: 1500 },
    );
  });

  it('agrees with JSON.parse about every value without fault or repair', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        for (const { value, text: quoted, faults, warnings } of await readAll(text)) {
          if (faults.length > 0) expect(value).toBeUndefined();
          else if (!warnings.some(({ code }) => code === 'JSON_TRAILING_COMMA'))
            expect(value).toEqual(JSON.parse(quoted));
        }
      }),
      { seed: 42, numRuns: 1500 },
    );
  });

  it('reads whatever JSON.stringify writes, compact, printed and in a list', async () => {
    const key = fc
      .string({ unit: 'binary', maxLength: 8 })
      .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));
    const leaf = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.integer(), fc.boolean(), fc.constant(null));
    const clean = fc.array(fc.dictionary(key, fc.oneof(leaf, fc.array(leaf), fc.dictionary(key, leaf))), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(clean, fc.integer({ min: 1, max: 50 }), async (values, size) => {
        const written = JSON.stringify(values);
        fc.pre(!written.includes('\\u0000'));
        const list = values.map((value) => JSON.stringify(value));
        for (const text of [
          list.join('\n'),
          list.join(''),
          values.map((value) => JSON.stringify(value, null, 2)).join('\n'),
        ]) {
          expect((await readAll(text, {}, [size])).map(({ value }) => value)).toEqual(values);
        }
        for (const indent of [undefined, 2]) {
          const read = await readAll(JSON.stringify(values, null, indent), { splitArray: () => true }, [size]);
          expect(read.map(({ value }) => value)).toEqual(values);
        }
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  it('neither throws nor hangs on bytes that were flipped, cut and doubled', async () => {
    const sample = Buffer.from(
      `${chat}\n[\n  {"a": [1, 2, {"b": "ä😀\\u00e9"}],},\n  {"a": null}\n]\n{"x":"${'y'.repeat(300)}"}\n`,
    );
    const mutation = fc.tuple(fc.nat(sample.length - 1), fc.nat(20), fc.uint8Array({ maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        let bytes = sample;
        for (const [at, cut, added] of mutations) {
          bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + cut)]);
        }
        for (const { value, faults } of await readAll(bytes)) {
          expect(value === undefined).toBe(faults.length > 0);
          for (const { code } of faults) expect(code).toMatch(/^JSON_[A-Z_]+$/);
        }
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it('passes a file of nothing but open brackets in linear time', async () => {
    const values = await readAll('[{"a":\n'.repeat(20_000));
    expect(values.every(({ faults }) => faults.length === 1)).toBe(true);
  });
});
