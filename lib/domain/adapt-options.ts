import { type AdaptLevel, type AdjustmentKind, isAllowed } from './adjustments.ts';
import type { Target } from './target.ts';

/** The conversion options that mean the same at every provider, as a target has them. */
export interface AdaptOptions {
  level: AdaptLevel;
  /** So many frames of an animation become images; null = not asked for. */
  frames: number | null;
  /** At most so many pages of a PDF become images; null = not asked for. */
  pdfPages: number | null;
  /** Longest side of images in pixels; `useful` = what the provider looks at. */
  maxSide: number | 'useful' | null;
  metadata: 'strip' | 'keep';
}

/** Reads the shared options; a value that is none counts as absent, for the job spec's check has told it. */
export function readAdaptOptions({ adapt }: Pick<Target, 'adapt'>): AdaptOptions {
  const { level: given, frames, pdfPages, maxSide, metadata } = adapt as Record<string, unknown>;
  const level = given === 'safe' || given === 'none' ? given : 'all';
  return {
    level,
    frames: asCount(frames),
    pdfPages: asCount(pdfPages),
    maxSide: maxSide === 'useful' ? maxSide : asCount(maxSide),
    metadata: metadata === 'strip' || metadata === 'keep' ? metadata : level === 'none' ? 'keep' : 'strip',
  };
}

function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** What is asked for by an option is done at any level; everything else only where the level allows it. */
export function allows(options: AdaptOptions, kind: AdjustmentKind): boolean {
  return isAllowed(kind, options.level) || asksFor(options, kind);
}

function asksFor({ level, frames, pdfPages, maxSide, metadata }: AdaptOptions, kind: AdjustmentKind): boolean {
  if (kind === 'metadata-stripped') return metadata === 'strip';
  if (kind === 'frames-taken') return frames !== null && frames > 1;
  if (kind === 'first-frame') return frames === 1;
  if (kind === 'pages-rendered') return pdfPages !== null;
  if (kind === 'scaled-down') return maxSide !== null;
  // A picture that loses its EXIF would lie on its side: who asks for the one asks for the other.
  return kind === 'orientation-baked' && metadata === 'strip' && level === 'none';
}

/**
 * A target's conversion options from the drop's word and the target's own: a word or an object. Part of the job key: what only repeats a
 * default is left out, so that saying it does not make another job of the same settings.
 */
export function mergeAdapt(
  drop: AdaptLevel | undefined,
  target: AdaptLevel | Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const own = typeof target === 'string' ? { level: target } : (target ?? {});
  const level = own['level'] ?? drop ?? 'all';
  const defaults: Readonly<Record<string, unknown>> =
    level === 'all' ? { frames: 1, metadata: 'strip' } : { metadata: level === 'none' ? 'keep' : 'strip' };
  const isDefault = (name: string, value: unknown) =>
    name === 'level' || (Object.hasOwn(defaults, name) && defaults[name] === value);
  const kept = Object.entries(own).filter(([name, value]) => value !== undefined && !isDefault(name, value));
  return Object.fromEntries([...(level === 'all' ? [] : [['level', level] as const]), ...kept]);
}
