import { describe, expect, it } from 'vitest';
import type { Asset } from '../../lib/domain/media.ts';
import { openai, openaiIn } from '../../lib/providers/openai/index.ts';
import { PROFILE_NAMES } from '../../lib/providers/openai/profiles.ts';
import { loadProvider } from '../../lib/providers/registry.ts';
import { assistant, example, excludedCodes, image, target, totals, user } from './openai-fixtures.ts';

const profileIn = (environment: Record<string, string>) => openaiIn(environment).capabilities.profile;
const azure = openaiIn({ OPENAI_PROFILE: 'azure' });
const generic = openaiIn({
  OPENAI_PROFILE: 'generic',
  OPENAI_MODELS: 'fire/vision-8b, fire/vision-70b,fire/vision-8b,',
});

describe('the service that an environment names', () => {
  it.each([
    [undefined, 'openai'],
    ['https://api.openai.com/v1', 'openai'],
    ['https://eu.api.openai.com/v1', 'openai'],
    ['https://museum.openai.azure.com/openai/v1/', 'azure'],
    ['https://museum.services.ai.azure.com/openai/v1', 'azure'],
    ['https://museum.cognitiveservices.azure.com/openai', 'azure'],
    ['https://api.openai.com.example.org/v1', 'generic'],
    ['https://myapi.openai.com.evil.example/v1', 'generic'],
    ['https://notapi.openai.community/v1', 'generic'],
    ['http://127.0.0.1:8000/v1', 'generic'],
    ['no URL', 'generic'],
  ])('is, by the base URL %s, %s', (url, profile) => {
    expect(profileIn(url === undefined ? {} : { OPENAI_BASE_URL: url })).toBe(profile);
  });

  it.each(PROFILE_NAMES)('is %s when it says so, whatever the base URL', (name) => {
    const environment = {
      OPENAI_PROFILE: ` ${name.toUpperCase()} `,
      OPENAI_BASE_URL: 'https://gateway.example.org/v1',
    };
    expect(profileIn(environment)).toBe(name);
  });

  it('is refused with the names that there are', () => {
    expect(() => openaiIn({ OPENAI_PROFILE: 'azur' })).toThrow('"azur". Set OPENAI_PROFILE to openai, azure, generic.');
  });

  it('is asked for through the registry, and is OpenAI where nothing is set', async () => {
    expect((await loadProvider('openai', { OPENAI_PROFILE: 'azure' }))?.capabilities.title).toBe('Azure OpenAI');
    expect((await loadProvider('openai'))?.capabilities.title).toBe('OpenAI');
    expect(await loadProvider('constructor')).toBeNull();
  });

  it('does not change who is charged: that is the base URL alone', () => {
    const values = azure.readSettings({
      OPENAI_PROFILE: 'azure',
      OPENAI_MODELS: 'x',
      OPENAI_BASE_URL: 'https://a.example/v1',
    });
    expect(azure.account({ simulated: false, values })).toEqual({ baseURL: 'https://a.example/v1' });
  });

  it('lists the others beside itself', () => {
    const listed = [azure.capabilities, ...(azure.otherCapabilities ?? [])].map(({ profile }) => profile);
    expect(listed).toEqual(['azure', 'openai', 'generic']);
  });
});

const imagesAt = (provider: typeof openai, count: number, model = 'gpt-4o-2024-08-06') => {
  const parts = Array.from({ length: count }, () => ({ media: 'a', detail: 'low' as const }));
  const row = example([user(...parts), assistant('x')]);
  const options = { target: target({ model }), countTokens: () => 1, mediaUri: () => '' };
  return provider.format(row, new Map([['a', image('owl')]]), options);
};

const PICTURE = {
  sha256: 'a',
  kind: 'image',
  mime: 'image/png',
  bytes: 1,
  colors: 'rgb',
  bitDepth: 8,
} as unknown as Asset;

describe('Azure', () => {
  it('takes 64 images in an example, and not one more', () => {
    expect(excludedCodes(imagesAt(azure, 64))).toEqual([]);
    const over = imagesAt(azure, 65);
    expect(over).toMatchObject({
      excluded: [
        { code: 'TOO_MANY_IMAGES', message: 'the row has 65 images; Azure OpenAI takes at most 64 in one example' },
      ],
    });
  });

  it('takes images at gpt-4.1 as well, and at no smaller model', () => {
    expect(excludedCodes(imagesAt(azure, 1, 'gpt-4.1-2025-04-14'))).toEqual([]);
    expect(imagesAt(azure, 1, 'gpt-4.1-mini-2025-04-14')).toMatchObject({
      excluded: [
        { code: 'MODALITY_UNSUPPORTED', hint: expect.stringContaining('gpt-4o-2024-08-06 or gpt-4.1-2025-04-14') },
      ],
    });
    expect(azure.adapt(PICTURE, target({ model: 'gpt-4.1-2025-04-14' })).take).not.toBe('none');
    expect(openai.adapt(PICTURE, target({ model: 'gpt-4.1-2025-04-14' })).take).toBe('none');
  });

  it.each([
    [512_000_000, []],
    [512_000_001, ['TRAINING_FILE_TOO_LARGE']],
  ])('judges a file of %i bytes with %j', (bytes, codes) => {
    expect(azure.checkDataset(totals({ bytes }), target()).map(({ code }) => code)).toEqual(codes);
  });

  it('has ends of its own, and no price that is known', () => {
    const facts = azure.capabilities.models.map(({ model, endsOn, usdPerMillionTokens }) => [
      model,
      endsOn?.value,
      usdPerMillionTokens,
    ]);
    expect(facts).toEqual([
      ['gpt-4o-2024-08-06', '2027-04-01', null],
      ['gpt-4o-mini-2024-07-18', '2027-04-01', null],
      ['gpt-4.1-2025-04-14', '2027-04-14', null],
      ['gpt-4.1-mini-2025-04-14', '2027-04-14', null],
      ['gpt-4.1-nano-2025-04-14', '2027-04-14', null],
    ]);
  });
});

describe('a generic server', () => {
  it('tunes the models that its operator names, the first by default', () => {
    const models = generic.capabilities.models.map(({ model, isDefault }) => [model, isDefault === true]);
    expect(models).toEqual([
      ['fire/vision-8b', true],
      ['fire/vision-70b', false],
    ]);
    expect(openaiIn({ OPENAI_PROFILE: 'generic' }).capabilities.models.map(({ model }) => model)).toEqual([
      'gpt-4o-2024-08-06',
    ]);
  });

  it('is believed to take images, by OpenAI’s limits; no price and no end is assumed', () => {
    expect(excludedCodes(imagesAt(generic, 10, 'fire/vision-8b'))).toEqual([]);
    expect(excludedCodes(imagesAt(generic, 11, 'fire/vision-8b'))).toEqual(['TOO_MANY_IMAGES']);
    for (const { usdPerMillionTokens, usdPerMillionTunedTokens, endsOn } of generic.capabilities.models)
      expect([usdPerMillionTokens, usdPerMillionTunedTokens, endsOn]).toEqual([null, undefined, null]);
  });

  it('gives nobody else’s models away', () => {
    expect(openaiIn({ OPENAI_MODELS: 'fire/vision-8b' }).capabilities).toEqual(openai.capabilities);
  });
});
