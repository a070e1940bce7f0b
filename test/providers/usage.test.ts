import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellJson, shellWord } from '../../lib/domain/shell.ts';
import { usage as bedrockUsage } from '../../lib/providers/bedrock/usage.ts';
import { usage as openaiUsage } from '../../lib/providers/openai/usage.ts';
import { usage as vertexUsage } from '../../lib/providers/vertex/usage.ts';

/** What a shell makes of words: the arguments that a program would be given. */
function argumentsOf(words: string): string[] {
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${words}`], { encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}

/** The arguments of a shell line whose program is replaced by one that prints them; expansions give a fixed word. */
function argumentsIn(shell: string, program: string): string[] {
  const script = `${program}() { printf '%s\\0' "$@"; }\ngcloud() { echo TOKEN; }\nOPENAI_API_KEY=KEY\nDEPLOYMENT=DEPLOYED\n${shell}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

const HOSTILE = ["it's", '$(touch x)', '`id`', 'a"b', 'a\\b', '-rf', '; exit 1', '!!', '*', '~', 'a\nb', '', '🦉'];

describe('shellWord', () => {
  it.each(HOSTILE)('keeps %j one word', (text) => {
    expect(argumentsOf(shellWord(text))).toEqual([text]);
  });

  it('keeps any text one word', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\0'));
    const property = fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (values) => {
      expect(argumentsOf(values.map(shellWord).join(' '))).toEqual(values);
    });
    fc.assert(property, { seed: 9, numRuns: 30 });
  });
});

describe('shellJson', () => {
  it.each([...HOSTILE, '\u202e', '\u0000', '\ud800'])('hands %j over as it is, in what a terminal shows', (text) => {
    const word = shellJson({ text });
    expect(word).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(argumentsOf(word)[0] ?? '')).toEqual({ text });
  });
});

describe('usage at OpenAI', () => {
  const real = (values: Record<string, string> = {}) => ({ simulated: false, values });

  it('is a chat request to the model, at the API that made it', () => {
    const { steps, simulated } = openaiUsage('ft:gpt-4o-2024-08-06:org::abc', real());
    const given = argumentsIn(steps[0]?.shell ?? '', 'curl');
    expect(given).toContain('https://api.openai.com/v1/chat/completions');
    expect(given).toContain('Authorization: Bearer KEY');
    expect(JSON.parse(given.at(-1) ?? '')).toMatchObject({ model: 'ft:gpt-4o-2024-08-06:org::abc' });
    expect(simulated).toBe(false);
  });

  it.each([
    ['https://user:secret@proxy.example/openai/v1/?key=1', 'https://proxy.example/openai/v1/chat/completions'],
    ["https://proxy.example/it's/v1", "https://proxy.example/it's/v1/chat/completions"],
    ['no address', 'https://api.openai.com/v1/chat/completions'],
  ])('goes to %s without what is secret in it', (baseURL, url) => {
    const { steps } = openaiUsage('ft:x', real({ baseURL }));
    expect(argumentsIn(steps[0]?.shell ?? '', 'curl')).toContain(url);
    expect(JSON.stringify(steps)).not.toContain('secret');
  });

  it('says what Azure wants besides', () => {
    const { steps, notes } = openaiUsage('ft:x', real({ baseURL: 'https://owls.openai.azure.com/openai/v1' }));
    expect(argumentsIn(steps[0]?.shell ?? '', 'curl')).toContain('api-key: KEY');
    expect(notes.join(' ')).toContain('deployment');
    expect(openaiUsage('ft:x', real({ baseURL: 'https://azure.com.example/v1' })).notes.join(' ')).not.toContain(
      'Azure',
    );
  });

  it.each(["ft:x'; touch pwned; '", 'ft:$(id)', '-d@/etc/passwd'])('hands the name %j over as one value', (name) => {
    const shell = openaiUsage(name.replaceAll(' ', '_'), real()).steps[0]?.shell ?? '';
    expect(JSON.parse(argumentsIn(shell, 'curl').at(-1) ?? '').model).toBe(name.replaceAll(' ', '_'));
  });

  it.each(['', 'a b', 'a\nb', 'ft:\u202eevil', 'x'.repeat(513), '\u001b[31m'])('repeats no name like %j', (name) => {
    expect(openaiUsage(name, real()).steps).toEqual([]);
    expect(openaiUsage(name, real()).notes).toHaveLength(1);
  });

  it('says that a simulated request is simulated, and names no simulator', () => {
    const { simulated, notes, steps } = openaiUsage('ft:x', {
      simulated: true,
      values: { baseURL: 'http://127.0.0.1:1/v1' },
    });
    expect(simulated).toBe(true);
    expect(notes.join(' ')).toContain('simulated');
    expect(steps[0]?.shell).toContain('https://api.openai.com/v1/');
  });
});

