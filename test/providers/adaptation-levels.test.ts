import { describe, expect, it } from 'vitest';
import type { Asset } from '../../lib/domain/media.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { openai } from '../../lib/providers/openai/index.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';

const NOVA_2 = 'amazon.nova-2-lite-v1:0:256k';

function asset(changes: Partial<Asset>): Asset {
  const image = { kind: 'image', mime: 'image/png', bytes: 2000, width: 64, height: 48, colors: 'rgb' } as const;
  return { sha256: 'a'.repeat(64), ...image, bitDepth: 8, frames: 1, ...changes };
}

const GIF = asset({ mime: 'image/gif', colors: 'palette' });
const ANIMATED_GIF = asset({ mime: 'image/gif', colors: 'palette', frames: 12 });
const ANIMATED_WEBP = asset({ mime: 'image/webp', frames: 12 });
const APNG = asset({ frames: 12 });
const TURNED = asset({ mime: 'image/jpeg', orientation: 6, metadata: true });
const CMYK = asset({ mime: 'image/jpeg', colors: 'cmyk' });
const TAGGED = asset({ mime: 'image/jpeg', metadata: true });
const HUGE = asset({ bytes: 25_000_000 });
const WIDE = asset({ width: 4000, height: 3000 });
const TEXT = asset({ kind: 'document', mime: 'text/plain', characters: 100 });
const PDF = asset({ kind: 'document', mime: 'application/pdf', pages: 12 });

type Options = Record<string, unknown>;

/** How an asset is taken, in one line: what is done, or the finding with what it names. */
function taken(provider: Provider, given: Asset, adapt: Options, model?: string): string {
  const models = provider.capabilities.models;
  const chosen = model ?? models.find(({ isDefault }) => isDefault)?.model ?? '';
  const target = { name: 'x', provider: provider.name, model: chosen, hyperparameters: {}, adapt };
  const result = provider.adapt(given, target);
  if (result.take === 'none')
    return `${result.issue.code} ${/\((\S+?)\)/.exec(result.issue.message)?.[1] ?? ''}`.trim();
  return result.take === 'as-is' ? 'as-is' : `${result.take} ${result.kinds.join(' ')}`;
}

