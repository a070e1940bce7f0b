import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, jobBody, line, startVertex, TRAINING, type VertexFixture } from './vertex-fixture.ts';

const MIB = 1024 * 1024;
let vertex: VertexFixture;

beforeAll(async () => {
  vertex = await startVertex();
  const wave = (seconds: number) => {
    const bytes = Buffer.alloc(44);
    bytes.write('RIFF', 0, 'latin1');
    bytes.write('WAVE', 8, 'latin1');
    bytes.writeUInt32LE(1, 28);
    return Buffer.concat([bytes, Buffer.alloc(seconds)]);
  };
  const pages = (count: number) => `%PDF-1.7\n${'<< /Type /Page >>\n'.repeat(count)}<< /Type /Pages >>`;
  const png = await sharp({ create: { width: 32, height: 24, channels: 3, background: '#364' } })
    .png()
    .toBuffer();
  await vertex.stage('a.png', png);
  await vertex.stage('cut.png', png.subarray(0, png.length - 20));
  await vertex.stage('large.png', Buffer.concat([png, Buffer.alloc(20 * MIB)]));
  await vertex.stage('a.gif', 'GIF89a');
  await vertex.stage('short.wav', wave(10));
  await vertex.stage('long.wav', wave(3700));
  // Frames of 32 kbit/s and 44,100 samples: 4,000 bytes a second; the noted frames are 1152 samples each.
  const frame = Buffer.from('fffb1000', 'hex');
  await vertex.stage('hour.mp3', Buffer.concat([frame, Buffer.alloc(3600 * 4000 - 4)]));
  await vertex.stage('longer.mp3', Buffer.concat([frame, Buffer.alloc(3601 * 4000)]));
  const noted = Buffer.from(
    `${'00'.repeat(32)}${Buffer.from('Xing').toString('hex')}00000001${(140_000).toString(16).padStart(8, '0')}`,
    'hex',
  );
  await vertex.stage(
    'noted.mp3',
    Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x01\0', 'latin1'), Buffer.alloc(128), frame, noted]),
  );
  await vertex.stage('three.pdf', pages(3));
  await vertex.stage('long.pdf', pages(301));
});

afterAll(() => vertex.close());

/** Trains on the lines (as JSON, or as they are) and gives the job's end. */
async function train(lines: readonly unknown[], spec: Json = {}, more: Json = {}): Promise<Json> {
  const texts = lines.map((it) => (typeof it === 'string' ? it : JSON.stringify(it)));
  await vertex.stage('train.jsonl', `${texts.join('\n')}\n`);
  const { json } = await vertex.create(
    jobBody({ supervisedTuningSpec: { trainingDatasetUri: TRAINING, ...spec }, ...more }),
  );
  return vertex.look(json['name'], 60);
}

const errorOf = (job: Json) => [
  job['state'],
  (job['error'] as Json | undefined)?.['code'],
  (job['error'] as Json | undefined)?.['message'],
];
const good = (count: number) => [...Array(count)].map((_, index) => line(`question ${index}`));
const turn = (role: string, ...parts: Json[]) => ({ role, parts });
const statsOf = (job: Json) =>
  (job['tuningDataStats'] as { supervisedTuningDataStats: Json }).supervisedTuningDataStats;

