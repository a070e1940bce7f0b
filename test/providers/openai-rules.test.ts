import { describe, expect, it } from 'vitest';
import type { Message, Tool } from '../../lib/domain/example.ts';
import type { Issue } from '../../lib/domain/finding.ts';
import { format } from '../../lib/providers/openai/format.ts';
import { loadTokenizer } from '../../lib/providers/openai/tokenizer.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import { assistant, example, image, target, user } from './openai-fixtures.ts';

const countTokens = await loadTokenizer();

interface Case {
  messages: Message[];
  tools?: Tool[];
  media?: PreparedMedia;
  model?: string;
}

/** What is found in a row whose every reference is the same file. */
function findingsOf({ messages, tools, media = image('owl'), model }: Case): Issue[] {
  const row = example(messages, tools === undefined ? {} : { tools });
  const options = { target: target(model === undefined ? {} : { model }), countTokens };
  const formatted = format(row, new Map([['a', media]]), options);
  return 'excluded' in formatted ? formatted.excluded : formatted.issues;
}

const QUESTION = user({ text: 'Which bird?' });
const ANSWER = assistant('An owl.');
const call = (name: string, id = 'call_1') => ({ id, name, arguments: '{}' });
const calling = (name: string): Message => ({ role: 'assistant', parts: [], toolCalls: [call(name)] });
const answering = (toolCallId: string): Message => ({ role: 'tool', toolCallId, parts: [{ text: '1' }] });
const images = (count: number) => user(...Array.from({ length: count }, () => ({ media: 'a' })));
const tools = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `tool_${index}` }));
const named = (name: string): Message => ({ ...QUESTION, name });
const asImage = (changes: Partial<Extract<PreparedMedia, { as: 'file' }>>) => ({
  messages: [user({ media: 'a' }), ANSWER],
  media: image('owl', changes),
});

/** "user", "assistant", "An", " owl" and "." with what every example of two turns costs. */
const OVERHEAD = 3 + 2 * 3 + 5;
const tokens = (count: number): Case => ({
  messages: [user({ text: ' owl'.repeat(count - OVERHEAD) }), ANSWER],
});

