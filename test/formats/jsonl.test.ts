import { describe, expect, it } from 'vitest';
import { brief, readAll } from './json-reading.ts';

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
