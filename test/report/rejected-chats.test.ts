import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonValues } from '../../lib/formats/jsonl.ts';
import { rejectedChats } from '../../lib/report/rejected.ts';

const CHAT = '{"messages":[{"role":"user","content":"Hi"}]}';

async function quoted(...texts: string[]): Promise<string> {
  const records = async function* () {
    for (const text of texts) yield { text, fixes: 'chats.jsonl:1:abc', error: 'no answer' };
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of rejectedChats(records())) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const head = '{"finedrop_fixes":"chats.jsonl:1:abc","error":"no answer",';

describe('rejectedChats', () => {
  it.each([
    ['a chat', CHAT, `"example":${CHAT}`],
    [
      'a number beyond 2^53 and a key that stands twice',
      '{"a":12345678901234567890,"a":1.0}',
      '"example":{"a":12345678901234567890,"a":1.0}',
    ],
    ['a key that objects have', '{"__proto__":{"a":1}}', '"example":{"__proto__":{"a":1}}'],
    [
      'a value over several lines',
      '{\r\n    "a": "x\\ny",\n\t"b": [\n1]\n}\n',
      '"example":{ "a": "x\\ny", "b": [ 1] }',
    ],
    ['null', 'null', '"example":null'],
    ['a comma too many', '{"a":[1,],}', '"example":{"a":[1]}'],
    ['what is no JSON', '{"a": nope\t"', '"raw":"{\\"a\\": nope\\t\\""'],
    ['two values where one should be', '{} {}', '"raw":"{} {}"'],
    ['nothing', '', '"raw":""'],
  ])('quotes %s', async (_, text, shown) => {
    expect(await quoted(text)).toBe(`${head}${shown}}\n`);
  });

  it.each([
    ['an example', `{"finedrop_fixes":"x","error":"old","example":${CHAT}}`, `"example":${CHAT}`],
    ['an example beside an error only', `{"error":"old","example":${CHAT}}`, `"example":${CHAT}`],
    ['raw text', '{"finedrop_fixes":"x","error":"old","raw":"{nope"}', '"raw":"{nope"'],
    ['raw text that has become JSON', '{"finedrop_fixes":"x","raw":"[1, 2]"}', '"example":[1, 2]'],
    ['a wrapper with a comma too many', `{"finedrop_fixes":"x","example":${CHAT},}`, `"example":${CHAT}`],
  ])('takes %s out of its wrapper, so that wrappers do not pile up', async (_, text, shown) => {
    expect(await quoted(text)).toBe(`${head}${shown}}\n`);
  });

  it.each([
    ['a chat that has an example of its own', '{"messages":[],"example":1,"error":2}'],
    ['an example that nobody wrapped', '{"example":1}'],
    ['raw that nobody wrapped', '{"raw":"1"}'],
  ])('leaves %s as it is', async (_, text) => {
    expect(await quoted(text)).toBe(`${head}"example":${text}}\n`);
  });

  it('does not fall over values nested without end', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const lines = (await quoted(deep, `{"finedrop_fixes":"x","example":${deep}}`)).split('\n');
    expect(lines).toHaveLength(3);
  });

  it('writes one line each, that reads back as the value or as the text', async () => {
    const text = fc.oneof(
      fc.json({ stringUnit: 'binary' }),
      fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
      fc.string({ unit: 'grapheme' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
        const lines = (await quoted(...texts)).trimEnd().split('\n');
        expect(lines).toHaveLength(texts.length);
        for (const [index, line] of lines.entries()) {
          const back = JSON.parse(line) as { example?: unknown; raw?: string };
          const original = texts[index] ?? '';
          if (back.raw === undefined) expect(back.example).toEqual((await firstValue(original))?.value);
          else expect(back.raw).toBe(original);
        }
      }),
      { seed: 42 },
    );
  });
});

async function firstValue(text: string) {
  const limits = { depth: 10_000, keys: 10_000 };
  const source = async function* () {
    yield Buffer.from(text);
  };
  for await (const value of readJsonValues(source(), { splitArray: () => false, limits })) return value;
  return undefined;
}
