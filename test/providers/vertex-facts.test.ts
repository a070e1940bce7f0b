import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { vertex } from '../../lib/providers/vertex/index.ts';
import { countFileTokens, type MediaResolution } from '../../lib/providers/vertex/tokens.ts';
import { file } from './vertex-fixtures.ts';

/** Facts that lie beside the checkout where the project is developed; they are not part of it. */
const contract = new URL('../../../shared/contracts/vertex-limits.json', import.meta.url);
const isPresent = existsSync(contract);
const reason = isPresent ? '' : ' (skipped: no shared/contracts beside the checkout)';

interface Limits {
  models: Record<string, ModelLimits>;
  dataset: {
    maxTextOnlyExamples: number;
    maxMultimodalExamples: number;
    recommendedStartExamples: number;
    validation: { maxExamples: number };
  };
  media: Record<
    'image' | 'audio' | 'pdf',
    { maxPerExample?: number; maxFilesPerExample?: number; maxFileBytes: string }
  >;
  tokens: Record<'gemini3' | 'gemini25', TokenTable>;
}

interface ModelLimits {
  tunable: boolean | string;
  maxTokensPerExample: number;
  adapterSizes: number[];
  tuningRegions: string[] | null;
  servingLocations: string[] | string;
  tuneUsdPer1MTokens: number | null;
  tunedInferenceMultiplier: number;
}

interface TokenTable {
  image: Record<string, number | string>;
  pdfPerPage: Record<string, number | string>;
  audioPerSecond: number;
}

const limits: Limits = isPresent
  ? JSON.parse(readFileSync(contract, 'utf8'))
  : { models: {}, dataset: {}, media: {}, tokens: {} };
const tunable = Object.entries(limits.models).filter(([, facts]) => facts.tunable !== false);
const SIZES = ['ONE', 'TWO', 'FOUR', 'EIGHT', 'SIXTEEN'].map((word) => `ADAPTER_SIZE_${word}`);

describe.skipIf(!isPresent)(`the capabilities${reason}`, () => {
  it('are of the models that can be tuned', () => {
    const models = vertex.capabilities.models.map(({ model }) => model);
    expect(models.toSorted()).toEqual(tunable.map(([name]) => name).toSorted());
  });

  it('have each model’s own facts', () => {
    for (const [name, facts] of tunable) {
      const known = vertex.capabilities.models.find(({ model }) => model === name);
      const sizes = known?.hyperparameters.find((one) => one.name === 'adapterSize')?.words;
      expect(sizes).toEqual(facts.adapterSizes.map((size) => SIZES[Math.log2(size)]));
      expect(known?.regions?.value ?? null).toEqual(facts.tuningRegions);
      expect(known?.servingLocations?.value ?? 'job region').toEqual(facts.servingLocations);
      expect(known?.usdPerMillionTokens?.value ?? null).toBe(facts.tuneUsdPer1MTokens);
      expect(known?.tunedPriceFactor?.value).toBe(facts.tunedInferenceMultiplier);
      expect(known?.maxTokensPerExample.value).toBe(facts.maxTokensPerExample);
    }
  });

  it('have the limits of datasets and files that all share', () => {
    const { dataset, media } = limits;
    for (const model of vertex.capabilities.models) {
      expect(model.maxRows?.value).toBe(dataset.maxTextOnlyExamples);
      expect(model.maxRowsWithMedia?.value).toBe(dataset.maxMultimodalExamples);
      expect(model.recommendedRows?.value).toBe(dataset.recommendedStartExamples);
      expect(model.maxValidationRows?.value).toBe(dataset.validation.maxExamples);
      const { image, audio, pdf } = media;
      expect(model.maxPerExample.value).toEqual({
        image: image.maxPerExample,
        audio: audio.maxPerExample,
        document: pdf.maxFilesPerExample,
      });
      const bytes = Object.values(model.maxBytesPerFile.value).map((limit) => `${limit / 1_000_000}MB`);
      expect(bytes).toEqual([image, audio, pdf].map(({ maxFileBytes }) => maxFileBytes));
    }
  });
});

describe.skipIf(!isPresent)(`the tokens of files${reason}`, () => {
  const rows = (['gemini3', 'gemini25'] as const).flatMap((generation) =>
    (['image', 'pdfPerPage'] as const).flatMap((what) =>
      Object.entries(limits.tokens[generation]?.[what] ?? {}).map(
        ([resolution, tokens]) => [generation, what, resolution, Number.parseInt(String(tokens), 10)] as const,
      ),
    ),
  );

  it.each(rows)('of %s: %s at %s are %i', (generation, what, resolution, tokens) => {
    const model = generation === 'gemini3' ? 'gemini-3.5-flash' : 'gemini-2.5-flash';
    const asked = resolution === 'default' ? null : (resolution as MediaResolution);
    const counted = countFileTokens(
      model,
      what === 'image' ? file('image', 'a', { width: 300, height: 300 }) : file('document', 'a', { pages: 1 }),
      asked,
    );
    // For 2.5 in high, sources say 256 and 258: the larger is counted.
    expect(counted).toBeGreaterThanOrEqual(tokens);
    expect(counted).toBeLessThanOrEqual(Math.ceil(tokens * 1.01));
  });

  it('are the audio’s seconds', () => {
    const minute = file('audio', 'a', { seconds: 60 });
    expect(countFileTokens('gemini-3.5-flash', minute, null)).toBe(60 * limits.tokens.gemini3.audioPerSecond);
    expect(countFileTokens('gemini-2.5-pro', minute, null)).toBe(60 * limits.tokens.gemini25.audioPerSecond);
  });
});
