import { describe, expect, it } from 'vitest';
import { datasetOfWord } from '../../lib/cli/dataset-word.ts';

describe('datasetOfWord', () => {
  it.each([
    ['museum', 'museum'],
    ['./museum/', 'museum'],
    ['/data/drops/museum', 'museum'],
    ['s3://inbox/museum/', 'museum'],
    ['two words', 'two words'],
    [undefined, undefined],
  ])('takes %j for the dataset %j', (word, dataset) => {
    expect(datasetOfWord(word)).toBe(dataset);
  });
});