describe('usage at Vertex AI', () => {
  const endpoint = (location: string) => `projects/123/locations/${location}/endpoints/456`;
  const ask = (name: string, model = 'gemini-3.1-flash-lite', simulated = false) =>
    vertexUsage(name, { model, simulated });

  it.each([
    ['eu', 'https://aiplatform.eu.rep.googleapis.com/v1/'],
    ['us', 'https://aiplatform.us.rep.googleapis.com/v1/'],
    ['us-central1', 'https://us-central1-aiplatform.googleapis.com/v1/'],
    ['global', 'https://aiplatform.googleapis.com/v1/'],
  ])('asks an endpoint in %s at %s', (location, host) => {
    const given = argumentsIn(ask(endpoint(location)).steps[0]?.shell ?? '', 'curl');
    expect(given).toContain(`${host}${endpoint(location)}:generateContent`);
    expect(given).toContain('Authorization: Bearer TOKEN');
  });

  it.each([
    ['gemini-3.1-flash-lite', { thinkingLevel: 'MINIMAL' }],
    ['gemini-3.5-flash', { thinkingLevel: 'MINIMAL' }],
    ['gemini-2.5-flash', { thinkingBudget: 0 }],
    ['gemini-2.5-pro', { thinkingBudget: 128 }],
  ])('asks %s to think as little as it can', (model, thinkingConfig) => {
    const given = argumentsIn(ask(endpoint('eu'), model).steps[0]?.shell ?? '', 'curl');
    expect(JSON.parse(given.at(-1) ?? '')).toMatchObject({ generationConfig: { thinkingConfig } });
  });

  it.each([
    'projects/1/locations/eu/models/2@1',
    "projects/1/locations/eu/endpoints/3'; id; '",
    'projects/1/locations/evil.example%2f/endpoints/3',
    'projects/1/locations/eu/endpoints/3\n',
    'https://evil.example/',
    '',
  ])('asks nothing of %j', (name) => {
    expect(ask(name).steps).toEqual([]);
    expect(ask(name).notes.join(' ')).toContain('no endpoint');
  });

  it('says that a simulated request is simulated', () => {
    expect(ask(endpoint('eu'), 'gemini-3.5-flash', true).notes.join(' ')).toContain('simulated');
    expect(ask(endpoint('eu')).notes.join(' ')).not.toContain('simulated');
  });
});

describe('usage at Bedrock', () => {
  const ARN = 'arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl';
  const ask = (name: string, simulated = false) => bedrockUsage(name, { simulated });

  it('deploys the model, waits, asks it, and deletes the deployment before the model', () => {
    const { steps, notes } = ask(ARN);
    const given = steps.map(({ shell }) => argumentsIn(shell.replace(/^DEPLOYMENT=\$\((.*)\)$/s, '$1'), 'aws'));
    expect(given.map(([service, action]) => `${service} ${action}`)).toEqual([
      'bedrock create-custom-model-deployment',
      'bedrock get-custom-model-deployment',
      'bedrock-runtime converse',
      'bedrock delete-custom-model-deployment',
    ]);
    for (const one of given) expect(one[one.indexOf('--region') + 1]).toBe('us-east-1');
    const [create = [], , converse = [], remove = []] = given;
    expect(create[create.indexOf('--model-arn') + 1]).toBe(ARN);
    expect(create[create.indexOf('--model-deployment-name') + 1]).toBe('finedrop-abcdefghijkl');
    expect(converse[converse.indexOf('--model-id') + 1]).toBe('DEPLOYED');
    expect(JSON.parse(converse.at(-1) ?? '')).toEqual([{ role: 'user', content: [{ text: 'Your prompt' }] }]);
    expect(remove.indexOf('delete-custom-model-deployment')).toBeLessThan(remove.indexOf('delete-custom-model'));
    expect(remove.at(-1)).toBe(ARN);
    expect(notes.join(' ')).toContain('ConflictException');
  });

  it('knows other partitions and Regions by the ARN', () => {
    const shell = ask(ARN.replace('aws', 'aws-us-gov').replace('us-east-1', 'us-gov-west-1')).steps[1]?.shell ?? '';
    expect(argumentsIn(shell, 'aws')).toContain('us-gov-west-1');
  });

  it.each([
    'arn:aws:bedrock:us-east-1:123456789012:model-customization-job/x/abcdefghijkl',
    `${ARN}'; id; '`,
    `${ARN}\n`,
    'arn:aws:bedrock:$(id):123456789012:custom-model/x/abcdefghijkl',
    '',
  ])('asks nothing of %j', (name) => {
    expect(ask(name).steps).toEqual([]);
    expect(ask(name).notes.join(' ')).toContain('no ARN');
  });

  it('says that simulated requests are simulated', () => {
    expect(ask(ARN, true)).toMatchObject({ simulated: true });
    expect(ask(ARN, true).notes.join(' ')).toContain('simulated');
  });
});
