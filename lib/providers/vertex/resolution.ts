import type { Target } from '../../domain/target.ts';
import type { MediaResolution } from './tokens.ts';

const RESOLUTIONS: readonly string[] = ['low', 'medium', 'high'] satisfies MediaResolution[];

/** Whether a value of `adapt.mediaResolution` is one. */
export function isResolution(value: unknown): value is MediaResolution {
  return typeof value === 'string' && RESOLUTIONS.includes(value);
}

/** The resolution that a target asks for, or null for the provider's own choice. */
export function resolutionOf({ adapt }: Pick<Target, 'adapt'>): MediaResolution | null {
  const value = adapt['mediaResolution'];
  return isResolution(value) ? value : null;
}