/** Each rule at its edge: what just passes, what is just found, the code, where it is said to be, and what to do. */
const RULES: [rule: string, passes: Case, found: Case, code: string, place: RegExp, hint: RegExp][] = [
  [
    '10 images',
    { messages: [images(10), ANSWER] },
    { messages: [images(6), images(5), ANSWER] },
    'TOO_MANY_IMAGES',
    /the row has 11 images.*at most 10/,
    /Split the row/,
  ],
  [
    '10 MB an image',
    asImage({ bytes: 10_000_000 }),
    asImage({ bytes: 10_000_001 }),
    'IMAGE_TOO_LARGE',
    /"media\.zip!owl" has 10,000,001 bytes.*10,000,000/,
    /JPEG/,
  ],
  [
    'PNG, JPEG and WebP',
    asImage({ mime: 'image/webp' }),
    asImage({ mime: 'image/gif' }),
    'IMAGE_TYPE_UNSUPPORTED',
    /image\/gif/,
    /PNG, JPEG or WebP/,
  ],
  [
    'images and text alone',
    asImage({ kind: 'image' }),
    asImage({ kind: 'audio', mime: 'audio/mpeg' }),
    'MODALITY_UNSUPPORTED',
    /no audio/,
    /Transcribe/,
  ],
  [
    'no PDF',
    asImage({ kind: 'image' }),
    asImage({ kind: 'document', mime: 'application/pdf' }),
    'MODALITY_UNSUPPORTED',
    /no document/,
    /pages as images/,
  ],
  [
    'images at models that see',
    { messages: [QUESTION, ANSWER], model: 'gpt-4.1-2025-04-14' },
    { ...asImage({}), model: 'gpt-4.1-2025-04-14' },
    'MODALITY_UNSUPPORTED',
    /gpt-4\.1-2025-04-14 takes no images/,
    /Use gpt-4o-2024-08-06/,
  ],
  [
    'images in user turns',
    { messages: [images(1), ANSWER] },
    { messages: [QUESTION, assistant('x'), QUESTION, { role: 'assistant', parts: [{ media: 'a' }] }] },
    'EXAMPLE_ROLE',
    /the assistant turn holds a file/,
    /Move it/,
  ],
  [
    'an assistant turn at the end',
    { messages: [QUESTION, ANSWER] },
    { messages: [QUESTION, ANSWER, QUESTION] },
    'EXAMPLE_ROLE',
    /does not end with an assistant turn/,
    /End it/,
  ],
  [
    'something to learn',
    { messages: [QUESTION, assistant('a', { weight: 0 }), QUESTION, assistant('b', { weight: 1 })] },
    { messages: [QUESTION, assistant('a', { weight: 0 }), QUESTION, assistant('b', { weight: 0 })] },
    'EXAMPLE_ROLE',
    /every assistant turn has the weight 0/,
    /weight 1/,
  ],
  [
    'an answer that is not empty',
    { messages: [QUESTION, calling('f')] },
    { messages: [QUESTION, { role: 'assistant', parts: [] }] },
    'EXAMPLE_ROLE',
    /an assistant turn is empty/,
    /text or a tool call/,
  ],
  [
    'names of 64 characters',
    { messages: [named('a'.repeat(64)), ANSWER] },
    { messages: [QUESTION, ANSWER, named('a'.repeat(65)), ANSWER] },
    'PARTICIPANT_NAME',
    /the name in message 3 \(user\)/,
    /1 to 64/,
  ],
  [
    'names without spaces',
    { messages: [named('Ada_Lovelace-1'), ANSWER] },
    { messages: [named('Ada Lovelace'), ANSWER] },
    'PARTICIPANT_NAME',
    /"Ada Lovelace", the name in message 1 \(user\)/,
    /say in the text who speaks/,
  ],
  [
    'function names of 64 characters',
    { messages: [QUESTION, calling('f'.repeat(64))] },
    { messages: [QUESTION, calling('f'.repeat(65))] },
    'FUNCTION_NAME',
    /"f{65}"/,
    /1 to 64/,
  ],
  [
    'function names of letters, digits, "_" and "-"',
    { messages: [QUESTION, ANSWER], tools: [{ name: 'get-weather_2' }] },
    { messages: [QUESTION, ANSWER], tools: [{ name: 'get.weather' }] },
    'FUNCTION_NAME',
    /"get\.weather"/,
    /letters, digits/,
  ],
  [
    '128 tools',
    { messages: [QUESTION, ANSWER], tools: tools(128) },
    { messages: [QUESTION, ANSWER], tools: tools(129) },
    'TOO_MANY_TOOLS',
    /declares 129 tools.*at most 128/,
    /Keep those/,
  ],
  [
    'tool turns that answer a call',
    { messages: [QUESTION, calling('f'), answering('call_1'), ANSWER] },
    { messages: [QUESTION, calling('f'), answering('call_2'), ANSWER] },
    'TOOL_CALL',
    /answers a call that no turn before it made/,
    /id of the call/,
  ],
  ['65,536 tokens', tokens(65_536), tokens(65_537), 'TOKENS_OVER_LIMIT', /about 65,537.*after 65,536/, /Shorten/],
  [
    '16,385 tokens at the oldest model',
    { ...tokens(16_385), model: 'gpt-3.5-turbo-0125' },
    { ...tokens(16_386), model: 'gpt-3.5-turbo-0125' },
    'TOKENS_OVER_LIMIT',
    /about 16,386.*after 16,385/,
    /Shorten/,
  ],
];

