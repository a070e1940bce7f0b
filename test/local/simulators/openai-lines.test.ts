import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readExample } from '../../../lib/local/simulators/openai/check-example.ts';
import { validateFile } from '../../../lib/local/simulators/openai/validate-file.ts';
import { example, examples } from './openai-bench.ts';
import { dataUri, picture } from './workbench.ts';

const text = (value: string) => ({ type: 'text', text: value });
const image = (url: string, more: object = {}) => ({ type: 'image_url', image_url: { url, ...more } });
const link = image('https://example.com/a.png');
const call = { id: 'c1', type: 'function', function: { name: 'find', arguments: '{}' } };
const user = { role: 'user', content: 'hi' };
const answer = { role: 'assistant', content: 'ho' };

describe('readExample', () => {
  it.each([
    ['plain texts', example()],
    ['parts and links', example([text('Which?'), link, image('http://example.com/b', { detail: 'low' })])],
    ['parts of an answer', example('x', [text('a'), text('b')])],
    ['two user turns in a row', { messages: [user, { role: 'user', content: [link] }, answer] }],
    [
      'a system turn and weights',
      { messages: [{ role: 'system', content: 'x' }, user, { ...answer, weight: 0 }, user, { ...answer, weight: 1 }] },
    ],
    [
      'tool calls',
      {
        messages: [
          user,
          { role: 'assistant', tool_calls: [call] },
          { role: 'tool', tool_call_id: 'c1', content: '1' },
          answer,
        ],
        tools: [{ type: 'function', function: { name: 'find', parameters: {} } }],
        parallel_tool_calls: false,
      },
    ],
    ['ten images', example(Array.from({ length: 10 }, () => link))],
  ])('takes %s', (_, value) => {
    expect(readExample(value).fault).toBeNull();
  });

  it.each([
    ['an unknown key', { ...example(), id: 1 }, 'unknown key "id"'],
    ['no messages', { messages: [] }, 'no list of messages'],
    ['the role developer', { messages: [{ role: 'developer', content: 'x' }, user, answer] }, 'role "developer"'],
    ['an inherited role', { messages: [{ role: 'constructor', content: 'x' }, answer] }, 'role "constructor"'],
    ['an unknown message key', { messages: [{ ...user, files: [] }, answer] }, 'unknown key "files"'],
    ['no answer at the end', { messages: [answer, user] }, 'must end with a message from the assistant'],
    ['only untrained answers', { messages: [user, { ...answer, weight: 0 }] }, 'weight of 1'],
    ['a weight of 2', { messages: [user, { ...answer, weight: 2 }] }, 'neither 0 nor 1'],
    ['a weight on a question', { messages: [{ ...user, weight: 1 }, answer] }, 'unknown key "weight"'],
    ['no content', { messages: [{ role: 'user' }, answer] }, 'has no content'],
    ['an empty list', example([]), 'empty list of parts'],
    ['an image in the answer', example('x', [link]), 'image in the role assistant'],
    [
      'an image in the system turn',
      { messages: [{ role: 'system', content: [link] }, user, answer] },
      'image in the role system',
    ],
    [
      'a refusal beside a text',
      example('x', [text('a'), { type: 'refusal', refusal: 'no' }]),
      'refusal beside other parts',
    ],
    ['audio', example([{ type: 'input_audio', input_audio: {} }]), 'unsupported type "input_audio"'],
    ['a file', example([{ type: 'file', file: {} }]), 'unsupported type "file"'],
    ['eleven images', example(Array.from({ length: 11 }, () => link)), '11 images'],
    ['a detail of its own', example([image('https://example.com/', { detail: 'fine' })]), 'none of auto, low, high'],
    ['an image url as a string', example([{ type: 'image_url', image_url: 'https://example.com/' }]), 'not an object'],
    ['a file link', example([image('file:///etc/passwd')]), 'neither http(s)'],
    ['a bucket link', example([image('s3://bucket/a.png')]), 'neither http(s)'],
    ['a token in a question', example('a <|fim_suffix|> b'), 'invalid token: <|fim_suffix|>'],
    ['a token in a part', example([text('<|endoftext|>')]), 'invalid token: <|endoftext|>'],
    [
      'an answer to no call',
      { messages: [user, { role: 'tool', tool_call_id: 'c9', content: '1' }, answer] },
      'was not made',
    ],
    [
      'a call with arguments as an object',
      { messages: [user, { role: 'assistant', tool_calls: [{ ...call, function: { name: 'f', arguments: {} } }] }] },
      'not a string',
    ],
  ])('refuses %s', (_, value, fault) => {
    expect(readExample(value).fault).toContain(fault);
  });

  it.each(['png', 'jpeg', 'webp'] as const)('takes an embedded %s', async (format) => {
    const url = dataUri(`image/${format}`, await picture(format));
    expect(readExample(example([image(url)]))).toMatchObject({ fault: null, images: 1 });
  });

  it('refuses embedded bytes that are not what they should be', async () => {
    const [png, gif] = [await picture('png'), await picture('gif')];
    const faults: [string, string][] = [
      [dataUri('image/gif', gif), 'not base64 of type'],
      [dataUri('image/png', gif), 'unsupported format gif'],
      [dataUri('image/jpeg', png), 'declared as jpeg whose bytes are png'],
      [dataUri('image/jpg', png), 'not base64 of type'],
      [dataUri('image/png', png.subarray(0, 60)), 'invalid image'],
      [`${dataUri('image/png', png)}=`, 'malformed'],
      [`${dataUri('image/png', png).slice(0, -4)}!!!!`, 'malformed'],
      ['data:image/png;base64,', 'malformed'],
      ['data:image/png,AAAA', 'not base64'],
    ];
    for (const [url, fault] of faults) expect(readExample(example([image(url)])).fault).toContain(fault);
  });

  it('refuses colour modes other than RGB and RGBA', async () => {
    const base = sharp(await picture('png'));
    const odd: [string, Buffer][] = [
      ['image/png', await base.clone().toColourspace('b-w').png().toBuffer()],
      ['image/png', await base.clone().png({ palette: true }).toBuffer()],
      ['image/png', await base.clone().toColourspace('rgb16').png().toBuffer()],
      ['image/jpeg', await base.clone().toColourspace('cmyk').jpeg().toBuffer()],
      ['image/jpeg', await base.clone().toColourspace('b-w').jpeg().toBuffer()],
    ];
    for (const [mime, bytes] of odd) {
      expect(readExample(example([image(dataUri(mime, bytes))])).fault).toContain('neither RGB nor RGBA');
    }
  });

  it('answers for any JSON value', () => {
    const hostile = fc.object({
      key: fc.constantFrom('messages', 'role', 'content', 'type', 'text', '__proto__', 'x'),
      maxDepth: 5,
    });
    fc.assert(
      fc.property(hostile, fc.array(fc.jsonValue(), { maxLength: 3 }), (message, contents) => {
        const messages = [message, ...contents, { role: 'user', content: contents }, answer];
        const { fault } = readExample({ messages });
        expect(fault === null || fault.length > 0).toBe(true);
      }),
      { seed: 42 },
    );
  });
});

