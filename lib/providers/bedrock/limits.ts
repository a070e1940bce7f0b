import type { Target } from '../../domain/target.ts';
import { listLimit, numberLimit, partsLimit, wordLimit } from '../limits.ts';
import { capabilities } from './capabilities.ts';

/** The limits on which sources differ, as they hold for one target: the facts', or what its job spec sets. */
export interface Limits {
  minRows: number;
  recommendedRows: number;
  /** Types that go into a dataset as they are; none for a model that takes text only, or that is not known. */
  imageTypes: readonly string[];
  documentTypes: readonly string[];
  /** Whether a row's images count together, or those of each turn. */
  imagesCountedIn: 'example' | 'message';
  maxImageBytes: number;
  maxDocumentBytes: number;
}

const NOTHING: Limits = {
  minRows: 0,
  recommendedRows: 0,
  imageTypes: [],
  documentTypes: [],
  imagesCountedIn: 'example',
  maxImageBytes: 0,
  maxDocumentBytes: 0,
};

/** What a target's model takes, where its sources differ by the job spec's `limits`; a model that is not listed takes nothing. */
export function limitsOf(target: Pick<Target, 'model' | 'limits'>): Limits {
  const facts = capabilities.models.find(({ model }) => model === target.model);
  if (facts === undefined) return NOTHING;
  const types = listLimit('mimeTypes', facts.mimeTypes, target);
  const bytes = partsLimit('maxBytesPerFile', facts.maxBytesPerFile, target);
  const { imagesCountedIn } = facts;
  return {
    minRows: numberLimit('minRows', facts.minRows, target),
    recommendedRows: facts.recommendedRows?.value ?? 0,
    imageTypes: types.filter((type) => type.startsWith('image/')),
    documentTypes: types.filter((type) => !type.startsWith('image/')),
    imagesCountedIn: imagesCountedIn === undefined ? 'example' : wordLimit('imagesCountedIn', imagesCountedIn, target),
    maxImageBytes: bytes['image'] ?? 0,
    maxDocumentBytes: bytes['document'] ?? 0,
  };
}
