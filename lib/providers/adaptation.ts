import { type AdaptOptions, allows, readAdaptOptions } from '../domain/adapt-options.ts';
import { type AdjustmentKind, adaptationOff, asAdjustmentKind } from '../domain/adjustments.ts';
import type { Issue } from '../domain/finding.ts';
import type { Asset } from '../domain/media.ts';
import type { Target } from '../domain/target.ts';
import type { Adaptation, Rendition } from './provider.ts';

/** One thing that could be done to an image, and what of the rendition is its part. */
export interface ImageChange {
  kind: AdjustmentKind;
  isWanted: boolean;
  /** The target refuses the image without it; otherwise it is left undone where the job spec does not allow it. */
  isNeeded: boolean;
  rendition?: Partial<Rendition>;
}

export interface ImagePlan {
  /** Where JPEG is allowed: PNG is exact, but a photograph as PNG has eight times the bytes. */
  format: Rendition['format'];
  maxBytes: number;
  changes: readonly ImageChange[];
}

/** What becomes of an image: the wanted changes that the options allow, or why it is left out. */
export function planImage(asset: Asset, options: AdaptOptions, { format, maxBytes, changes }: ImagePlan): Adaptation {
  const wanted = changes.filter(({ isWanted }) => isWanted);
  const refused = wanted.find(({ kind, isNeeded }) => isNeeded && !allows(options, kind));
  if (refused !== undefined) return leaveOut(adaptationOff(refused.kind, options.level, 'the image'));
  const made = wanted.filter(({ kind }) => allows(options, kind));
  const metadata = asset.metadata === true ? ['metadata-stripped'] : [];
  if (made.length === 0) {
    const isStripped = metadata.length > 0 && options.metadata === 'strip';
    return isStripped ? { take: 'stripped', kinds: metadata } : { take: 'as-is' };
  }
  const first: Rendition = { format: options.level === 'all' ? format : 'png' };
  const rendition = Object.assign(first, ...made.map((change) => change.rendition ?? {}), fitted(options, maxBytes));
  return { take: 'rendition', rendition, kinds: [...made.map(({ kind }) => kind), ...metadata] };
}

/** Who asks for images of another size or number wants them to be taken, too. */
function fitted(options: AdaptOptions, maxBytes: number): Pick<Rendition, 'maxBytes'> {
  const isAsked = options.frames !== null || options.maxSide !== null;
  return isAsked || allows(options, 'recompressed') ? { maxBytes } : {};
}

/** A file that a target does not take. */
export function leaveOut(issue: Issue): Extract<Adaptation, { take: 'none' }> {
  return { take: 'none', issue };
}

/** A text file, whose words go into the prompt. */
export function inlineText(options: AdaptOptions): Adaptation {
  const kind = 'text-inlined';
  if (!allows(options, kind)) return leaveOut(adaptationOff(kind, options.level, 'the text file'));
  return { take: 'text', kinds: [kind] };
}

/** Formats of which the image library reads other frames than the first. */
const FRAMED: ReadonlySet<string> = new Set(['image/gif', 'image/webp']);

/** Whether frames of this file were asked for; they come as PNG, whatever the target takes. */
export function takesFrames({ mime, frames }: Asset, options: AdaptOptions): boolean {
  return (frames ?? 1) > 1 && (options.frames ?? 1) > 1 && FRAMED.has(mime);
}

/** What is done about an animation: the frames that were asked for, or else the first where `isNeeded` says so. */
export function frameChanges(asset: Asset, options: AdaptOptions, { isNeeded }: { isNeeded: boolean }): ImageChange[] {
  const isAnimated = (asset.frames ?? 1) > 1;
  const isTaken = takesFrames(asset, options);
  const frames = Math.min(options.frames ?? 1, asset.frames ?? 1);
  return [
    { kind: 'frames-taken', isWanted: isTaken, isNeeded: false, rendition: { format: 'png', frames } },
    { kind: 'first-frame', isWanted: isAnimated && !isTaken && isNeeded, isNeeded, rendition: { firstFrame: true } },
  ];
}

/** Scaling, where the target needs it or somebody asked for it; `usefulSide` is what the provider looks at. */
export function scaleChange(
  { width = 0, height = 0 }: Asset,
  { maxSide }: AdaptOptions,
  { usefulSide, isNeeded }: { usefulSide: number; isNeeded: boolean },
): ImageChange {
  const side = typeof maxSide === 'number' ? maxSide : usefulSide;
  const isAsked = maxSide !== null && Math.max(width, height) > side;
  return { kind: 'scaled-down', isWanted: isNeeded || isAsked, isNeeded, rendition: { maxSide: side } };
}

/** A turned picture is made upright: no provider says whether it heeds EXIF. */
export function orientationChange({ orientation }: Asset): ImageChange {
  return { kind: 'orientation-baked', isWanted: (orientation ?? 1) !== 1, isNeeded: false };
}

/** The pages of a PDF as images, where they were asked for; null where not. */
export function drawPages(
  { pages = 1 }: Asset,
  { pdfPages, maxSide }: AdaptOptions,
  { usefulSide, maxBytes }: { usefulSide: number; maxBytes: number },
): Adaptation | null {
  if (pdfPages === null) return null;
  const side = typeof maxSide === 'number' ? maxSide : usefulSide;
  return {
    take: 'rendition',
    rendition: { format: 'png', pages: pdfPages, maxSide: side, maxBytes },
    kinds: ['pages-rendered'],
    issues: pages > pdfPages ? [pagesLeftOut(pages, pdfPages)] : [],
  };
}

function pagesLeftOut(pages: number, taken: number): Issue {
  return {
    code: 'PDF_PAGES_LEFT_OUT',
    severity: 'warning',
    message: `of the PDF’s ${pages.toLocaleString('en-US')} pages only the first ${taken} became images`,
    hint: 'Raise adapt.pdfPages if the model takes so many images, or keep the pages that the answer needs.',
  };
}

/** Why a chat is left out whose turns a format had to change in ways that the target's options do not allow. */
export function refuseAdjustments(kinds: readonly string[], target: Pick<Target, 'adapt'>): Issue[] {
  const options = readAdaptOptions(target);
  return kinds.flatMap((name) => {
    const kind = asAdjustmentKind(name);
    return kind === null || allows(options, kind) ? [] : [adaptationOff(kind, options.level, 'the chat')];
  });
}
