import protobuf from '@google-cloud/aiplatform/build/protos/protos.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Example, Message } from '../../lib/domain/example.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import { format } from '../../lib/providers/vertex/format.ts';
import { estimateTextTokens } from '../../lib/providers/vertex/tokens.ts';
import {
  accepted,
  assistant,
  example,
  excludedCodes,
  file,
  system,
  target,
  textFile,
  user,
} from './vertex-fixtures.ts';

const options = {
  target: target(),
  countTokens: estimateTextTokens,
  mediaUri: (name: string) => `gs://bucket/finedrop/birds/media/${name}`,
};

interface Fixture {
  example: Example;
  media?: Record<string, PreparedMedia>;
  mediaResolution?: string;
}

const weatherTool = {
  name: 'get_weather',
  description: 'Weather of a place',
  parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
};
const strictTool = {
  name: 'set_alarm',
  parameters: { type: 'object', properties: { at: { type: ['string', 'null'] } }, additionalProperties: false },
};
const call = (id: string, name: string, args: string) => ({ id, name, arguments: args });
const toolTurn = (toolCallId: string, text: string): Message => ({ role: 'tool', toolCallId, parts: [{ text }] });

const FIXTURES: Record<string, Fixture> = {
  text: { example: example([user({ text: 'Which bird is it?\n"Hoo" 🦉' }), assistant('An owl.')]) },
  'image-before-and-after': {
    example: example([
      user({ text: 'Which bird?' }, { media: 'a', detail: 'low' }, { text: 'And this?' }, { media: 'b' }),
      assistant('An owl and a heron.'),
    ]),
    media: { a: file('image', 'a'), b: file('image', 'b', { mime: 'image/jpeg' }) },
  },
  'audio-and-document': {
    example: example([user({ media: 'a' }, { media: 'b' }, { text: 'Sum it up.' }), assistant('Owls hunt at night.')]),
    media: { a: file('audio', 'c', { seconds: 90 }), b: file('document', 'd', { pages: 3 }) },
  },
  'text-file': {
    example: example([user({ text: 'Sum it up.' }, { media: 'a' }), assistant('Owls hunt at night.')]),
    media: { a: textFile('media.zip!docs/owls.txt', 'Owls are nocturnal.\n') },
  },
  system: { example: example([system('You name birds.', 'Briefly.'), user({ text: 'Hoo?' }), assistant('An owl.')]) },
  'system-merged': {
    example: example([system('You name birds.'), user({ text: 'Hoo?' }), system('Be brief.'), assistant('An owl.')]),
  },
  'turns-merged': {
    example: example([
      user({ text: 'Hoo?' }),
      user({ text: 'Loudly.' }),
      assistant('An owl,'),
      assistant('a tawny one.'),
      user({ text: '' }, { text: 'Sure?' }),
      assistant('Yes.'),
    ]),
  },
  tools: {
    example: example(
      [
        user({ text: 'Weather in Oslo and Rome?' }),
        assistant('', {
          toolCalls: [
            call('1', 'get_weather', '{"place":"Oslo"}'),
            call('2', 'get_weather', '{"place":"Rome","__proto__":{"x":1}}'),
          ],
        }),
        toolTurn('1', '{"celsius":-3}'),
        toolTurn('2', 'mild'),
        assistant('Three below zero in Oslo, mild in Rome.'),
      ],
      { tools: [weatherTool, strictTool] },
    ),
  },
  'media-resolution': {
    example: example([user({ media: 'a' }), assistant('An owl.')]),
    media: { a: file('image', 'a', { mime: 'image/webp' }) },
    mediaResolution: 'medium',
  },
  'media-resolution-ultra-high': {
    example: example([user({ media: 'a' }, { media: 'b' }), assistant('An owl.')]),
    media: { a: file('image', 'a'), b: file('document', 'd', { pages: 3 }) },
    mediaResolution: 'ultra_high',
  },
};

function formatFixture({ example: row, media = {}, mediaResolution }: Fixture) {
  const adapt = mediaResolution === undefined ? {} : { mediaResolution };
  return accepted(format(row, new Map(Object.entries(media)), { ...options, target: target({ adapt }) }));
}

const lineOf = (fixture: Fixture) => JSON.parse(formatFixture(fixture).line.join(''));