describe('a line of the training file', () => {
  const text = { text: 'x' };
  const file = { fileData: { mimeType: 'image/png', fileUri: 'gs://staging/a.png' } };
  it.each<[string, unknown]>([
    ['a system instruction', { ...line('q'), systemInstruction: { role: 'system', parts: [text] } }],
    ['a system instruction in snake case', { ...line('q'), system_instruction: { parts: [text] } }],
    ['several turns', { contents: [turn('user', text), turn('model', text), turn('user', file), turn('model', text)] }],
    ['a resolution', { ...line('q'), generationConfig: { mediaResolution: 'MEDIA_RESOLUTION_LOW' } }],
    [
      'a resolution of a part',
      {
        contents: [
          turn('user', { ...file, mediaResolution: { level: 'MEDIA_RESOLUTION_ULTRA_HIGH' } }),
          turn('model', text),
        ],
      },
    ],
    [
      'functions',
      {
        tools: [{ functionDeclarations: [{ name: 'find' }] }],
        contents: [
          turn('user', text),
          turn('model', { functionCall: { name: 'find', args: { a: 1 } } }),
          turn('user', { functionResponse: { name: 'find', response: { b: 2 } } }),
          turn('model', text),
        ],
      },
    ],
  ])('may have %s', async (_, value) => {
    expect(errorOf(await train([value]))).toEqual(['JOB_STATE_SUCCEEDED', undefined, undefined]);
  });

  const contents = (...turns: Json[]) => ({ contents: turns });
  it.each<[string, unknown, string]>([
    ['is no JSON', '{"contents": [', 'line 2: is no JSON object'],
    ['is a list', [], 'line 2: is no JSON object'],
    ['is empty', '', 'line 2: is no JSON object'],
    ['has a field of its own', { ...line('q'), weight: 1 }, 'unknown field "weight"'],
    ['has OpenAI’s shape', { messages: [] }, 'unknown field "messages"'],
    ['has no turns', contents(), 'contents must be a list of turns'],
    ['begins with the model', contents(turn('model', text)), 'contents[0] must have the role "user"'],
    [
      'has the role assistant',
      contents(turn('user', text), turn('assistant', text)),
      'contents[1] must have the role "model"',
    ],
    [
      'has two turns of one role',
      contents(turn('user', text), turn('user', text)),
      'contents[1] must have the role "model"',
    ],
    ['ends with the user', contents(turn('user', text)), 'the last turn must have the role "model"'],
    ['has a turn without parts', contents(turn('user')), 'contents[0] must have parts'],
    ['has a part of two kinds', contents(turn('user', { ...text, ...file })), 'must have exactly one of'],
    ['has a part of no kind', contents(turn('user', {})), 'must have exactly one of'],
    [
      'has data within the line',
      contents(turn('user', { inlineData: { mimeType: 'image/png', data: '' } })),
      'unknown field "inlineData"',
    ],
    ['has an empty text', contents(turn('user', { text: '' })), 'text that is not empty'],
    ['has a file in an answer', contents(turn('user', text), turn('model', file)), 'is a file in a model turn'],
    [
      'has a file without a type',
      contents(turn('user', { fileData: { fileUri: 'gs://a/b' } })),
      'must have fileData with mimeType',
    ],
    [
      'has a file on a disk',
      contents(turn('user', { fileData: { mimeType: 'image/png', fileUri: '/a.png' } })),
      'no gs:// or http(s) address',
    ],
    [
      'has a call in a question',
      contents(turn('user', { functionCall: { name: 'f' } })),
      'has a functionCall in a user turn',
    ],
    [
      'has a temperature',
      { ...line('q'), generationConfig: { temperature: 1 } },
      'generationConfig.temperature is not supported',
    ],
    [
      'has a picture as system instruction',
      { ...line('q'), systemInstruction: { parts: [file] } },
      'takes text parts only',
    ],
  ])('fails the job when it %s', async (_, value, message) => {
    const [state, code, said] = errorOf(
      await train([line('first'), typeof value === 'string' ? value : JSON.stringify(value)]),
    );
    expect([state, code]).toEqual(['JOB_STATE_FAILED', 3]);
    expect(said).toContain(message);
    expect(said).toContain('line 2');
  });

  it('counts tokens by resolution', async () => {
    const withImage = line('q'.repeat(4), [['image/png', 'a.png']]);
    const totals = [];
    for (const mediaResolution of ['LOW', 'MEDIUM', 'HIGH']) {
      const job = await train([
        { ...withImage, generationConfig: { mediaResolution: `MEDIA_RESOLUTION_${mediaResolution}` } },
      ]);
      totals.push(statsOf(job)['totalBillableTokenCount']);
    }
    expect(totals).toEqual(['283', '563', '1123']);
  });
});

describe('tokens', () => {
  it.each([
    ['gemini-3.1-flash-lite', undefined, 3 * 560],
    ['gemini-3.1-flash-lite', 'LOW', 3 * 280],
    ['gemini-3.1-flash-lite', 'HIGH', 3 * 1120],
    ['gemini-2.5-pro', undefined, 3 * 256],
    ['gemini-2.5-pro', 'LOW', 3 * 64],
  ])('of three pages for %s at %s', async (baseModel, resolution, tokens) => {
    const asked = resolution === undefined ? {} : { mediaResolution: `MEDIA_RESOLUTION_${resolution}` };
    const job = await train(
      [{ ...line('qqqq', [['application/pdf', 'three.pdf']]), generationConfig: asked }],
      {},
      { baseModel },
    );
    expect(statsOf(job)['totalBillableTokenCount']).toBe(String(tokens + 3));
  });

  it('of East Asian texts are one a character', async () => {
    expect(statsOf(await train([line('訓練データ한국')]))['totalBillableTokenCount']).toBe('9');
  });

  it('may be asked for by a part from Gemini 3 on only', async () => {
    const [image] = line('q', [['image/png', 'a.png']])['contents'] as [{ parts: [Json, Json] }];
    const part = { ...image.parts[0], mediaResolution: { level: 'MEDIA_RESOLUTION_LOW' } };
    const asking = { contents: [turn('user', part), turn('model', { text: 'x' })] };
    expect((await train([asking]))['state']).toBe('JOB_STATE_SUCCEEDED');
    expect(errorOf(await train([asking], {}, { baseModel: 'gemini-2.5-flash' }))[2]).toContain('does not support');
  });
});