describe('the rules of an example', () => {
  it.each(RULES)('%s: just inside passes', (_rule, passes) => {
    expect(findingsOf(passes)).toEqual([]);
  });

  it.each(RULES)(
    '%s: just outside is found, with its place and what to do',
    (_rule, _passes, outside, code, place, hint) => {
      const [issue, ...others] = findingsOf(outside);
      expect(issue).toMatchObject({ code, severity: 'error' });
      expect(issue?.message).toMatch(place);
      expect(issue?.hint).toMatch(hint);
      expect(others).toEqual([]);
    },
  );
});

/** Of the public vocabularies o200k_base and o200k_harmony, and those that users’ jobs failed for. */
const CONTROL_TOKENS = [
  ...['endoftext', 'endofprompt', 'startoftext', 'fim_prefix', 'fim_middle', 'fim_suffix', 'im_start', 'im_end'],
  ...['im_sep', 'start', 'end', 'message', 'channel', 'return', 'constrain', 'call'],
].map((word) => `<|${word}|>`);

describe('control tokens', () => {
  it.each(CONTROL_TOKENS)('finds %s, and lets it pass with a space inside', (token) => {
    const [issue] = findingsOf({ messages: [user({ text: `a ${token} b` }), ANSWER] });
    expect(issue).toMatchObject({ code: 'SPECIAL_TOKEN', message: expect.stringContaining(`message 1 (user)`) });
    expect(issue?.message).toContain(token);
    expect(issue?.hint).toContain('space inside');
    expect(findingsOf({ messages: [user({ text: `a ${token.replace('|>', ' |>')} b` }), ANSWER] })).toEqual([]);
  });

  it.each<[string, Case, string]>([
    [
      'a system turn',
      { messages: [{ role: 'system', parts: [{ text: '<|end|>' }] }, QUESTION, ANSWER] },
      'message 1 (system)',
    ],
    ['an answer', { messages: [QUESTION, assistant('<|end|>')] }, 'message 2 (assistant)'],
    [
      'the answer of a tool',
      { messages: [QUESTION, calling('f'), { ...answering('call_1'), parts: [{ text: '<|end|>' }] }, ANSWER] },
      'message 3 (tool)',
    ],
    [
      'what a tool is called with',
      { messages: [QUESTION, { ...calling('f'), toolCalls: [{ ...call('f'), arguments: '{"a":"<|end|>"}' }] }] },
      'message 2 (assistant)',
    ],
    [
      'a tool’s description',
      { messages: [QUESTION, ANSWER], tools: [{ name: 'f', description: '<|end|>' }] },
      'a tool definition',
    ],
    [
      'a tool’s parameters',
      { messages: [QUESTION, ANSWER], tools: [{ name: 'f', parameters: { enum: ['<|end|>'] } }] },
      'a tool definition',
    ],
  ])('are found in %s', (_what, found, place) => {
    expect(findingsOf(found)).toEqual([
      expect.objectContaining({ code: 'SPECIAL_TOKEN', message: expect.stringContaining(place) }),
    ]);
  });
});

describe('roles', () => {
  it('need not alternate: the vision guide itself has two user turns in a row', () => {
    expect(findingsOf({ messages: [QUESTION, images(1), ANSWER, assistant('And it hunts.')] })).toEqual([]);
  });

  it('may leave the name of a tool turn as it is, since it is not written', () => {
    const answer = { ...answering('call_1'), name: 'not a name' };
    expect(findingsOf({ messages: [QUESTION, calling('f'), answer, ANSWER] })).toEqual([]);
  });
});

describe('texts that run away', () => {
  it.each([
    ['one letter', 'a'.repeat(100_000), []],
    ['the beginnings of control tokens', '<|'.repeat(50_000), ['TOKENS_OVER_LIMIT']],
    ['nine million characters', 'owl '.repeat(2_250_000), ['TOKENS_OVER_LIMIT']],
  ])('are judged in a moment: %s', (_what, text, expected) => {
    const begin = performance.now();
    const codes = findingsOf({ messages: [user({ text }), ANSWER] }).map(({ code }) => code);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(codes).toEqual(expected);
  });
});
