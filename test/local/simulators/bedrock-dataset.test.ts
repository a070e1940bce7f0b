import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRow } from '../../../lib/local/simulators/bedrock/check-row.ts';
import { MODELS, type ModelRules } from '../../../lib/local/simulators/bedrock/rules.ts';
import { validateDataset } from '../../../lib/local/simulators/bedrock/validate-dataset.ts';
import { type BedrockBench, BUCKET, image, MINUTE, MODEL, openBedrockBench, row, rows } from './bedrock-bench.ts';
import { memoryObjects, picture } from './workbench.ts';

function rulesOf(model: string): ModelRules {
  const rules = MODELS.get(model);
  if (rules === undefined) throw new Error(`no rules for ${model}`);
  return rules;
}

const MICRO = 'amazon.nova-micro-v1:0:128k';
const NOVA_2 = 'amazon.nova-2-lite-v1:0:256k';
const read = (value: object, model = MODEL) => readRow(value as never, { rules: rulesOf(model), bucket: BUCKET });
const video = { video: { format: 'mp4', source: { s3Location: { uri: `s3://${BUCKET}/a.mp4` } } } };
const pdf = { document: { format: 'pdf', source: { s3Location: { uri: `s3://${BUCKET}/a.pdf` } } } };
const reasoning = { reasoningContent: { reasoningText: { text: 'because' } } };
const tool = { toolSpec: { name: 'find', description: 'finds', inputSchema: { json: { type: 'object' } } } };
const use = { toolUse: { toolUseId: 'u1', name: 'find', input: {} } };
const result = { toolResult: { toolUseId: 'u1', content: [{ text: 'found' }] } };
const told = (content: unknown[]) => ({ role: 'user', content: [{ toolResult: { toolUseId: 'u1', content } }] });
const asking = { role: 'assistant', content: [use] };
const user = { role: 'user', content: [{ text: 'hi' }] };
const answer = { role: 'assistant', content: [{ text: 'ho' }] };