describe('an example over a limit', () => {
  const repeat = (count: number, mimeType: string, key: string) => line('q', Array(count).fill([mimeType, key]));
  it.each<[string, Json, string]>([
    ['31 images', repeat(31, 'image/png', 'a.png'), 'Too many images: 31'],
    ['two audio files', repeat(2, 'audio/wav', 'short.wav'), 'Too many audio files: 2'],
    ['five documents', repeat(5, 'application/pdf', 'three.pdf'), 'Too many documents: 5'],
    ['301 pages', repeat(1, 'application/pdf', 'long.pdf'), 'Too many pages: 301'],
    ['an hour and more of audio', repeat(1, 'audio/wav', 'long.wav'), 'longer than 60 minutes'],
    ['an MP3 of an hour and a second', repeat(1, 'audio/mpeg', 'longer.mp3'), 'longer than 60 minutes'],
    ['an MP3 that notes its length', repeat(1, 'audio/mp3', 'noted.mp3'), 'longer than 60 minutes'],
    ['an image that is cut off', repeat(1, 'image/png', 'cut.png'), 'Invalid image: the PNG is cut off'],
    ['an image over 20 MB', repeat(1, 'image/png', 'large.png'), 'Invalid image: larger than'],
    ['a GIF', repeat(1, 'image/gif', 'a.gif'), 'Unsupported MIME type: image/gif'],
    ['the alias image/jpg', repeat(1, 'image/jpg', 'a.png'), 'Unsupported MIME type: image/jpg'],
    ['a text file', repeat(1, 'text/plain', 'a.txt'), 'Unsupported MIME type: text/plain'],
    ['a PNG called JPEG', repeat(1, 'image/jpeg', 'a.png'), 'the bytes are not image/jpeg'],
    ['a file that is not there', repeat(1, 'image/png', 'none.png'), 'Unable to read the file'],
    ['too many tokens', line('q'.repeat(131_072 * 4)), 'Too many tokens'],
  ])('such as %s is dropped and told, with its place', async (_, bad, reason) => {
    const job = await train([...good(8), bad, ...good(1)]);
    expect(job['state']).toBe('JOB_STATE_SUCCEEDED');
    expect(statsOf(job)).toMatchObject({
      tuningDatasetExampleCount: '10',
      totalTruncatedExampleCount: '1',
      truncatedExampleIndices: ['9'],
      droppedExampleReasons: [expect.stringContaining(reason)],
    });
  });

  it('is none at an hour of audio', async () => {
    const stats = statsOf(await train([repeat(1, 'audio/mpeg', 'hour.mp3')]));
    expect([stats['totalTruncatedExampleCount'], stats['totalBillableTokenCount']]).toEqual([
      '0',
      String(3600 * 25 + 3),
    ]);
  });

  it('fails the job when more than a tenth is dropped', async () => {
    const job = await train([...good(8), repeat(1, 'image/gif', 'a.gif')]);
    const [state, code, message] = errorOf(job);
    expect([state, code]).toEqual(['JOB_STATE_FAILED', 3]);
    expect(message).toContain('1 of 9 examples are invalid, more than 10%. Example 9: Unsupported MIME type');
  });

  it.each<[string, Json]>([
    ['30 images', repeat(30, 'image/png', 'a.png')],
    ['one audio file', repeat(1, 'audio/wav', 'short.wav')],
    ['four documents', repeat(4, 'application/pdf', 'three.pdf')],
  ])('is not one of %s', async (_, fine) => {
    expect(statsOf(await train([fine]))['totalTruncatedExampleCount']).toBe('0');
  });
});

describe('a dataset', () => {
  it('may not be empty', async () => {
    await vertex.stage('train.jsonl', '');
    const { json } = await vertex.create(jobBody());
    expect(errorOf(await vertex.look(json['name'], 60))).toEqual([
      'JOB_STATE_FAILED',
      3,
      'Training dataset has no examples.',
    ]);
  });

  it('is read when its time has come, not when the job is made', async () => {
    await vertex.stage('train.jsonl', 'x');
    const { json } = await vertex.create(jobBody());
    await vertex.stageLines('train.jsonl', good(1));
    expect((await vertex.look(json['name'], 60))['state']).toBe('JOB_STATE_SUCCEEDED');
  });

  it.each([
    [1001, 3000, 'more than 30% of the 3000 training examples'],
    [1000, 1, null],
    [5001, 20_000, 'more than 5000'],
  ])('of %i validation and %i training examples: %s', async (validation, training, message) => {
    await vertex.stageLines('validation.jsonl', good(validation));
    const job = await train(good(training), { validationDatasetUri: 'gs://staging/validation.jsonl' });
    expect(job['state']).toBe(message === null ? 'JOB_STATE_SUCCEEDED' : 'JOB_STATE_FAILED');
    if (message !== null) expect(errorOf(job)[2]).toContain(message);
  });

  it('has its validation lines checked too', async () => {
    await vertex.stage('validation.jsonl', '{}\n');
    const job = await train(good(1), { validationDatasetUri: 'gs://staging/validation.jsonl' });
    expect(errorOf(job)[2]).toBe('Validation dataset: line 1: contents must be a list of turns.');
  });
});
