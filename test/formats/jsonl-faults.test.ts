import { describe, expect, it } from 'vitest';
import { brief, isNoMessage, readAll } from './json-reading.ts';

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
