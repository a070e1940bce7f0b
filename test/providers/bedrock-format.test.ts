import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Example, Message } from '../../lib/domain/example.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import {
  accepted,
  assistant,
  example,
  excludedCodes,
  image,
  NOVA_2_LITE,
  NOVA_MICRO,
  options,
  pdf,
  system,
  textFile,
  user,
  weatherCall,
  weatherTool,
} from './bedrock-fixtures.ts';

const { format } = bedrock;
const none = new Map<string, PreparedMedia>();

interface Fixture {
  example: Example;
  media?: Record<string, PreparedMedia>;
  adapt?: Record<string, unknown>;
  model?: string;
}

const FIXTURES: Record<string, Fixture> = {
  text: { example: example([user({ text: 'Which bird is it?\n"Hoo" 🦉' }), assistant('An owl.')]) },
  'two-images': {
    example: example([
      user({ media: 'a', detail: 'low' }, { text: 'Compare.' }, { media: 'b' }),
      assistant('One hunts at night.'),
    ]),
    media: { a: image('owl.png'), b: image('heron.jpg', { mime: 'image/jpeg' }) },
  },
  'gif-and-webp': {
    example: example([user({ media: 'a' }, { media: 'b' }), assistant('Both fly.')]),
    media: { a: image('a.gif', { mime: 'image/gif' }), b: image('b.webp', { mime: 'image/webp' }) },
  },
  system: { example: example([system('You name birds.'), user({ text: 'Hoo?' }), assistant('An owl.')]) },
  'several-turns': {
    example: example([
      user({ text: 'Hoo?' }),
      assistant('An owl.'),
      user({ text: 'First part.' }, { text: 'Second part.' }),
      assistant('A heron.'),
    ]),
  },
  'merged-turns': {
    example: example([user({ text: 'Hoo?' }), user({ media: 'a' }), assistant('An'), assistant('owl.')]),
    media: { a: image('owl.png') },
  },
  tools: {
    example: example(
      [
        user({ text: 'Weather in Oslo and Rome?' }),
        {
          role: 'assistant',
          parts: [{ text: 'I look.' }],
          toolCalls: [weatherCall('c1', 'Oslo'), weatherCall('c2', 'Rome')],
        },
        { role: 'tool', toolCallId: 'c1', parts: [{ text: '{"celsius":-3}' }] },
        { role: 'tool', toolCallId: 'c2', parts: [{ text: '{"celsius":12}' }] },
        assistant('Cold and mild.'),
      ],
      { tools: [weatherTool] },
    ),
    model: NOVA_2_LITE,
  },
  'text-file': {
    example: example([user({ text: 'Sum it up.' }, { media: 'a' }), assistant('Owls hunt at night.')]),
    media: { a: textFile('media.zip!docs/owls.txt', 'Owls are nocturnal.\n') },
  },
  'bucket-owner': {
    example: example([user({ media: 'a' }), assistant('An owl.')]),
    media: { a: image('owl.png') },
    adapt: { bucketOwner: '123456789012' },
  },
  pdf: {
    example: example([user({ media: 'a' }, { text: 'Sum it up.' }), assistant('Owls hunt at night.')]),
    media: { a: pdf('owls.pdf') },
    model: NOVA_2_LITE,
  },
  'reserved-words-rewritten': {
    example: example([system('User: asks. [EOS]'), user({ text: 'Robot: hi <IMAGE>' }), assistant('thought: none')]),
    adapt: { reservedWords: 'rewrite' },
  },
};

function formatFixture({ example: one, media = {}, adapt = {}, model }: Fixture) {
  return format(one, new Map(Object.entries(media)), options({ adapt, ...(model === undefined ? {} : { model }) }));
}

function formatChat(...messages: Message[]) {
  return format(example(messages), none, options());
}

const question = user({ text: 'Hoo?' });
const answer = assistant('An owl.');

