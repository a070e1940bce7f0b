import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonPosition, type JsonValue, readJsonValues } from '../../lib/formats/jsonl.ts';

type Read = JsonValue & { next: JsonPosition };
type Options = Partial<Parameters<typeof readJsonValues>[1]>;

const isNoMessage = (first: unknown): boolean => !(typeof first === 'object' && first !== null && 'role' in first);

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function readAll(input: string | Uint8Array, options: Options = {}, sizes = [65_536]): Promise<Read[]> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const source = inChunks(bytes.subarray(options.from?.offset ?? 0), sizes);
  const values: Read[] = [];
  for await (const value of readJsonValues(source, { splitArray: isNoMessage, ...options })) values.push(value);
  return values;
}

/** What came out, short: values as they are, faults and warnings by code. */
async function brief(input: string | Uint8Array, options: Options = {}): Promise<unknown[]> {
  const values = await readAll(input, options);
  return values.map(({ value, faults, warnings }) => {
    if (faults.length > 0) return faults.map((fault) => fault.code).join();
    return warnings.length === 0 ? value : [value, ...warnings.map((warning) => warning.code)];
  });
}

const chat = '[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]';
const messages: unknown = JSON.parse(chat);

describe('readJsonValues: shapes', () => {
  it.each<[string, string, unknown[]]>([
    ['one value a line', '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ['a last line without its end', '{"a":1}\n{"a":2}', [{ a: 1 }, { a: 2 }]],
    ['Windows line ends', '{"a":1}\r\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }]],
    ['blank lines', '\n\n{"a":1}\n  \n\t\n{"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
    ['values printed over many lines', '{\n  "a": 1\n}\n{\n  "a": [\n    2\n  ]\n}\n', [{ a: 1 }, { a: [2] }]],
    ['several values on a line', '{"a":1} {"a":2}{"a":3}\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['bare chats, one a line', `${chat}\n${chat}\n`, [messages, messages]],
    ['a whole-file chat', chat.replaceAll(',', ',\n  '), [messages]],
    ['a whole-file array of examples', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['an array of examples, one a line', '[\n{"a":1},\n{"a":2}\n]\n', [{ a: 1 }, { a: 2 }]],
    ['an array of chats', `[${chat},${chat}]`, [messages, messages]],
    ['an array of arrays whose first is empty', '[[],[1]]', [[], [1]]],
    ['an empty array', '[]', [[]]],
    ['two arrays of examples', '[{"a":1}]\n[{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['scalars', '1\n"two"\nnull\ntrue\n', [1, 'two', null, true]],
    ['nothing', '', []],
    ['only white space', ' \n\t\r\n', []],
    ['a byte order mark at the start', '\ufeff{"a":1}', [{ a: 1 }]],
  ])('reads %s', async (_, text, expected) => {
    expect(await brief(text)).toEqual(expected);
  });

  it.each<[string, string, unknown[]]>([
    ['before a closing brace', '{"a":1,}', [[{ a: 1 }, 'JSON_TRAILING_COMMA']]],
    ['before a closing bracket, nested', '{"a":[1,{"b":2 , },\n],}', [[{ a: [1, { b: 2 }] }, 'JSON_TRAILING_COMMA']]],
    [
      'behind a value',
      '{"a":1},\n{"a":2},\n',
      [
        [{ a: 1 }, 'JSON_TRAILING_COMMA'],
        [{ a: 2 }, 'JSON_TRAILING_COMMA'],
      ],
    ],
    ['behind the last element', '[{"a":1},\n{"a":2},\n]', [{ a: 1 }, [{ a: 2 }, 'JSON_TRAILING_COMMA']]],
    ['but not in strings', '{"a":",}",}', [[{ a: ',}' }, 'JSON_TRAILING_COMMA']]],
    ['behind characters of many bytes', '{"ä€😀":"é",}', [[{ 'ä€😀': 'é' }, 'JSON_TRAILING_COMMA']]],
  ])('repairs a trailing comma %s', async (_, text, expected) => {
    expect(await brief(text)).toEqual(expected);
  });

  it('reads an element whose comma was forgotten, and says so', async () => {
    expect(await brief('[{"a":1}\n{"a":2}]')).toEqual([[{ a: 1 }, 'JSON_MISSING_COMMA'], { a: 2 }]);
  });

  it('reads the printed chats of people who write trailing commas everywhere', async () => {
    const printed = `[
    {
        "role": "user",
        "content": [
            {
                "type": "text",
                "text": "What is in this image?",
            },
            {
                "type": "image_url",
                "image_url": {"url": "data:image/jpeg;base64,{base64_image}"},
            },
        ],
    },
    {
        "role": "assistant",
        "content": [
            {
                "type": "text",
                "text": "First one is a image of blue chemical elements with the title 'MODERN CHEMISTRY'",
            },
        ],
    }
]
`;
    const values = await readAll(printed + printed);
    expect(values.map(({ line, endLine, faults }) => ({ line, endLine, faults }))).toEqual([
      { line: 1, endLine: 24, faults: [] },
      { line: 25, endLine: 48, faults: [] },
    ]);
    expect(values[0]?.value).toMatchObject([{ role: 'user', content: [{ type: 'text' }, {}] }, { role: 'assistant' }]);
    expect(values[0]?.warnings).toEqual([
      {
        code: 'JSON_TRAILING_COMMA',
        message: '7 commas before a closing bracket (the first at line 7, column 49) passed over',
      },
    ]);
  });
});

describe('readJsonValues: faults', () => {
  it.each<[string, string, string]>([
    ['a bare word', 'hello', 'JSON_SYNTAX'],
    ['single quotes', "{'a': 1}", 'JSON_SYNTAX'],
    ['an unquoted key', '{a: 1}', 'JSON_SYNTAX'],
    ['a missing colon', '{"a" 1}', 'JSON_SYNTAX'],
    ['a missing comma', '{"a":1 "b":2}', 'JSON_SYNTAX'],
    ['two commas', '{"a":1,,"b":2}', 'JSON_SYNTAX'],
    ['a leading comma', '{,"a":1}', 'JSON_SYNTAX'],
    ['a comma alone', '{"a":[,]}', 'JSON_SYNTAX'],
    ['a missing value', '{"a":}', 'JSON_SYNTAX'],
    ['the wrong bracket', '{"a":[1}', 'JSON_SYNTAX'],
    ['a bracket too many', '{"a":1}}', 'JSON_SYNTAX'],
    ['junk behind a value', '{"a":1} x', 'JSON_SYNTAX'],
    ['a comment behind a value', '{"a":1} // one', 'JSON_SYNTAX'],
    ['a comment', '{/* one */"a":1}', 'JSON_SYNTAX'],
    ['NaN', '{"a":NaN}', 'JSON_SYNTAX'],
    ['-Infinity', '{"a":-Infinity}', 'JSON_SYNTAX'],
    ['True', '{"a":True}', 'JSON_SYNTAX'],
    ['undefined', '{"a":undefined}', 'JSON_SYNTAX'],
    ['a leading zero', '{"a":01}', 'JSON_SYNTAX'],
    ['a plus sign', '{"a":+1}', 'JSON_SYNTAX'],
    ['a bare point', '{"a":1.}', 'JSON_SYNTAX'],
    ['a hexadecimal number', '{"a":0x1F}', 'JSON_SYNTAX'],
    ['an endless number', `{"a":${'1'.repeat(2000)}}`, 'JSON_SYNTAX'],
    ['a number beyond all doubles', '{"a":1e999}', 'JSON_NUMBER'],
    ['an unknown escape', '{"a":"\\x41"}', 'JSON_SYNTAX'],
    ['a short unicode escape', '{"a":"\\u12"}', 'JSON_SYNTAX'],
    ['a raw tab', '{"a":"\t"}', 'JSON_SYNTAX'],
    ['a raw tab in a long string', `{"a":"${'x'.repeat(900)}\t"}`, 'JSON_SYNTAX'],
    ['a raw line break', '{"a":"x\ny"}', 'JSON_SYNTAX'],
    ['a raw NUL', '{"a":"\u0000"}', 'JSON_NUL'],
    ['a NUL between values', '\u0000', 'JSON_NUL'],
    ['an escaped NUL', '{"a":"\\u0000"}', 'JSON_NUL'],
    ['a lone high surrogate', '{"a":"\\ud83d"}', 'JSON_SURROGATE'],
    ['a lone low surrogate', '{"a":"\\ude00x"}', 'JSON_SURROGATE'],
    ['surrogates the wrong way round', '{"a":"\\ude00\\ud83d"}', 'JSON_SURROGATE'],
    ['a lone surrogate in a key', '{"\\ud83d":1}', 'JSON_SURROGATE'],
    ['__proto__', '{"__proto__":{"x":1}}', 'JSON_KEY'],
    ['__proto__ in disguise', '{"a":[{"\\u005f_proto__":1}]}', 'JSON_KEY'],
    ['constructor', '{"constructor":1}', 'JSON_KEY'],
    ['prototype', '{"a":{"prototype":1}}', 'JSON_KEY'],
    ['33 levels', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'JSON_DEPTH'],
    ['a byte order mark in the middle', '{"a":0}\n\ufeff{"a":1}', 'JSON_BOM'],
    ['257 keys', `{${Array.from({ length: 257 }, (_, key) => `"${key}":1`).join()}}`, 'JSON_KEYS'],
    ['an unclosed string', '{"a":"b', 'JSON_SYNTAX'],
    ['an unclosed object', '{"a":1', 'JSON_SYNTAX'],
    ['an unclosed list of examples', '[{"a":1},', 'JSON_SYNTAX'],
  ])('refuses %s', async (_, text, code) => {
    const codes = (await readAll(text)).flatMap(({ faults }) => faults.map((fault) => fault.code));
    expect(codes).toEqual([code]);
  });

  it.each<[string, string, unknown[]]>([
    ['32 levels', `${'[[1],'.repeat(0)}${'{"a":'.repeat(32)}1${'}'.repeat(32)}`, []],
    ['a pair of surrogates', '{"a":"\\ud83d\\ude00"}', []],
    ['256 keys', `{${Array.from({ length: 256 }, (_, key) => `"k${key}":1`).join()}}`, []],
    ['equal keys in two objects', '{"a":{"b":1},"c":{"b":1}}', []],
    ['a replacement character', '{"a":"\ufffd"}', []],
    ['2^53 - 1', '{"a":9007199254740991}', []],
    ['2^53 + 1', '{"a":9007199254740993}', ['JSON_NUMBER_ROUNDED']],
    ['1e30', '{"a":1e30}', ['JSON_NUMBER_ROUNDED']],
    ['many decimals', '{"a":0.12345678901234567890}', []],
    ['a key twice', '{"a":1,"a":2}', ['JSON_DUPLICATE_KEY']],
    ['a key twice in disguise', '{"b":{"a":1,"c":{},"\\u0061":2}}', ['JSON_DUPLICATE_KEY']],
    ['an escaped control character', '{"a":"\\u0007"}', ['JSON_CONTROL']],
  ])('takes %s', async (_, text, codes) => {
    const [value] = await readAll(text);
    expect(value?.faults).toEqual([]);
    expect(value?.warnings.map((warning) => warning.code)).toEqual(codes);
    expect(value?.value).toEqual(JSON.parse(text));
  });

  it.each<[string, string, string]>([
    ['line and column', '{"a":1}\n{\n  "é": tru\n}\n', 'line 3, column 8, near ""é": tru": "tru" is no JSON value'],
    [
      'the text around, escaped',
      '{"a":"\u202e" x}',
      'line 1, column 10, near "{"a":"\\u202e" x}": a "," or "}" must stand here',
    ],
    [
      'the duplicate key',
      '{"a":1,\n"a":2}',
      'line 2, column 1, near ""a":2}": the key "a" stands twice in one object; the last one counts',
    ],
  ])('tells %s', async (_, text, message) => {
    const told = (await readAll(text)).flatMap(({ faults, warnings }) => [...faults, ...warnings]);
    expect(told.map((fault) => fault.message)).toEqual([message]);
  });

  it.each([
    ['{"a":NaN}', /NaN/],
    ['{"a":1 /* one */}', /comments/],
    ['# comment', /comments/],
    ['{"a":None}', /Python/],
    ["{'a':1}", /double quotes/],
    ['<html>', /HTML/],
    ['{"a":"b\n"}', /\\n/],
  ])('hints at the way out of %j', async (text, hint) => {
    expect((await readAll(text))[0]?.faults[0]?.hint).toMatch(hint);
  });

  it('names the byte that is no UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"ä\ufffd":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n{"a":1}')]);
    const values = await readAll(bytes);
    expect(values[0]?.faults).toMatchObject([{ code: 'JSON_ENCODING', message: expect.stringContaining('column 8') }]);
    expect(values[1]?.value).toEqual({ a: 1 });
  });
});

describe('readJsonValues: going on after a fault', () => {
  it.each<[string, string, unknown[]]>([
    ['a broken line', '{"a":1}\n{"a":tru}\n{"a":3}\n', [{ a: 1 }, 'JSON_SYNTAX', { a: 3 }]],
    ['a line that is cut', '{"a":1}\n{"a":{"b":2\n{"a":3}\n', [{ a: 1 }, 'JSON_SYNTAX', { a: 3 }]],
    ['a line cut within a string', '{"a":1}\n{"a":"b\n{"a":3}\n', [{ a: 1 }, 'JSON_SYNTAX', { a: 3 }]],
    ['a line cut behind a comma', '{"a":1,\n{"a":3}\n', ['JSON_SYNTAX', { a: 3 }]],
    ['a line with a bracket too many', '{"a":1}}\n{"a":3}\n', ['JSON_SYNTAX', { a: 3 }]],
    ['lines of no JSON', 'hello\nworld\n{"a":3}\n', ['JSON_SYNTAX', { a: 3 }]],
    ['an odd number of quotes', 'say "hi\n{"a":3}\n', ['JSON_SYNTAX', { a: 3 }]],
    [
      'a broken value of many lines',
      '{\n  "a": tru,\n  "b": [\n    {\n    }\n  ]\n}\n{\n  "a": 3\n}\n',
      ['JSON_SYNTAX', { a: 3 }],
    ],
    ['a broken value on a line of several', '{"a":1} {"a":tru} {"a":3}', [{ a: 1 }, 'JSON_SYNTAX', { a: 3 }]],
    ['a broken element', '[{"a":1},{"a":tru},{"a":3}]', [{ a: 1 }, 'JSON_SYNTAX', { a: 3 }]],
    ['a broken first element', '[{"a":tru},{"a":3}]', ['JSON_SYNTAX', { a: 3 }]],
    ['a broken scalar element', '[{"a":1},tru,{"a":3}]', [{ a: 1 }, 'JSON_SYNTAX', { a: 3 }]],
    ['a broken last element', '[{"a":1},tru]\n{"a":3}', [{ a: 1 }, 'JSON_SYNTAX', { a: 3 }]],
    ['a broken first message', '[{"role":tru},{"role":"x"}]\n{"a":3}\n', ['JSON_SYNTAX', { a: 3 }]],
    ['a cut element of many lines', '[\n  {\n    "a": [\n  },\n  {\n    "a": 3\n  }\n]\n', ['JSON_SYNTAX', { a: 3 }]],
    ['an element cut within a string', '[\n  {"a": "x},\n  {"a": 3}\n]\n{"a":4}', ['JSON_SYNTAX', { a: 3 }, { a: 4 }]],
    ['a value too deep', `${'['.repeat(40)}${']'.repeat(40)}\n{"a":3}`, ['JSON_DEPTH', { a: 3 }]],
    ['a value too deep that never closes', `${'['.repeat(4000)}\n{"a":3}`, ['JSON_DEPTH', { a: 3 }]],
  ])('loses only %s', async (_, text, expected) => {
    const first = await brief(text, { splitArray: (first) => isNoMessage(first) && !Array.isArray(first) });
    expect(first).toEqual(expected);
  });

  it('quotes back what was lost, and where it stood', async () => {
    const values = await readAll('{"a":1}\n {"a":\ntru\n\n{"a":3}\n');
    expect(values[1]).toMatchObject({ text: '{"a":\ntru', line: 2, endLine: 3, offset: 9, length: 9 });
    expect(values[1]?.next).toEqual({ offset: 20, line: 5, inArray: false });
  });
});

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
      { seed: 42, numRuns: 200 },
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

  it('reads 100 MB a second of chats with data URIs', async () => {
    const image = `data:image/png;base64,${'QUJD'.repeat(250_000)}`;
    const line = JSON.stringify([{ role: 'user', content: [{ type: 'image_url', image_url: { url: image } }] }]);
    const bytes = Buffer.from(`${line}\n`.repeat(30));
    await readAll(bytes.subarray(0, 5_000_000));
    const before = process.cpuUsage();
    expect(await readAll(bytes)).toHaveLength(30);
    const { user, system } = process.cpuUsage(before);
    expect(bytes.length / (user + system)).toBeGreaterThan(100);
  });

  it('passes a file of nothing but open brackets in linear time', async () => {
    const values = await readAll('[{"a":\n'.repeat(20_000));
    expect(values.every(({ faults }) => faults.length === 1)).toBe(true);
  });
});
