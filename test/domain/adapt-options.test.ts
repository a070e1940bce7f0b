import { describe, expect, it } from 'vitest';
import { allows, mergeAdapt, readAdaptOptions } from '../../lib/domain/adapt-options.ts';
import { ADJUSTMENTS, type AdaptLevel, type AdjustmentKind, isAllowed } from '../../lib/domain/adjustments.ts';
import { parseJobSpec } from '../../lib/domain/job-spec.ts';

const KINDS = Object.keys(ADJUSTMENTS) as AdjustmentKind[];

describe('mergeAdapt', () => {
  it.each<[AdaptLevel | undefined, AdaptLevel | Record<string, unknown> | undefined, Record<string, unknown>]>([
    [undefined, undefined, {}],
    ['all', undefined, {}],
    [undefined, 'all', {}],
    ['all', { level: 'all', frames: 1, metadata: 'strip' }, {}],
    ['safe', undefined, { level: 'safe' }],
    ['safe', 'all', {}],
    ['safe', { level: 'all' }, {}],
    ['safe', { frames: 3 }, { level: 'safe', frames: 3 }],
    ['safe', { frames: 1 }, { level: 'safe', frames: 1 }],
    ['none', { metadata: 'keep' }, { level: 'none' }],
    ['none', { metadata: 'strip' }, { level: 'none', metadata: 'strip' }],
    [undefined, { metadata: 'keep' }, { metadata: 'keep' }],
    [undefined, { reservedWords: 'refuse', maxSide: 'useful' }, { reservedWords: 'refuse', maxSide: 'useful' }],
    [undefined, { toString: undefined }, {}],
  ])('makes of the drop’s %o and the target’s %o: %o', (drop, target, merged) => {
    expect(mergeAdapt(drop, target)).toEqual(merged);
  });

  it('says nothing twice: what was merged stays so', () => {
    for (const level of ['all', 'safe', 'none'] as const) {
      const once = mergeAdapt(level, { frames: 1, metadata: 'strip', pdfPages: 2 });
      expect(mergeAdapt(undefined, once)).toEqual(once);
    }
  });
});

describe('readAdaptOptions', () => {
  it.each([
    [{}, { level: 'all', frames: null, pdfPages: null, maxSide: null, metadata: 'strip' }],
    [{ level: 'none' }, { level: 'none', metadata: 'keep' }],
    [{ level: 'none', metadata: 'strip' }, { metadata: 'strip' }],
    [{ level: 'safe', metadata: 'keep' }, { metadata: 'keep' }],
    [
      { frames: 3, pdfPages: 4, maxSide: 1024 },
      { frames: 3, pdfPages: 4, maxSide: 1024 },
    ],
    [{ maxSide: 'useful' }, { maxSide: 'useful' }],
    [
      { level: 'much', frames: '3', pdfPages: 0, maxSide: -1, metadata: true },
      { level: 'all', frames: null, pdfPages: null, maxSide: null, metadata: 'strip' },
    ],
  ])('reads %o', (adapt, wanted) => {
    expect(readAdaptOptions({ adapt })).toMatchObject(wanted);
  });
});

describe('allows', () => {
  it('lets the levels contain each other', () => {
    for (const kind of KINDS) {
      expect(isAllowed(kind, 'all')).toBe(true);
      expect(isAllowed(kind, 'none')).toBe(false);
      expect(isAllowed(kind, 'safe')).toBe(ADJUSTMENTS[kind].level === 'safe');
    }
  });

  it.each<[Record<string, unknown>, AdjustmentKind[]]>([
    [{}, []],
    [{ frames: 1 }, ['first-frame']],
    [{ frames: 2 }, ['frames-taken']],
    [{ pdfPages: 1 }, ['pages-rendered']],
    [{ maxSide: 64 }, ['scaled-down']],
    [{ metadata: 'strip' }, ['orientation-baked', 'metadata-stripped']],
    [{ reservedWords: 'rewrite' }, []],
  ])('at the level none, %o asks for %o and nothing else', (adapt, asked) => {
    const options = readAdaptOptions({ adapt: { ...adapt, level: 'none' } });
    expect(KINDS.filter((kind) => allows(options, kind)).sort()).toEqual([...asked].sort());
  });
});

describe('parseJobSpec: adapt', () => {
  const target = (adapt: unknown) => ({ targets: [{ provider: 'openai', adapt }] });

  it.each([
    { adapt: 'all' },
    { adapt: 'safe' },
    { adapt: 'none' },
    target('safe'),
    target({ level: 'safe', frames: 3, pdfPages: 2, maxSide: 'useful', metadata: 'keep' }),
    target({ maxSide: 64, reservedWords: 'rewrite' }),
  ])('takes %j', (spec) => {
    expect(parseJobSpec(spec)).toEqual({ spec });
  });

  it.each([
    [{ adapt: 'some' }, /"adapt": write all or safe or none/],
    [{ adapt: { level: 'safe' } }, /"adapt": write all or safe or none/],
    [target('some'), /"targets\.0\.adapt".*"all", "safe" or "none", or options/],
    [target({ level: 'some' }), /"targets\.0\.adapt\.level": write all or safe or none/],
    [target({ frames: 0 }), /"targets\.0\.adapt\.frames": write 1 or more/],
    [target({ pdfPages: 1.5 }), /"targets\.0\.adapt\.pdfPages"/],
    [target({ maxSide: 63 }), /"targets\.0\.adapt\.maxSide".*useful/],
    [target({ metadata: 'yes' }), /"targets\.0\.adapt\.metadata": write strip or keep/],
  ])('says what to write instead of %j', (spec, words) => {
    expect(parseJobSpec(spec)).toEqual({ problems: [expect.stringMatching(words)] });
  });
});
