import { describe, expect, it } from 'vitest';
import { exampleSchema } from '../../lib/domain/example.ts';
import { isManyExamples, readChat } from '../../lib/rows/chat.ts';
import type { RowContext } from '../../lib/rows/table.ts';
import { archiveOf, codesOf, contextOf, TINY_PNG, TINY_PNG_RECORD, TINY_PNG_URI } from './row-factories.ts';

const PDF_URI = `data:application/pdf;base64,${Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64')}`;
const ANSWER = { role: 'assistant', content: 'an owl' };

function read(
  value: unknown,
  context: RowContext = contextOf(archiveOf(['0.png', 'tone.mp3', 'clip/2.png', 'clip/10.png'])),
) {
  return readChat(value, { row: 1, line: 1, faults: [] }, context);
}

/** A user turn of these parts, and an answer. */
function asking(...content: unknown[]): unknown[] {
  return [{ role: 'user', content }, ANSWER];
}

function image(url: string, more: Record<string, unknown> = {}): unknown {
  return { type: 'image_url', image_url: { url, ...more } };
}

describe('readChat', () => {
  it('reads the single-image chat of the format’s own description', () => {
    const row = read([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is in this image?' },
          { type: 'image_url', image_url: { url: TINY_PNG_URI } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'The image is a image of blue chemical elements with the title MODERN CHEMISTRY' },
        ],
      },
    ]);
    expect(row.findings).toEqual([]);
    expect(exampleSchema.parse(row.example).messages).toEqual([
      { role: 'user', parts: [{ text: 'What is in this image?' }, { media: 'r1' }] },
      {
        role: 'assistant',
        parts: [{ text: 'The image is a image of blue chemical elements with the title MODERN CHEMISTRY' }],
      },
    ]);
    expect(row.references).toEqual([
      {
        id: 'r1',
        part: 1,
        origin: 'data-uri',
        record: TINY_PNG_RECORD,
        name: 'data:image/png',
        declaredMime: 'image/png',
      },
    ]);
  });

  it('reads the chat of three images of the format’s own description, in their order', () => {
    const row = read([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Explain the given images one by one' },
          { type: 'image_url', image_url: { url: TINY_PNG_URI } },
          { type: 'image_url', image_url: { url: 'https://www.assetscdn.com/3.png' } },
          { type: 'image_url', image_url: { url: 'https://www.assetscdn.com/1.png' } },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'First one is a image of blue chemical elements' }],
      },
    ]);
    expect(row.findings).toEqual([]);
    expect(row.references.map(({ id, part, name }) => [id, part, name])).toEqual([
      ['r1', 1, 'data:image/png'],
      ['r2', 2, 'https://www.assetscdn.com/3.png'],
      ['r3', 3, 'https://www.assetscdn.com/1.png'],
    ]);
    expect(row.links).toHaveLength(2);
  });

  it('reads the PDF chat of the format’s own description, which an image_url carries', () => {
    const row = read([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Extract the table from the given pdf' },
          { type: 'image_url', image_url: { url: PDF_URI } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'The table is extracted from the given pdf and the table is as follows:\n {table}' },
        ],
      },
    ]);
    expect(row.findings).toEqual([]);
    expect(row.references).toMatchObject([{ declaredMime: 'application/pdf', name: 'data:application/pdf' }]);
  });

  it.each([
    ['image_url as an object', { type: 'image_url', image_url: { url: TINY_PNG_URI } }],
    ['image_url as a string', { type: 'image_url', image_url: TINY_PNG_URI }],
    ['input_image', { type: 'input_image', image_url: TINY_PNG_URI }],
    ['input_image with an object', { type: 'input_image', image_url: { url: TINY_PNG_URI } }],
    ['image with a url', { type: 'image', url: TINY_PNG_URI }],
    ['image with a string', { type: 'image', image: TINY_PNG_URI }],
    ['image with a source', { type: 'image', source: { type: 'base64', media_type: 'image/png', data: TINY_PNG } }],
    ['a file', { type: 'file', file: { filename: 'a.bin', file_data: TINY_PNG_URI } }],
    ['a file in base64 with a name', { type: 'file', file: { filename: 'a.PNG', file_data: TINY_PNG } }],
    ['input_file', { type: 'input_file', file_data: TINY_PNG_URI }],
  ])('reads media written as %s', (_form, part) => {
    const row = read(asking(part));
    expect(row.findings).toEqual([]);
    expect(row.references).toMatchObject([{ record: TINY_PNG_RECORD, declaredMime: 'image/png' }]);
    expect(exampleSchema.parse(row.example).messages[0]?.parts).toEqual([{ media: 'r1' }]);
  });

  it.each([
    ['image_url', { type: 'image_url', image_url: { url: '0.png' } }, 'media.zip!0.png'],
    ['image with a path', { type: 'image', path: '0.png' }, 'media.zip!0.png'],
    ['a file with a name alone', { type: 'file', file: { filename: 'tone.mp3' } }, 'media.zip!tone.mp3'],
    ['audio_url', { type: 'audio_url', audio_url: { url: 'tone.mp3' } }, 'media.zip!tone.mp3'],
    ['input_audio with a url', { type: 'input_audio', input_audio: { url: 'tone.mp3' } }, 'media.zip!tone.mp3'],
  ])('finds files of the archive named by %s', (_form, part, name) => {
    const row = read(asking(part));
    expect(row.findings).toEqual([]);
    expect(row.references.map((reference) => reference.name)).toEqual([name]);
  });

  it.each([
    ['mp3', 'audio/mpeg'],
    ['wav', 'audio/wav'],
    ['audio/mp3', 'audio/mpeg'],
  ])('reads input_audio of the format %s as %s', (format, declaredMime) => {
    const row = read(asking({ type: 'input_audio', input_audio: { data: 'SUQzBAAA', format } }));
    expect(row.references).toMatchObject([{ declaredMime }]);
  });

  it('gives the frames of a folder, also where it is called a video', () => {
    const row = read(asking(image('clip/', { detail: 'low' }), { type: 'video_url', video_url: { url: 'clip' } }));
    expect(row.findings).toEqual([]);
    expect(row.references.map(({ name }) => name)).toEqual(
      ['2', '10', '2', '10'].map((frame) => `media.zip!clip/${frame}.png`),
    );
    expect(row.example?.messages[0]?.parts[1]).toEqual({ media: 'r2', detail: 'low' });
  });

  it('keeps detail, names, weights, tools and tool calls', () => {
    const row = read({
      messages: [
        { role: 'user', name: 'ann', content: [image('0.png', { detail: 'high' })] },
        {
          role: 'assistant',
          content: null,
          weight: 0,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: { b: 1, a: 2 } } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '' },
        { role: 'assistant', content: 'an owl', weight: 1 },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'look', description: 'Looks', parameters: { type: 'object' }, strict: true },
        },
      ],
      parallel_tool_calls: false,
      split: 'Validation',
      id: 7,
    });
    expect(row.findings).toEqual([]);
    expect(exampleSchema.parse(row.example)).toMatchObject({
      split: 'validation',
      tools: [{ name: 'look', description: 'Looks', parameters: { type: 'object' } }],
      messages: [
        { role: 'user', name: 'ann', parts: [{ media: 'r1', detail: 'high' }] },
        {
          role: 'assistant',
          parts: [],
          weight: 0,
          toolCalls: [{ id: 'c1', name: 'look', arguments: '{"a":2,"b":1}' }],
        },
        { role: 'tool', toolCallId: 'c1', parts: [{ text: '' }] },
        { role: 'assistant', weight: 1, parts: [{ text: 'an owl' }] },
      ],
    });
  });

  it('reads the older functions as tools, and says so', () => {
    const row = read({
      messages: [
        { role: 'user', content: 'weather?' },
        { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '{}' } },
        { role: 'function', name: 'weather', content: 'rain' },
        { role: 'assistant', content: 'It rains.' },
      ],
      functions: [{ name: 'weather', parameters: {} }],
    });
    expect(new Set(codesOf(row))).toEqual(new Set(['CHAT_ALIAS']));
    expect(exampleSchema.parse(row.example)).toMatchObject({
      tools: [{ name: 'weather' }],
      messages: [{}, { toolCalls: [{ id: 'call_1', name: 'weather' }] }, { role: 'tool', toolCallId: 'call_1' }, {}],
    });
  });

  it.each([
    [{ role: 'developer', content: 'be brief' }, 'system'],
    [{ role: 'human', content: 'hello' }, 'user'],
    [{ role: 'model', content: 'hello' }, 'assistant'],
    [{ from: 'gpt', value: 'hello' }, 'assistant'],
  ])('reads %j as a %s turn, and says so', (message, role) => {
    const row = read([message, { role: 'user', content: 'hi' }, ANSWER]);
    expect(row.example?.messages[0]).toMatchObject({ role });
    expect(new Set(row.findings.map(({ code, severity }) => `${code} ${severity}`))).toEqual(
      new Set(['CHAT_ALIAS info']),
    );
  });

  it('takes the example out of a rejected line', () => {
    const row = read({ finedrop_fixes: 'chats.jsonl:3:ab', error: 'no answer', example: asking('hi') });
    expect(row).toMatchObject({ fixes: 'chats.jsonl:3:ab', findings: [] });
    expect(row.example).not.toBeNull();
    expect(read({ messages: asking('hi'), finedrop_fixes: 'x', error: 'y' })).toMatchObject({
      fixes: 'x',
      findings: [],
    });
  });

  it('says what to do with a rejected line that was no JSON', () => {
    const row = read({ finedrop_fixes: 'chats.jsonl:3:ab', error: 'no JSON', raw: '[{' });
    expect(row).toMatchObject({ example: null, fixes: 'chats.jsonl:3:ab', findings: [{ code: 'CHAT_RAW' }] });
  });

  it.each([
    ['a number', 7, 'CHAT_SHAPE', 'the value is a number, not a chat'],
    ['null', null, 'CHAT_SHAPE', 'the value is null, not a chat'],
    ['an empty list', [], 'CHAT_SHAPE', 'the chat has no messages'],
    ['a single message', ANSWER, 'CHAT_SHAPE', 'the value is a single message, not a chat'],
    [
      'a table row',
      { prompt: 'a', completion: 'b' },
      'CHAT_SHAPE',
      'the value has prompt and completion instead of messages',
    ],
    ['messages that are no list', { messages: {} }, 'CHAT_SHAPE', '"messages" is an object, not a list'],
    [
      'a message that is a text',
      ['hi', ANSWER],
      'CHAT_SHAPE',
      'message 1: it is a string, not an object with a role and a content',
    ],
    ['no role', [{ content: 'hi' }, ANSWER], 'CHAT_ROLE', 'message 1: its role is missing'],
    [
      'an unknown role',
      [{ role: 'usr', content: 'hi' }, ANSWER],
      'CHAT_ROLE',
      'message 1: the role "usr" is not known',
    ],
    [
      'content that is an object',
      [{ role: 'user', content: {} }, ANSWER],
      'CHAT_CONTENT',
      'message 1: its content is an object',
    ],
    ['an empty user turn', [{ role: 'user', content: ' ' }, ANSWER], 'CHAT_EMPTY', 'message 1: the user turn is empty'],
    ['null content', [{ role: 'user', content: null }, ANSWER], 'CHAT_EMPTY', 'message 1: the user turn is empty'],
    [
      'an empty answer',
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '' },
      ],
      'CHAT_EMPTY',
      'message 2: the assistant turn is empty',
    ],
    ['no answer', [{ role: 'user', content: 'hi' }], 'CHAT_NO_ANSWER', 'the chat ends in a user turn'],
    [
      'nothing to learn',
      [
        { role: 'user', content: 'hi' },
        { ...ANSWER, weight: 0 },
      ],
      'CHAT_NO_ANSWER',
      'every assistant turn has the weight 0',
    ],
    [
      'a weight between',
      [
        { role: 'user', content: 'hi' },
        { ...ANSWER, weight: 0.5 },
      ],
      'CHAT_WEIGHT',
      'message 2: its weight is 0.5',
    ],
    [
      'media in an answer',
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [image('0.png')] },
      ],
      'CHAT_MEDIA_ROLE',
      'message 2, part 1: an assistant turn cannot carry files',
    ],
    [
      'an unknown part',
      asking({ type: 'image_ulr', image_url: '0.png' }),
      'CHAT_PART_TYPE',
      'message 1, part 1: the type "image_ulr" is not known',
    ],
    ['a part without type', asking({ image_url: '0.png' }), 'CHAT_PART_TYPE', 'message 1, part 1: its type is missing'],
    ['a part without text', asking({ type: 'text' }), 'CHAT_PART', 'message 1, part 1: its text is missing'],
    ['a part that is a number', asking(3), 'CHAT_PART', 'message 1, part 1: it is a number, not an object with a type'],
    ['a part that names nothing', asking({ type: 'image_url' }), 'CHAT_PART', 'message 1, part 1: it names no file'],
    ['an empty link', asking(image('')), 'CHAT_PART', 'message 1, part 1: it names no file'],
    [
      'a file id',
      asking({ type: 'file', file: { file_id: 'file-1' } }),
      'CHAT_FILE_ID',
      'message 1, part 1: it names a file by the id "file-1", which only its provider knows',
    ],
    [
      'base64 of no type',
      asking({ type: 'file', file: { file_data: 'AAAA' } }),
      'CHAT_PART',
      'message 1, part 1: its data does not say of which type it is',
    ],
    [
      'a placeholder',
      asking(image('data:image/jpeg;base64,{base64_image}')),
      'DATA_URI_ALPHABET',
      '"{" at character 1 of the base64 text is no base64 character',
    ],
    [
      'a video',
      asking(image('clip.mp4')),
      'VIDEO_UNSUPPORTED',
      '"clip.mp4" is a video; training takes its frames instead',
    ],
    [
      'a video behind a link',
      asking({ type: 'video_url', video_url: { url: 'https://x.com/1' } }),
      'VIDEO_UNSUPPORTED',
      'message 1, part 1: "the file" is a video; training takes its frames instead',
    ],
    ['a missing file', asking('hi', image('7.png')), 'MEDIA_MISSING', 'no file "7.png" in media.zip'],
    ['a NUL', asking('a\0b'), 'TEXT_NUL', 'message 1, part 1: the text contains U+0000 at character 2'],
    [
      'an unknown split',
      { messages: asking('hi'), split: 'test' },
      'SPLIT_UNKNOWN',
      'the split "test" is neither train nor validation',
    ],
  ])('refuses a chat with %s', (_what, value, code, message) => {
    const row = read(value);
    expect(row.example).toBeNull();
    expect(row.findings.map((finding) => [finding.code, finding.severity, finding.message])).toEqual([
      [code, 'error', message],
    ]);
  });

  it.each([
    ['no list of tools', { tools: {} }, '"tools" is an object, not a list'],
    ['a tool of another type', { tools: [{ type: 'web_search' }] }, 'tool 1: its type is not "function"'],
    ['a tool without a name', { tools: [{ type: 'function', function: {} }] }, 'tool 1: its name is missing'],
    ['two tools of one name', { tools: [{ name: 'a' }, { name: 'a' }] }, 'tool 2: another tool has the name "a" too'],
    [
      'parameters that are a list',
      { tools: [{ name: 'a', parameters: [] }] },
      'tool 1: its parameters are a list, not a JSON Schema',
    ],
  ])('refuses %s', (_what, extra, message) => {
    const row = read({ messages: asking('hi'), ...extra });
    expect(row.example).toBeNull();
    expect(row.findings).toMatchObject([{ code: 'CHAT_TOOL', message }]);
  });

  it.each([
    ['no list', {}, 'message 2: its tool_calls are an object, not a list'],
    [
      'a call without an id',
      [{ function: { name: 'a' } }],
      'message 2, tool call 1: the call needs an id, and a function with a name',
    ],
    [
      'one id twice',
      Array(2).fill({ id: 'c', function: { name: 'a' } }),
      'message 2, tool call 2: an earlier call has the id "c" too',
    ],
    [
      'arguments that are a list',
      [{ id: 'c', function: { name: 'a', arguments: [] } }],
      'message 2, tool call 1: its arguments are a list that is no plain JSON object',
    ],
  ])('refuses tool calls with %s', (_what, toolCalls, message) => {
    const row = read([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'so', tool_calls: toolCalls },
    ]);
    expect(row.example).toBeNull();
    expect(row.findings).toMatchObject([{ code: 'CHAT_TOOL_CALL', message }]);
  });

  it('refuses the answer to a call that nobody made', () => {
    const row = read([{ role: 'tool', tool_call_id: 'c9', content: 'x' }, ANSWER]);
    expect(row.findings).toMatchObject([
      { code: 'CHAT_TOOL_CALL', message: 'message 1: tool_call_id: "c9" is the id of no earlier call' },
    ]);
  });

  it('warns of keys that it does not read, with the nearest known one', () => {
    const row = read({
      messages: [{ role: 'user', content: 'hi', names: 'x', refusal: null }, ANSWER],
      splitt: 'train',
    });
    expect(row.example).not.toBeNull();
    expect(row.findings).toMatchObject([
      {
        code: 'CHAT_KEY_IGNORED',
        severity: 'warning',
        message: 'the key "splitt" is not known and not read',
        hint: 'Did you mean "split"?',
      },
      {
        code: 'CHAT_KEY_IGNORED',
        message: 'message 1: the key "names" is not known and not read',
        hint: 'Did you mean "name"?',
      },
    ]);
  });

  it('warns of odd but harmless things and goes on', () => {
    const row = read([
      { role: 'system', content: '' },
      { role: 'user', content: [image('0.png', { detail: 'max' })], weight: 1 },
      { role: 'assistant', content: 'x', tool_calls: [{ id: 'c', function: { name: 'a', arguments: 'not json' } }] },
    ]);
    expect(codesOf(row)).toEqual(['CHAT_EMPTY_SYSTEM', 'CHAT_DETAIL', 'CHAT_WEIGHT_IGNORED', 'CHAT_TOOL_ARGUMENTS']);
    expect(row.example?.messages).toHaveLength(2);
  });

  it('takes hostile keys for what they are: data', () => {
    const hostile = JSON.parse(
      '{"messages":[{"role":"user","content":"hi","__proto__":{"role":"system","weight":1}},{"role":"assistant","content":"x"}],' +
        '"__proto__":{"split":"train"},"tools":[{"name":"a","parameters":{"__proto__":{"x":1},"constructor":{"y":2}}}]}',
    );
    const row = read(hostile);
    expect(codesOf(row)).toEqual(['CHAT_KEY_IGNORED', 'CHAT_KEY_IGNORED']);
    expect(row.example).toMatchObject({ split: null, messages: [{ role: 'user' }, { role: 'assistant' }] });
    expect(JSON.stringify(row.example?.tools)).toBe(
      '[{"name":"a","parameters":{"__proto__":{"x":1},"constructor":{"y":2}}}]',
    );
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(codesOf(read({ constructor: asking('hi') }))).toEqual(['CHAT_SHAPE']);
  });

  it('refuses parameters that nest too deep for what walks them', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
    const row = read({ messages: asking('hi'), tools: [{ name: 'a', parameters: deep }] });
    expect(codesOf(row)).toEqual(['CHAT_TOOL']);
  });

  it('refuses an empty turn also where something else about it is odd', () => {
    const row = read([{ role: 'user', content: '', weight: 1 }, ANSWER]);
    expect(row.example).toBeNull();
    expect(codesOf(row)).toEqual(['CHAT_WEIGHT_IGNORED', 'CHAT_EMPTY']);
  });

  it('gives equal chats equal ids, however their data URIs are framed', () => {
    const id = read(asking(image(TINY_PNG_URI))).example?.id;
    expect(read({ messages: asking({ type: 'image', url: TINY_PNG_URI }) }).example?.id).toBe(id);
    expect(read(asking(image('0.png'))).example?.id).not.toBe(id);
  });
});

describe('isManyExamples', () => {
  it.each([
    [{ role: 'user', content: 'hi' }, false],
    [{ role: null }, false],
    [{ messages: [] }, true],
    [[{ role: 'user' }], true],
    [null, true],
    ['x', true],
    [undefined, true],
    [Object.create({ role: 'user' }), true],
  ])('of an array that begins with %j is %s', (first, expected) => {
    expect(isManyExamples(first)).toBe(expected);
  });
});