describe('adapt: levels', () => {
  it.each<[string, Provider, Asset, [all: string, safe: string, none: string]]>([
    ['GIF', openai, GIF, ['rendition gif-to-png', 'rendition gif-to-png', 'ADAPTATION_OFF gif-to-png']],
    ['GIF', vertex, GIF, ['rendition gif-to-png', 'rendition gif-to-png', 'ADAPTATION_OFF gif-to-png']],
    ['GIF', bedrock, GIF, ['as-is', 'as-is', 'as-is']],
    [
      'an animated GIF',
      openai,
      ANIMATED_GIF,
      ['rendition gif-to-png first-frame', 'ADAPTATION_OFF first-frame', 'ADAPTATION_OFF gif-to-png'],
    ],
    ['an animated GIF', bedrock, ANIMATED_GIF, ['as-is', 'as-is', 'as-is']],
    [
      'an animated WebP',
      vertex,
      ANIMATED_WEBP,
      ['rendition first-frame', 'ADAPTATION_OFF first-frame', 'ADAPTATION_OFF first-frame'],
    ],
    ['CMYK', openai, CMYK, ['rendition colors-to-rgb', 'rendition colors-to-rgb', 'ADAPTATION_OFF colors-to-rgb']],
    ['CMYK', bedrock, CMYK, ['rendition colors-to-rgb', 'rendition colors-to-rgb', 'as-is']],
    ['CMYK', vertex, CMYK, ['as-is', 'as-is', 'as-is']],
    ...[openai, vertex, bedrock].flatMap((provider): [string, Provider, Asset, [string, string, string]][] => {
      const upright = 'rendition orientation-baked metadata-stripped';
      const tooLarge = 'ADAPTATION_OFF scaled-down';
      return [
        ['a turned photo', provider, TURNED, [upright, upright, 'as-is']],
        ['a photo with EXIF', provider, TAGGED, ['stripped metadata-stripped', 'stripped metadata-stripped', 'as-is']],
        ['too many bytes', provider, HUGE, ['rendition scaled-down', tooLarge, tooLarge]],
        ['many pixels', provider, WIDE, ['as-is', 'as-is', 'as-is']],
        ['a text', provider, TEXT, ['text text-inlined', 'text text-inlined', 'ADAPTATION_OFF text-inlined']],
      ];
    }),
  ])('%s at %o', (_what, provider, given, [all, safe, none]) => {
    expect(taken(provider, given, {})).toBe(all);
    expect(taken(provider, given, { level: 'safe' })).toBe(safe);
    expect(taken(provider, given, { level: 'none' })).toBe(none);
  });

  it('WebP at Nova 2', () => {
    const webp = asset({ mime: 'image/webp' });
    expect(taken(bedrock, webp, {}, NOVA_2)).toBe('rendition webp-to-png');
    expect(taken(bedrock, webp, { level: 'safe' }, NOVA_2)).toBe('rendition webp-to-png');
    expect(taken(bedrock, webp, { level: 'none' }, NOVA_2)).toBe('ADAPTATION_OFF webp-to-png');
  });

  it('encodes without loss where only that is allowed, and says who to ask where nothing is', () => {
    const target = { name: 'x', provider: 'openai', model: 'gpt-4o-2024-08-06', hyperparameters: {} };
    const rendition = (adapt: Options) => openai.adapt(TURNED, { ...target, adapt });
    expect(rendition({})).toMatchObject({ rendition: { format: 'jpeg', maxBytes: 10_000_000 } });
    expect(rendition({ level: 'safe' })).toMatchObject({ rendition: { format: 'png' } });
    expect(rendition({ level: 'safe' })).not.toMatchObject({ rendition: { maxBytes: 10_000_000 } });
    const refused = openai.adapt(ANIMATED_GIF, { ...target, adapt: { level: 'safe' } });
    expect(refused).toMatchObject({
      issue: {
        severity: 'error',
        message: expect.stringMatching(/reduced to its first frame.*adapt: safe does not allow$/),
        hint: expect.stringMatching(/^Set adapt: all for this target/),
      },
    });
  });
});