describe('readRow', () => {
  it.each([
    ['a text', row(), MODEL],
    ['a system text', { ...row(), system: [{ text: 'Be kind.' }] }, MODEL],
    ['images before and after a text', row([image('a.png'), { text: 'x' }, image('b/c_d-1.jpeg', 'jpeg')]), MODEL],
    ['an image with an empty text', row([image('a.png'), { text: '' }]), MODEL],
    ['a video', row([video, { text: 'x' }]), MODEL],
    ['as much text as may be', row([{ text: 'x'.repeat(6 * 32_768) }], [{ text: 'short' }]), MODEL],
    ['a result in JSON', { messages: [user, asking, told([{ json: { a: 1 } }]), answer] }, NOVA_2],
    ['a PDF for Nova 2', row([pdf, { text: 'x' }]), NOVA_2],
    ['a WebP for Nova 2', row([image('a.webp', 'webp')]), NOVA_2],
    [
      'twelve images over two turns',
      {
        messages: [
          { role: 'user', content: Array.from({ length: 10 }, () => image('a.png')) },
          answer,
          { role: 'user', content: Array.from({ length: 2 }, () => image('a.png')) },
          answer,
        ],
      },
      MODEL,
    ],
    ['reasoning for Nova 2', row(undefined, [reasoning, { text: 'x' }]), NOVA_2],
    [
      'tools',
      {
        messages: [user, { role: 'assistant', content: [use] }, { role: 'user', content: [result] }, answer],
        toolConfig: { tools: [tool] },
      },
      NOVA_2,
    ],
  ])('takes %s', (_, value, model) => {
    expect(read(value, model).fault).toBeNull();
  });

  it.each([
    ['an unknown key', { ...row(), id: 1 }, MODEL, 'unknown key "id"'],
    ['one turn', { messages: [user] }, MODEL, 'two turns'],
    ['two user turns in a row', { messages: [user, user, answer] }, MODEL, 'messages[1]: the role must be "assistant"'],
    ['an answer first', { messages: [answer, user] }, MODEL, 'messages[0]: the role must be "user"'],
    ['no answer at the end', { messages: [user, answer, user] }, MODEL, 'the last turn'],
    ['a role in capitals', { messages: [{ ...user, role: 'User' }, answer] }, MODEL, 'the role must be "user"'],
    ['a content that is a string', { messages: [{ role: 'user', content: 'x' }, answer] }, MODEL, 'list of blocks'],
    ['an empty text', row([{ text: '' }]), MODEL, 'the text is empty'],
    ['two keys in a block', row([{ text: 'x', image: {} }]), MODEL, 'exactly one of the keys'],
    ['an image in an answer', row(undefined, [image('a.png')]), MODEL, 'must not have a block of the kind image'],
    ['the format jpg', row([image('a.jpg', 'jpg')]), MODEL, '"jpg" is none of'],
    ['a BMP for Nova 2', row([image('a.bmp', 'bmp')]), NOVA_2, '"bmp" is none of'],
    ['an image for Nova Micro', row([image('a.png')]), MICRO, 'does not take blocks of the kind image'],
    ['a PDF for Nova 1', row([pdf]), MODEL, 'does not take blocks of the kind document'],
    ['reasoning for Nova 1', row(undefined, [reasoning, { text: 'x' }]), MODEL, 'does not take reasoningContent'],
    ['nothing but reasoning', row(undefined, [reasoning]), NOVA_2, 'nothing but reasoning'],
    ['embedded bytes', row([{ image: { format: 'png', source: { bytes: 'AAAA' } } }]), MODEL, 's3Location'],
    ['another bucket', row([image('a.png', 'png', 'other-bucket')]), MODEL, 'must lie in the bucket of the dataset'],
    ['a space in a key', row([image('a b.png')]), MODEL, 'letters, digits'],
    ['an umlaut in a key', row([image('ä.png')]), MODEL, 'letters, digits'],
    ['an equals sign in a key', row([image('day=1/a.png')]), MODEL, 'letters, digits'],
    ['an empty segment in a key', row([image('a//b.png')]), MODEL, 'letters, digits'],
    ['eleven images', row(Array.from({ length: 11 }, () => image('a.png'))), MODEL, '11 images'],
    ['two videos', row([video, video]), MODEL, 'more than one video'],
    ['an image beside a video', row([video, image('a.png')]), MODEL, 'must not be mixed'],
    ['too much text', row([{ text: 'x'.repeat(6 * 32_769) }]), MODEL, 'Maximum input token count'],
    [
      'too much text beside images',
      row([...Array.from({ length: 10 }, () => image('a.png')), { text: 'x'.repeat(6 * 30_470) }]),
      MODEL,
      'Maximum input token count',
    ],
    ['an image beside a PDF', row([pdf, image('a.png')]), NOVA_2, 'must not be mixed'],
    ['two PDF files', row([pdf, pdf]), NOVA_2, 'more than one video or document'],
    ['an empty list of tools', { ...row(), toolConfig: { tools: [] } }, NOVA_2, 'list of tools'],
    [
      'a tool with a blank description',
      { ...row(), toolConfig: { tools: [{ toolSpec: { ...tool.toolSpec, description: ' ' } }] } },
      NOVA_2,
      'must have a description',
    ],
    ['two tools of one name', { ...row(), toolConfig: { tools: [tool, tool] } }, NOVA_2, 'defined twice'],
    ['an empty text beside a tool’s use', row(undefined, [use, { text: '' }]), NOVA_2, 'the text is empty'],
    ['a use without an id', row(undefined, [{ toolUse: { ...use.toolUse, toolUseId: ' ' } }]), NOVA_2, 'a toolUseId'],
    ['an empty result', { messages: [user, asking, told([]), answer] }, NOVA_2, 'list of contents'],
    ['a result of an image', { messages: [user, asking, told([{ image: {} }]), answer] }, NOVA_2, 'list of contents'],
    [
      'a tool that is not defined',
      {
        messages: [user, { role: 'assistant', content: [{ toolUse: { ...use.toolUse, name: 'x' } }] }],
        toolConfig: { tools: [tool] },
      },
      NOVA_2,
      'not defined',
    ],
    [
      'a result without a use',
      { messages: [{ role: 'user', content: [result] }, answer], toolConfig: { tools: [tool] } },
      NOVA_2,
      'answers no earlier use',
    ],
  ])('refuses %s', (_, value, model, fault) => {
    expect(read(value, model).fault).toContain(fault);
  });

  it.each([
    'User:',
    'robot: hi',
    'operating SYSTEM: x',
    'Assistant:',
    'thought: x',
    '[EOS]',
    '<image>',
    'a<VIDEO>b',
    '<unk>',
  ])('refuses the reserved word in %s, wherever it stands', (text) => {
    for (const value of [row([{ text }]), row(undefined, [{ text }]), { ...row(), system: [{ text }] }]) {
      expect(read(value).fault).toContain('reserved word');
    }
  });

  it('answers for any JSON value', () => {
    const hostile = fc.object({
      key: fc.constantFrom('text', 'image', 'toolUse', 'source', 'format', '__proto__'),
      maxDepth: 4,
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 3 }), fc.jsonValue(), (blocks, other) => {
        for (const content of [blocks, other, [other]]) {
          const { fault } = read({ messages: [{ role: 'user', content }, answer], toolConfig: other });
          expect(fault === null || fault.length > 0).toBe(true);
        }
      }),
      { seed: 42 },
    );
  });
});