describe('format', () => {
  it.each(Object.entries(FIXTURES))('writes the golden line of %s', async (name, fixture) => {
    const { line } = accepted(formatFixture(fixture));
    await expect(`${line.join('')}\n`).toMatchFileSnapshot(`golden/bedrock/${name}.jsonl`);
  });

  it('names staged files by their content, each once', () => {
    const owl = image('owl.jpg', { mime: 'image/jpeg' });
    const media = new Map([...['a', 'b'].map((id) => [id, owl] as const), ['c', image('c.png')] as const]);
    const chat = example([user({ media: 'a' }, { media: 'b' }, { media: 'c' }), answer]);
    const { files, line } = accepted(format(chat, media, options()));
    expect(files).toEqual([owl.sha256, image('c.png').sha256]);
    expect(line.join('')).toContain(
      `"format":"jpeg","source":{"s3Location":{"uri":"s3://fine-bucket/finedrop/birds/media/${owl.sha256}.jpg"}}`,
    );
  });

  it.each([
    ['nothing', [question, answer], []],
    ['merged user turns', [question, question, answer], ['turns-merged']],
    ['merged answers', [question, answer, answer], ['turns-merged']],
    ['joined system messages', [system('A'), system('B'), question, answer], ['system-merged']],
    ['a moved system message', [question, system('A'), answer], ['system-moved']],
    ['moved and joined ones', [system('A'), question, system('B'), answer], ['system-merged', 'system-moved']],
  ])('tells of %s', (_what, messages, kinds) => {
    expect(accepted(formatChat(...messages)).adjustments).toEqual(kinds);
  });

  it('says what Nova’s format has no place for', () => {
    const chat = [{ ...question, name: 'ada' }, assistant('No.', { weight: 0 }), question, answer];
    const codes = accepted(formatChat(...chat)).issues.map(({ code, severity }) => `${severity} ${code}`);
    expect(codes).toEqual(['info NAME_DROPPED', 'warning WEIGHT_IGNORED']);
  });

  it('leaves empty texts out, but no turn', () => {
    const { line } = accepted(formatChat(user({ text: '' }, { text: 'Hoo?' }), answer));
    expect(JSON.parse(line.join('')).messages[0].content).toEqual([{ text: 'Hoo?' }]);
  });

  it.each([
    ['an assistant turn first', [answer, question, answer], /does not begin with a user turn/],
    ['no answer at the end', [question, answer, question], /does not end with an assistant turn/],
    ['an empty question', [user({ text: '' }), answer], /the user turn is empty/],
    ['an empty answer', [question, assistant('')], /the assistant turn is empty/],
    ['weights of 0 only', [question, assistant('No.', { weight: 0 })], /nothing is to be learned/],
    ['nothing but a system text', [system('Hi.')], /does not begin with a user turn/],
  ])('refuses %s', (_what, messages, message) => {
    const formatted = formatChat(...messages);
    expect(excludedCodes(formatted)[0]).toBe('EXAMPLE_ROLE');
    expect(JSON.stringify(formatted)).toMatch(message);
  });

  it.each([
    ['eleven images', Array.from({ length: 11 }, (_, index) => image(`${index}`)), ['TOO_MANY_IMAGES']],
    ['a large image', [image('a', { bytes: 10_000_001 })], ['IMAGE_TOO_LARGE']],
    ['a narrow image', [image('a', { width: 24 })], ['IMAGE_TOO_SMALL']],
    ['a low image', [image('a', { height: 24 })], ['IMAGE_TOO_SMALL']],
    ['an image of 8000 x 8000', [image('a', { width: 8000, height: 8000 })], []],
    ['a wide image', [image('a', { width: 8001 })], ['IMAGE_TOO_LARGE']],
    ['a high image', [image('a', { height: 8001 })], ['IMAGE_TOO_LARGE']],
    ['a TIFF', [image('a', { mime: 'image/tiff' })], ['IMAGE_TYPE_UNSUPPORTED']],
    ['a PDF', [image('a', { kind: 'document', mime: 'application/pdf' })], ['MODALITY_UNSUPPORTED']],
    ['a recording', [image('a', { kind: 'audio', mime: 'audio/mpeg' })], ['MODALITY_UNSUPPORTED']],
    [
      'ten images at their limits',
      Array.from({ length: 10 }, (_, index) => image(`${index}`, { bytes: 10_000_000, width: 25 })),
      [],
    ],
  ])('judges %s', (_what, files, codes) => {
    const media = new Map(files.map((file, index) => [`m${index}`, file]));
    const parts = files.map((_, index) => ({ media: `m${index}` }));
    expect(excludedCodes(format(example([user(...parts), answer]), media, options()))).toEqual(codes);
  });

  it.each([
    [NOVA_MICRO, 'image/png', ['MODALITY_UNSUPPORTED']],
    [NOVA_2_LITE, 'image/webp', ['IMAGE_TYPE_UNSUPPORTED']],
    [NOVA_2_LITE, 'image/gif', []],
  ])('knows what %s takes of %s', (model, mime, codes) => {
    const media = new Map([['a', image('a', { mime })]]);
    expect(excludedCodes(format(example([user({ media: 'a' }), answer]), media, options({ model })))).toEqual(codes);
  });

  it.each([
    ['one', [pdf('a')], {}, []],
    ['one of 10,000,000 bytes', [pdf('a', { bytes: 10_000_000 })], {}, []],
    ['a larger one', [pdf('a', { bytes: 10_000_001 })], {}, ['DOCUMENT_TOO_LARGE']],
    ['two', [pdf('a'), pdf('b')], {}, ['TOO_MANY_DOCUMENTS']],
    ['one beside an image', [pdf('a'), image('b')], {}, ['MIXED_MEDIA']],
    ['one that the job spec refuses', [pdf('a')], { documents: 'refuse' }, ['MODALITY_UNSUPPORTED']],
    [
      'two and an image that it refuses',
      [pdf('a'), pdf('b'), image('c')],
      { documents: 'refuse' },
      ['MODALITY_UNSUPPORTED'],
    ],
    ['one that it takes', [pdf('a')], { documents: 'take' }, []],
  ])('judges PDF for Nova 2: %s', (_what, files, adapt, codes) => {
    const media = new Map(files.map((file, index) => [`m${index}`, file]));
    const chat = example([user(...files.map((_, index) => ({ media: `m${index}` }))), answer]);
    const formatted = format(chat, media, options({ model: NOVA_2_LITE, adapt }));
    expect([...new Set(excludedCodes(formatted))]).toEqual(codes);
  });

  it.each([
    ['s3://fine-bucket/a-b_c.d/media/', []],
    ['s3://fine-bucket/my photos/', ['MEDIA_ADDRESS']],
    ['s3://fine-bucket/day=1/', ['MEDIA_ADDRESS']],
    ['s3://fine-bucket/ä/', ['MEDIA_ADDRESS']],
    ['s3://fine-bucket//media/', ['MEDIA_ADDRESS']],
    ['s3://Fine_Bucket/media/', ['MEDIA_ADDRESS']],
    ['gs://fine-bucket/media/', ['MEDIA_ADDRESS']],
    ['s3://fine-bucket/{938 letters}/', []],
    ['s3://fine-bucket/{939 letters}/', ['MEDIA_ADDRESS']],
  ])('judges the place of media, "%s"', (pattern, codes) => {
    const place = pattern.replace(/{(\d+) letters}/, (_, count) => 'a'.repeat(Number(count)));
    const named = { ...options(), mediaUri: (fileName: string) => place + fileName };
    const media = new Map([['a', image('a')]]);
    expect(excludedCodes(format(example([user({ media: 'a' }), answer]), media, named))).toEqual(codes);
    expect(excludedCodes(format(example([question, answer]), none, named))).toEqual([]);
  });

  it('takes images in user turns only', () => {
    const media = new Map([['a', image('a')]]);
    const chat = example([question, { role: 'assistant', parts: [{ media: 'a' }] }]);
    expect(format(chat, media, options())).toMatchObject({
      excluded: [{ code: 'EXAMPLE_ROLE', message: expect.stringContaining('the assistant turn holds a file') }],
    });
  });

  it('throws when a reference was not prepared, for that is no fault of the row', () => {
    const chat = example([user({ media: 'a' }), answer]);
    expect(() => format(chat, none, options())).toThrow('"a" of the example e_0123456789abcdef');
  });

  it('writes any texts as one line of JSON that says the same', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(text, text, (asked, said) => {
        const formatted = formatChat(user({ text: asked }), assistant(said));
        if ('excluded' in formatted) return;
        const line = formatted.line.join('');
        expect(line).not.toMatch(/[\n\r]/);
        const { messages } = JSON.parse(line);
        expect(messages.map((message: { content: unknown }) => message.content)).toEqual([
          [{ text: asked }],
          [{ text: said }],
        ]);
      }),
      { seed: 42 },
    );
  });
});
