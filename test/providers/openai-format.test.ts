import fc from 'fast-check';
import type { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import type { Example, Message } from '../../lib/domain/example.ts';
import { format } from '../../lib/providers/openai/format.ts';
import { loadTokenizer } from '../../lib/providers/openai/tokenizer.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import {
  accepted,
  assistant,
  example,
  excludedCodes,
  IMAGES,
  image,
  render,
  target,
  textFile,
  user,
} from './openai-fixtures.ts';

const countTokens = await loadTokenizer();
const options = { target: target(), countTokens };
const none = new Map<string, PreparedMedia>();

interface Fixture {
  example: Example;
  media?: Record<string, PreparedMedia>;
}

const weatherTool = {
  name: 'get_weather',
  description: 'Weather of a place',
  parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
};
const weatherCall = { id: 'call_1', name: 'get_weather', arguments: '{"place":"Oslo"}' };

const FIXTURES: Record<string, Fixture> = {
  text: { example: example([user({ text: 'Which bird is it?\n"Hoo" 🦉' }), assistant('An owl.')]) },
  'one-image': {
    example: example([user({ text: 'Which bird?' }, { media: 'a' }), assistant('An owl.')]),
    media: { a: image('owl') },
  },
  'two-images-with-detail': {
    example: example([
      user({ media: 'a', detail: 'low' }, { text: 'Compare.' }, { media: 'b', detail: 'high' }),
      assistant('One hunts at night.'),
    ]),
    media: { a: image('owl'), b: image('heron') },
  },
  system: {
    example: example([
      { role: 'system', parts: [{ text: 'You name birds.' }] },
      { role: 'user', name: 'ada', parts: [{ text: 'Hoo?' }] },
      assistant('An owl.'),
    ]),
  },
  'several-turns': {
    example: example([
      user({ text: 'Hoo?' }),
      assistant('An owl.', { weight: 0 }),
      user({ text: 'First part.' }, { text: 'Second part.' }),
      assistant('A heron.', { weight: 1 }),
    ]),
  },
  tools: {
    example: example(
      [
        user({ text: 'Weather in Oslo?' }),
        { role: 'assistant', parts: [], toolCalls: [weatherCall] },
        { role: 'tool', toolCallId: 'call_1', parts: [{ text: '{"celsius":-3}' }] },
        assistant('Three below zero.'),
      ],
      { tools: [weatherTool] },
    ),
  },
  'text-file': {
    example: example([user({ text: 'Sum it up.' }, { media: 'a' }), assistant('Owls hunt at night.')]),
    media: { a: textFile('media.zip!docs/owls.txt', 'Owls are nocturnal.\n') },
  },
};

const mediaOf = ({ media = {} }: Fixture) => new Map(Object.entries(media));

