import type { Target } from '../../domain/target.ts';
import { isThirdGeneration } from './spec.ts';
import type { MediaResolution } from './tokens.ts';

const COMMON: readonly MediaResolution[] = ['low', 'medium', 'high'];

/** The values that `adapt.mediaResolution` may have for a model. */
export function resolutionsOf(model: string): readonly MediaResolution[] {
  return isThirdGeneration(model) ? [...COMMON, 'ultra_high'] : COMMON;
}

/** The resolution that a target asks for, or null for the provider's own choice. */
export function resolutionOf({ model, adapt }: Pick<Target, 'model' | 'adapt'>): MediaResolution | null {
  const value = adapt['mediaResolution'];
  return resolutionsOf(model).find((known) => known === value) ?? null;
}