/** Structs have a form of their own in protobufjs: their fields are not compared. */
const withoutStructs = (key: string, value: unknown) => (key === 'args' || key === 'response' ? {} : value);

describe('format', () => {
  it.each(Object.entries(FIXTURES))('writes the golden line of %s', async (name, fixture) => {
    await expect(`${formatFixture(fixture).line.join('')}\n`).toMatchFileSnapshot(`golden/vertex/${name}.jsonl`);
  });

  it.each(Object.entries(FIXTURES))('writes contents that the official protos know (%s)', (_name, fixture) => {
    const { Content } = protobuf.google.cloud.aiplatform.v1;
    const line = lineOf(fixture);
    const contents = [...line.contents, ...(line.systemInstruction === undefined ? [] : [line.systemInstruction])];
    for (const content of contents) {
      const plain = JSON.parse(JSON.stringify(content), withoutStructs);
      const read = Content.toObject(Content.fromObject(plain), { enums: String, longs: String });
      expect(JSON.parse(JSON.stringify(read), withoutStructs)).toEqual(plain);
    }
  });

  it('alternates between user and model, whatever came together', () => {
    for (const fixture of Object.values(FIXTURES)) {
      const roles = lineOf(fixture).contents.map(({ role }: { role: string }) => role);
      expect(roles).toEqual(roles.map((_role: string, index: number) => (index % 2 === 0 ? 'user' : 'model')));
      expect(roles.length % 2).toBe(0);
    }
  });

  it.each([
    ['text', []],
    ['system', []],
    ['system-merged', ['system-merged']],
    ['turns-merged', ['turns-merged']],
    ['tools', []],
  ])('tells what it changed in %s', (name, adjustments) => {
    expect(formatFixture(FIXTURES[name] as Fixture).adjustments).toEqual(adjustments);
  });

  it('tells that a late system message was moved to the front', () => {
    const row = example([user({ text: 'Hoo?' }), system('Be brief.'), assistant('An owl.')]);
    expect(formatFixture({ example: row }).adjustments).toEqual(['system-moved']);
  });

  it('names each file once among those to stage', () => {
    const row = example([user({ media: 'a' }, { media: 'b' }, { media: 'a' }), assistant('Owls.')]);
    const { files } = formatFixture({ example: row, media: { a: file('image', 'a'), b: file('image', 'b') } });
    expect(files).toEqual(['a'.repeat(64), 'b'.repeat(64)]);
  });

  it('gives a tool’s schema that Gemini’s own form cannot hold as JSON Schema', () => {
    const [{ functionDeclarations }] = lineOf(FIXTURES['tools'] as Fixture).tools;
    expect(functionDeclarations[0].parameters).toEqual(weatherTool.parameters);
    expect(functionDeclarations[1]).toEqual({ name: 'set_alarm', parametersJsonSchema: strictTool.parameters });
  });

  it('throws when a reference was not prepared, for that is no fault of the row', () => {
    const row = example([user({ media: 'a' }), assistant('An owl.')]);
    expect(() => format(row, new Map(), options)).toThrow('"a" of the example e_0123456789abcdef was not prepared');
  });

  it('writes one line that reads back as what was said, whatever the texts', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, fc.array(text, { minLength: 1 }), (asked, answer, rules) => {
        const row = example([system(...rules), user({ text: asked }), assistant(answer)]);
        const { line } = accepted(format(row, new Map(), options));
        expect(line.join('')).not.toContain('\n');
        const read = JSON.parse(line.join(''));
        expect(read.systemInstruction.parts).toEqual(rules.map((rule) => ({ text: rule })));
        expect(read.contents).toEqual([
          { role: 'user', parts: [{ text: asked }] },
          { role: 'model', parts: [{ text: answer }] },
        ]);
      }),
      { seed: 42 },
    );
  });
});

const many = (kind: 'image' | 'audio' | 'document', count: number, changes = {}): Fixture => {
  const names = Array.from({ length: count }, (_, index) => `m${index}`);
  return {
    example: example([user({ text: 'What?' }, ...names.map((media) => ({ media }))), assistant('This.')]),
    media: Object.fromEntries(names.map((name) => [name, file(kind, 'a', changes)])),
  };
};
const talk = (...messages: Message[]): Fixture => ({ example: example(messages) });
const hoo = user({ text: 'Hoo?' });
const owl = assistant('An owl.');
const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;