describe('adapt: options', () => {
  it.each<[string, Provider, Asset, Options, string]>([
    ['frames', openai, ANIMATED_GIF, { frames: 3 }, 'rendition gif-to-png frames-taken'],
    ['frames at any level', openai, ANIMATED_GIF, { level: 'none', frames: 3 }, 'rendition frames-taken'],
    ['frames', vertex, ANIMATED_WEBP, { frames: 3 }, 'rendition frames-taken'],
    ['frames where an animation would be taken', bedrock, ANIMATED_GIF, { frames: 3 }, 'rendition frames-taken'],
    ['one frame at any level', openai, ANIMATED_WEBP, { level: 'safe', frames: 1 }, 'rendition first-frame'],
    ['no frames of a still picture', openai, GIF, { frames: 3 }, 'rendition gif-to-png'],
    ['no frames of an animated PNG, which is read as one', openai, APNG, { frames: 3 }, 'rendition first-frame'],
    ['metadata kept', openai, TAGGED, { metadata: 'keep' }, 'as-is'],
    ['metadata out at any level', vertex, TAGGED, { level: 'none', metadata: 'strip' }, 'stripped metadata-stripped'],
    [
      'metadata out, and the picture upright for it',
      vertex,
      TURNED,
      { level: 'none', metadata: 'strip' },
      'rendition orientation-baked metadata-stripped',
    ],
    ['a longest side', vertex, WIDE, { maxSide: 1024 }, 'rendition scaled-down'],
    ['a longest side that is not reached', vertex, WIDE, { maxSide: 4000 }, 'as-is'],
    ['the useful side', openai, WIDE, { maxSide: 'useful', level: 'none' }, 'rendition scaled-down'],
    ['the useful side of another', vertex, asset({ width: 3072, height: 9 }), { maxSide: 'useful' }, 'as-is'],
    ['pages', openai, PDF, { pdfPages: 5 }, 'rendition pages-rendered'],
    ['pages at any level', bedrock, PDF, { pdfPages: 5, level: 'none' }, 'rendition pages-rendered'],
    ['no pages unasked', openai, PDF, {}, 'MODALITY_UNSUPPORTED'],
    ['no pages where PDF is taken', vertex, PDF, { pdfPages: 5 }, 'as-is'],
  ])('%s at %o', (_what, provider, given, options, wanted) => {
    expect(taken(provider, given, options)).toBe(wanted);
  });

  it('draws pages for models with images only, or where PDF would be taken', () => {
    expect(taken(openai, PDF, { pdfPages: 5 }, 'gpt-4.1-2025-04-14')).toBe('MODALITY_UNSUPPORTED');
    expect(taken(bedrock, PDF, {}, NOVA_2)).toBe('as-is');
    expect(taken(bedrock, PDF, { pdfPages: 5 }, NOVA_2)).toBe('rendition pages-rendered');
  });

  it.each([
    [11, []],
    [12, []],
    [1, [expect.objectContaining({ code: 'PDF_PAGES_LEFT_OUT', message: expect.stringContaining('12 pages') })]],
  ])('tells of pages beyond %i only where there are some', (pdfPages, issues) => {
    const target = { name: 'x', provider: 'bedrock', model: 'amazon.nova-lite-v1:0:300k', hyperparameters: {} };
    const result = bedrock.adapt(asset({ ...PDF, pages: pdfPages === 11 ? 11 : 12 }), {
      ...target,
      adapt: { pdfPages },
    });
    expect(result).toMatchObject({ rendition: { pages: pdfPages }, issues });
  });

  it('never asks for more frames than there are', () => {
    const target = { name: 'x', provider: 'openai', model: 'gpt-4o-2024-08-06', hyperparameters: {} };
    const two = asset({ mime: 'image/gif', frames: 2 });
    expect(openai.adapt(two, { ...target, adapt: { frames: 9 } })).toMatchObject({ rendition: { frames: 2 } });
  });
});

describe('checkTarget: conversion options', () => {
  const check = (provider: Provider, adapt: Options) => {
    const model = provider.capabilities.models.find(({ isDefault }) => isDefault)?.model ?? '';
    return provider.checkTarget({ name: 'x', provider: provider.name, model, hyperparameters: {}, adapt });
  };

  it.each<[Provider, Options]>([
    [openai, { level: 'safe', frames: 10, pdfPages: 10, maxSide: 1024, metadata: 'keep' }],
    [vertex, { frames: 30, mediaResolution: 'low' }],
    [bedrock, { frames: 10, pdfPages: 10, reservedWords: 'rewrite' }],
  ])('%o takes %o', (provider, options) => {
    expect(check(provider, options)).toEqual([]);
  });

  it.each<[string, Provider, Options, string, RegExp]>([
    ['more frames than images', openai, { frames: 11 }, 'ADAPT_OPTION_VALUE', /1 to 10/],
    ['more pages than images', bedrock, { pdfPages: 11 }, 'ADAPT_OPTION_VALUE', /1 to 10/],
    ['pages where PDF is taken', vertex, { pdfPages: 3 }, 'ADAPT_OPTION_UNKNOWN', /level, frames/],
    ['a slip', openai, { pdfPage: 3 }, 'ADAPT_OPTION_UNKNOWN', /Did you mean "pdfPages"/],
    ["another's option", openai, { reservedWords: 'rewrite' }, 'ADAPT_OPTION_UNKNOWN', /Known are/],
    ['a name of the language', openai, { constructor: 1 }, 'ADAPT_OPTION_UNKNOWN', /Known are/],
  ])('says no to %s', (_what, provider, options, code, hint) => {
    expect(check(provider, options)).toEqual([
      expect.objectContaining({ code, severity: 'error', hint: expect.stringMatching(hint) }),
    ]);
  });
});