describe('validateFile', () => {
  const options = { param: 'training_file', vision: true } as const;
  const bytesOf = async function* (content: string) {
    yield Buffer.from(content);
  };
  const lines = (values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

  it('counts the examples of a sound file', async () => {
    expect(await validateFile(bytesOf(lines(examples(12))), options)).toMatchObject({ valid: true, examples: 12 });
  });

  it.each([
    ['nine examples', lines(examples(9)), 'invalid_n_examples', 'has 9 example(s), but must have at least 10'],
    [
      'a blank line',
      `${lines(examples(10))}\n${lines(examples(1))}`,
      'invalid_file_format',
      'Line 11 is not a dictionary',
    ],
    ['a list', `[]\n${lines(examples(10))}`, 'invalid_file_format', 'Line 1 is not a dictionary'],
    ['a byte order mark', `\ufeff${lines(examples(10))}`, 'invalid_file_format', 'Line 1 is not a dictionary'],
    [
      'a faulty example',
      lines([...examples(10), example('<|im_end|>')]),
      'invalid_file_format',
      'Example 11 message contains an invalid token',
    ],
  ])('refuses %s', async (_, content, code, message) => {
    const verdict = await validateFile(bytesOf(content), options);
    expect(verdict).toMatchObject({ valid: false, code, param: 'training_file' });
    expect(verdict.valid ? '' : verdict.message).toContain(message);
  });

  it('refuses images for a base that was never documented to take them', async () => {
    const content = lines([...examples(10), example([link])]);
    expect(await validateFile(bytesOf(content), { ...options, vision: false })).toMatchObject({ valid: false });
    expect(await validateFile(bytesOf(content), options)).toMatchObject({ valid: true });
  });

  it('refuses more than 50,000 examples with images', async () => {
    const line = Buffer.from(`${JSON.stringify(example([link]))}\n`);
    const repeated = async function* (count: number) {
      for (let index = 0; index < count; index += 1) yield line;
    };
    expect(await validateFile(repeated(50_000), options)).toMatchObject({ valid: true });
    expect(await validateFile(repeated(50_001), options)).toMatchObject({ code: 'invalid_n_examples' });
  });

  it('asks a validation file for one example only', async () => {
    const verdict = await validateFile(bytesOf(lines(examples(1))), { ...options, param: 'validation_file' });
    expect(verdict.valid).toBe(true);
  });
});