describe('format', () => {
  it.each(Object.entries(FIXTURES))('writes the golden line of %s', async (name, fixture) => {
    const { line } = accepted(format(fixture.example, mediaOf(fixture), options));
    await expect(`${render(line)}\n`).toMatchFileSnapshot(`golden/openai/${name}.jsonl`);
  });

  it('writes messages that the official types accept', () => {
    const fixture = FIXTURES['tools'] as Fixture;
    const line = JSON.parse(render(accepted(format(fixture.example, none, options)).line));
    expect(line).toEqual({
      messages: [
        { role: 'user', content: 'Weather in Oslo?' },
        {
          role: 'assistant',
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"place":"Oslo"}' } },
          ],
        },
        { role: 'tool', content: '{"celsius":-3}', tool_call_id: 'call_1' },
        { role: 'assistant', content: 'Three below zero.' },
      ] satisfies OpenAI.ChatCompletionMessageParam[],
      tools: [{ type: 'function', function: weatherTool }] satisfies OpenAI.ChatCompletionTool[],
    });
  });

  it('puts images as data URI holes, at which the line is cut', () => {
    const { line, files } = accepted(format(FIXTURES['one-image']!.example, mediaOf(FIXTURES['one-image']!), options));
    expect(line).toHaveLength(3);
    expect(line[0]).toMatch(/"image_url":\{"url":"data:image\/png;base64,$/);
    expect(line[1]).toEqual({ base64: image('owl').sha256 });
    expect(line[2]).toMatch(/^"\}/);
    expect(files).toEqual([]);
  });

  it('throws when a reference was not prepared, for that is no fault of the row', () => {
    expect(() => format(FIXTURES['one-image']!.example, none, options)).toThrow(
      '"a" of the example e_0123456789abcdef',
    );
  });

  it('names an inlined file by its own name alone', () => {
    const titles = ['https://x.org/a/notes.txt?sig=secret/1', 'drop/dir\\notes.txt', 'data:text/plain'].map((name) => {
      const media = new Map([['a', textFile(name, 'x')]]);
      const { line } = accepted(format(example([user({ media: 'a' }), assistant('y')]), media, options));
      return JSON.parse(render(line)).messages[0].content;
    });
    expect(titles).toEqual(['File "notes.txt":\nx', 'File "notes.txt":\nx', 'File "text":\nx']);
  });

  it('carries any text unchanged through JSON, and no text forges a hole', () => {
    const text = fc.string({ unit: 'binary' });
    const media = new Map([['a', image('owl')]]);
    fc.assert(
      fc.property(text, text, text, fc.jsonValue({ depthSize: 'small' }), (system, prompt, answer, extra) => {
        const tools = [{ name: 'f', parameters: { extra } }];
        const messages: Message[] = [
          { role: 'system', parts: [{ text: system }] },
          user({ text: prompt }, { media: 'a' }),
          assistant(answer),
        ];
        const { line } = accepted(format(example(messages, { tools }), media, { ...options, countTokens: () => 1 }));
        expect(line.filter((segment) => typeof segment !== 'string')).toEqual([{ base64: image('owl').sha256 }]);
        const read = JSON.parse(render(line));
        expect(read.messages[0].content).toBe(system);
        expect(read.messages[1].content[0].text).toBe(prompt);
        expect(read.messages[1].content[1].image_url.url).toBe(
          `data:image/png;base64,${IMAGES.owl.toString('base64')}`,
        );
        expect(read.messages[2].content).toBe(answer);
        expect(JSON.stringify(read.tools[0].function.parameters)).toBe(JSON.stringify({ extra }));
      }),
      { seed: 42, numRuns: 200 },
    );
  });
});

describe('what format leaves out', () => {
  const images = (count: number) => Array.from({ length: count }, () => ({ media: 'a' }));
  const cases: [string, string, Message[], Record<string, PreparedMedia>][] = [
    [
      'a PDF',
      'MODALITY_UNSUPPORTED',
      [user({ media: 'a' }), assistant('x')],
      { a: image('owl', { kind: 'document', mime: 'application/pdf' }) },
    ],
    [
      'a recording',
      'MODALITY_UNSUPPORTED',
      [user({ media: 'a' }), assistant('x')],
      { a: image('owl', { kind: 'audio', mime: 'audio/mpeg' }) },
    ],
    [
      'a GIF that was not adapted',
      'IMAGE_TYPE_UNSUPPORTED',
      [user({ media: 'a' }), assistant('x')],
      { a: image('owl', { mime: 'image/gif' }) },
    ],
    ['eleven images', 'TOO_MANY_IMAGES', [user(...images(6)), user(...images(5)), assistant('x')], { a: image('owl') }],
    [
      'an image of 10,000,001 bytes',
      'IMAGE_TOO_LARGE',
      [user({ media: 'a' }), assistant('x')],
      { a: image('owl', { bytes: 10_000_001 }) },
    ],
    ['a control token in the prompt', 'SPECIAL_TOKEN', [user({ text: 'a<|endoftext|>b' }), assistant('x')], {}],
    [
      'a control token in a text file',
      'SPECIAL_TOKEN',
      [user({ media: 'a' }), assistant('x')],
      { a: textFile('a.txt', '<|fim_suffix|>') },
    ],
    ['a control token in the answer', 'SPECIAL_TOKEN', [user({ text: 'a' }), assistant('<|im_start|>')], {}],
    [
      'a control token in a call',
      'SPECIAL_TOKEN',
      [user({ text: 'a' }), { role: 'assistant', parts: [], toolCalls: [{ ...weatherCall, arguments: '"<|call|>"' }] }],
      {},
    ],
    ['a chat that ends with the user', 'EXAMPLE_ROLE', [assistant('x'), user({ text: 'a' })], {}],
    ['answers without weight', 'EXAMPLE_ROLE', [user({ text: 'a' }), assistant('x', { weight: 0 })], {}],
    ['an empty answer turn', 'EXAMPLE_ROLE', [user({ text: 'a' }), { role: 'assistant', parts: [] }], {}],
    [
      'an image in the answer',
      'EXAMPLE_ROLE',
      [user({ text: 'a' }), { role: 'assistant', parts: [{ media: 'a' }] }],
      { a: image('owl') },
    ],
    [
      'an image in the system turn',
      'EXAMPLE_ROLE',
      [{ role: 'system', parts: [{ media: 'a' }] }, assistant('x')],
      { a: image('owl') },
    ],
    [
      'a tool turn without a call',
      'TOOL_CALL',
      [user({ text: 'a' }), { role: 'tool', toolCallId: 'call_1', parts: [{ text: '1' }] }, assistant('x')],
      {},
    ],
    [
      'a function name with a space',
      'FUNCTION_NAME',
      [user({ text: 'a' }), { role: 'assistant', parts: [], toolCalls: [{ ...weatherCall, name: 'get weather' }] }],
      {},
    ],
    ['70,000 tokens', 'TOKENS_OVER_LIMIT', [user({ text: ' owl'.repeat(70_000) }), assistant('x')], {}],
    ['nine million characters', 'TOKENS_OVER_LIMIT', [user({ text: 'owl '.repeat(2_250_000) }), assistant('x')], {}],
  ];

  it.each(cases)('%s: %s', (_what, code, messages, media) => {
    const formatted = format(example(messages), new Map(Object.entries(media)), options);
    expect(excludedCodes(formatted)).toEqual([code]);
    expect('excluded' in formatted && formatted.excluded[0]?.severity).toBe('error');
  });

  it('images at a model that takes text only', () => {
    const media = new Map([['a', image('owl')]]);
    const mini = { ...options, target: target({ model: 'gpt-4o-mini-2024-07-18' }) };
    expect(excludedCodes(format(example([user({ media: 'a' }), assistant('x')]), media, mini))).toEqual([
      'MODALITY_UNSUPPORTED',
    ]);
  });

  it('but not what is just within the limits', () => {
    const media = new Map([['a', image('owl', { bytes: 10_000_000 })]]);
    const messages = [user(...images(10)), assistant('x', { weight: 0 }), user({ text: '<|owl|>' }), assistant('y')];
    expect(excludedCodes(format(example(messages), media, options))).toEqual([]);
  });

  it('with every reason at once, each said once', () => {
    const media = new Map([['a', image('owl', { kind: 'audio', mime: 'audio/mpeg' })]]);
    const messages = [user({ media: 'a' }, { media: 'a' }, { text: '<|end|>' }), assistant('x', { weight: 0 })];
    expect(excludedCodes(format(example(messages), media, options))).toEqual([
      'MODALITY_UNSUPPORTED',
      'EXAMPLE_ROLE',
      'SPECIAL_TOKEN',
    ]);
  });
});

describe('the tokens of an example', () => {
  const tokensOf = (fixture: Fixture) => accepted(format(fixture.example, mediaOf(fixture), options)).tokens;

  it('are the text, three for each message and three for the example', () => {
    // user + "Hello" + assistant + "An owl." = 1 + 1 + 1 + 3
    expect(tokensOf({ example: example([user({ text: 'Hello' }), assistant('An owl.')]) })).toBe(3 + 2 * 3 + 6);
  });

  it('add each image by its size and detail', () => {
    const withImage = (detail?: 'low' | 'high') => ({
      example: example([user({ text: 'Hello' }, { media: 'a', ...(detail ? { detail } : {}) }), assistant('An owl.')]),
      media: { a: image('owl', { width: 1024, height: 1024 }) },
    });
    expect(tokensOf(withImage())).toBe(15 + 765);
    expect(tokensOf(withImage('low'))).toBe(15 + 85);
  });

  it('budget for the dearest image when the size is not known', () => {
    const { width: _width, height: _height, ...unknown } = image('owl');
    const fixture = {
      example: example([user({ text: 'Hello' }, { media: 'a' }), assistant('An owl.')]),
      media: { a: unknown },
    };
    expect(tokensOf(fixture)).toBe(15 + 85 + 170 * 8);
  });
});
