import { describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/domain/canonical.ts';
import type { Example, Split } from '../../lib/domain/example.ts';
import { sidesFor, validationSurplus } from '../../lib/pipeline/validation-side.ts';
import type { ModelFacts } from '../../lib/providers/facts.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';

const [gemini] = vertex.capabilities.models as [ModelFacts];

const exampleOf = (index: number, split: Split | null): Example => ({
  id: `e_${sha256(String(index)).slice(0, 16)}`,
  split,
  source: { file: 'train.csv', row: index + 1 },
  messages: [],
});

/** How many rows validate of so many on each side, and of those that none has marked. */
function validating(model: ModelFacts, counts: { train?: number; validation?: number; open?: number }, share = 0.1) {
  const { train = 0, validation = 0, open = 0 } = counts;
  const splits = [...Array(train).fill('train'), ...Array(validation).fill('validation'), ...Array(open).fill(null)];
  const known = { rows: splits.length, validation, splits: open > 0, share };
  const side = sidesFor(model, known);
  const count = splits.filter((split, index) => side(exampleOf(index, split)) === 'validation').length;
  return { count, surplus: validationSurplus(model, 'Vertex AI', known) };
}

describe('sidesFor', () => {
  it.each([
    { train: 100, validation: 10 },
    { train: 1, validation: 1000 },
    { train: 10_000, validation: 3000 },
    { train: 20_000, validation: 5000 },
  ])('leaves marked rows where they are while they are within the limit (%j)', (counts) => {
    expect(validating(gemini, counts)).toEqual({ count: counts.validation, surplus: null });
  });

  it.each([
    [{ train: 500, validation: 1001 }, 1000],
    [{ train: 5000, validation: 2000 }, 1615],
    [{ train: 20_000, validation: 5001 }, 5000],
  ])('trains a surplus, chosen by content, and says so (%j)', (counts, limit) => {
    const { count, surplus } = validating(gemini, counts);
    expect(count).toBeLessThanOrEqual(limit);
    expect(count).toBeGreaterThan(limit * 0.75);
    const training = counts.train + counts.validation - count;
    expect(count <= 1000 || count <= training * 0.3).toBe(true);
    expect(surplus).toMatchObject({ code: 'VALIDATION_SURPLUS', severity: 'info' });
    expect(surplus?.message).toContain(`at most ${limit.toLocaleString('en-US')} validation rows`);
  });

  it('holds a seeded share below the limit as well', () => {
    expect(validating(gemini, { open: 2000 }, 0.1).surplus).toBeNull();
    const { count, surplus } = validating(gemini, { open: 4000 }, 0.5);
    expect(count).toBeLessThanOrEqual(1000);
    expect(surplus?.code).toBe('VALIDATION_SURPLUS');
  });

  it('trains every row of a model that takes no validation file', () => {
    const none = { ...gemini, validation: { ...gemini.validation, value: false } };
    expect(validating(none, { train: 100, validation: 5000 })).toEqual({ count: 0, surplus: null });
  });

  it('knows models without any limit', () => {
    const { validationShare: _, ...rest } = gemini;
    expect(validating({ ...rest, maxValidationRows: null }, { train: 1, validation: 6000 }).count).toBe(6000);
    expect(validating(rest, { train: 1, validation: 6000 }).count).toBeLessThanOrEqual(5000);
  });
});