describe('validateDataset', () => {
  let objects: ReturnType<typeof memoryObjects>;
  beforeEach(() => {
    objects = memoryObjects();
  });
  const put = (key: string, bytes: Buffer) => objects.stored.set(`${BUCKET}/${key}`, bytes);
  const validate = (values: unknown[], region = 'us-east-1') => {
    put(
      'train.jsonl',
      Buffer.from(values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join('')),
    );
    return validateDataset([`s3://${BUCKET}/train.jsonl`], { objects, rules: rulesOf(MODEL), region });
  };

  it('counts the rows of a sound dataset with shared media', async () => {
    put('a.png', await picture('png'));
    expect(await validate([...rows(8), row([image('a.png')]), row([image('a.png')])])).toEqual({
      valid: true,
      rows: 10,
    });
  });

  it.each([
    ['seven rows', () => rows(7), 'has 7 rows, the model needs 8'],
    ['a blank line', () => [...rows(8), '', ...rows(1)], 'at line 9: fix its formatting'],
    ['a line of more than 16 MB', () => [...rows(8), 'x'.repeat(2 ** 24 + 1)], 'Input size exceeded in file'],
    ['a line that is no JSON', () => ['{"messages":', ...rows(8)], 'at line 1: fix its formatting'],
    [
      'a faulty row',
      () => [...rows(8), row([{ text: 'User: hi' }])],
      'at line 9: messages[0]: a text contains the reserved word',
    ],
    ['images beside videos', () => [...rows(8), row([image('a.png')]), row([video])], 'the dataset mixes'],
    ['too many rows', () => rows(20_001), 'at most 20000'],
  ])('refuses %s at validation', async (_, make, message) => {
    const verdict = await validate(make());
    expect(verdict).toMatchObject({ valid: false, step: 'validation', message: expect.stringContaining(message) });
  });

  it('refuses a bucket of another Region', async () => {
    expect(await validate(rows(8), 'eu-west-1')).toMatchObject({
      valid: false,
      message: expect.stringContaining('must be in eu-west-1'),
    });
  });

  it('refuses media that are missing, renamed, tiny or too large at processing', async () => {
    const png = await picture('png');
    put('renamed.jpeg', png);
    put('tiny.png', await picture('png', { side: 24 }));
    put('cut.png', png.subarray(0, png.length - 8));
    put('large.png', Buffer.alloc(10 * 1024 * 1024 + 1));
    put('empty.png', Buffer.alloc(0));
    const faults: [unknown, string][] = [
      [image('none.png'), 'cannot be read or does not exist'],
      [image('renamed.jpeg', 'jpeg'), 'declared as jpeg, but its bytes are png'],
      [image('tiny.png'), 'measures 24x24'],
      [image('cut.png'), 'no sound image'],
      [image('large.png'), 'at most 10485760'],
      [image('empty.png'), 'is empty'],
    ];
    for (const [block, message] of faults) {
      const verdict = await validate([...rows(8), row([block])]);
      expect(verdict).toMatchObject({ valid: false, step: 'processing', message: expect.stringContaining(message) });
    }
  });

  it('knows videos and PDFs by their first bytes', async () => {
    put('a.mp4', Buffer.from('\0\0\0\u0018ftypmp42....'));
    expect(await validate([...rows(8), row([video])])).toMatchObject({ valid: true });
    put('a.mp4', Buffer.from('%PDF-1.7'));
    expect(await validate([...rows(8), row([video])])).toMatchObject({
      message: expect.stringContaining('something else'),
    });
  });
});

describe('a job with a faulty dataset', () => {
  let bench: BedrockBench;
  beforeAll(async () => {
    bench = await openBedrockBench();
  });
  afterAll(() => bench.close());

  it('fails at validation for a row and at processing for an object, and says why', async () => {
    const byRow = await bench.create(bench.stage([...rows(8), row([{ text: '<image>' }])]));
    const byMedia = await bench.create(bench.stage([...rows(8), row([image('none.png')])]));
    await bench.clock.advance(1.5 * MINUTE);
    const failed = await bench.get(byRow);
    expect(failed).toMatchObject({ status: 'Failed', failureMessage: expect.stringContaining('line 9') });
    expect(failed.statusDetails?.validationDetails?.status).toBe('Failed');
    expect(failed.statusDetails?.dataProcessingDetails?.status).toBe('NotStarted');
    expect((await bench.get(byMedia)).status).toBe('InProgress');
    await bench.clock.advance(2 * MINUTE);
    const later = await bench.get(byMedia);
    expect(later.statusDetails?.dataProcessingDetails?.status).toBe('Failed');
    expect(later.statusDetails?.trainingDetails?.status).toBe('NotStarted');
    expect(later.failureMessage).toContain('none.png');
    expect([...bench.objects.stored.keys()].filter((key) => key.includes('output'))).toEqual([]);
  });

  it('gives its model name free again', async () => {
    const customModelName = 'again';
    await bench.create(bench.stage(rows(1)), { customModelName });
    const sound = bench.stage(rows(8));
    await expect(bench.create(sound, { customModelName })).rejects.toMatchObject({ name: 'ConflictException' });
    await bench.clock.advance(2 * MINUTE);
    await expect(bench.create(sound, { customModelName })).resolves.toContain('model-customization-job');
  });
});