const codesOf = ({ example: row, media = {} }: Fixture) =>
  excludedCodes(format(row, new Map(Object.entries(media)), options));

describe('what is left out', () => {
  it.each<[string, Fixture, string[]]>([
    ['30 images', many('image', 30), []],
    ['31 images', many('image', 31), ['TOO_MANY_IMAGES']],
    ['an image of 20 MB', many('image', 1, { bytes: 20_000_000 }), []],
    ['an image of a byte more', many('image', 1, { bytes: 20_000_001 }), ['IMAGE_TOO_LARGE']],
    ['a GIF that nobody converted', many('image', 1, { mime: 'image/gif' }), ['IMAGE_TYPE_UNSUPPORTED']],
    ['an audio file of an hour', many('audio', 1, { seconds: 3600 }), []],
    ['an audio file of more', many('audio', 1, { seconds: 3600.5 }), ['AUDIO_TOO_LONG']],
    ['two audio files', many('audio', 2, { seconds: 5 }), ['TOO_MANY_AUDIO_FILES']],
    ['an audio file of more than 100 MB', many('audio', 1, { bytes: 100_000_001, seconds: 9 }), ['AUDIO_TOO_LARGE']],
    ['four documents', many('document', 4, { pages: 40 }), []],
    ['five documents', many('document', 5, { pages: 1 }), ['TOO_MANY_DOCUMENTS']],
    ['a document of more than 20 MB', many('document', 1, { bytes: 20_000_001 }), ['DOCUMENT_TOO_LARGE']],
    ['301 pages in all', many('document', 3, { pages: 101 }), ['TOO_MANY_PAGES']],
    ['300 pages, which have too many tokens', many('document', 3, { pages: 100 }), ['TOKENS_OVER_LIMIT']],
    ['half a megabyte of text', talk(user({ text: 'word '.repeat(104_849) }), owl), []],
    ['a little more', talk(user({ text: 'word '.repeat(104_850) }), owl), ['TOKENS_OVER_LIMIT']],
    ['very much more', talk(user({ text: 'x'.repeat(20_000_000) }), owl), ['TOKENS_OVER_LIMIT']],
    ['an answer that is missing', talk(hoo), ['EXAMPLE_ROLE']],
    ['an answer before the question', talk(owl, hoo, owl), ['EXAMPLE_ROLE']],
    ['a system message alone', talk(system('You name birds.')), ['EXAMPLE_ROLE']],
    ['an empty answer', talk(hoo, assistant('')), ['EXAMPLE_ROLE']],
    ['an empty question', talk(user({ text: '' }), owl), ['EXAMPLE_ROLE']],
    ['a turn of weight 0', talk(hoo, assistant('A cat.', { weight: 0 }), hoo, owl), ['WEIGHT_UNSUPPORTED']],
    ['a turn of weight 1', talk(hoo, assistant('An owl.', { weight: 1 })), []],
    [
      'a file in an answer',
      { ...many('image', 1), example: example([hoo, { ...owl, parts: [{ media: 'm0' }] }]) },
      ['EXAMPLE_ROLE'],
    ],
    ['an answer to no call', talk(hoo, toolTurn('1', 'x'), owl), ['TOOL_CALL']],
    [
      'a function name with a space',
      talk(hoo, assistant('', { toolCalls: [call('1', 'get it', '{}')] })),
      ['FUNCTION_NAME'],
    ],
    ['arguments that are no object', talk(hoo, assistant('', { toolCalls: [call('1', 'f', '[1]')] })), ['TOOL_CALL']],
    ['arguments that are no JSON', talk(hoo, assistant('', { toolCalls: [call('1', 'f', '{')] })), ['TOOL_CALL']],
    ['arguments of 50,000 levels', talk(hoo, assistant('', { toolCalls: [call('1', 'f', deep)] })), ['TOOL_CALL']],
  ])('%s', (_what, fixture, codes) => {
    expect(codesOf(fixture)).toEqual(codes);
  });

  it('a tool’s answer of 50,000 levels is text', () => {
    const row = example([hoo, assistant('', { toolCalls: [call('1', 'f', '{}')] }), toolTurn('1', deep), owl]);
    expect(lineOf({ example: row }).contents[2].parts[0].functionResponse.response).toEqual({ output: deep });
  });
});
