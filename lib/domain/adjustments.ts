import type { Issue } from './finding.ts';

/** How much a target may change of what a drop holds; `all` when nobody says. */
export const ADAPT_LEVELS = ['all', 'safe', 'none'] as const;
export type AdaptLevel = (typeof ADAPT_LEVELS)[number];

export interface AdjustmentFacts {
  /** The strictest level that still allows it; `safe` = what the model is shown or told stays the same. */
  level: 'safe' | 'all';
  /** The option of a target that asks for it; those marked `only` are never done unasked. */
  option?: { name: string; only: boolean };
  /** What was done, as people read it behind the file's name. */
  done: string;
  /** What would have to be done, behind "it would have to be" or "they would have to be". */
  needed: string;
  /** Why it has this level: what is kept, or what is lost. */
  reason: string;
}

/** Every kind of adjustment: what it is, and which level allows it. Reports, messages and docs/adaptations.md read this. */
export const ADJUSTMENTS = {
  'gif-to-png': {
    level: 'safe',
    done: 'converted from GIF to PNG',
    needed: 'converted from GIF to PNG',
    reason: 'PNG keeps every pixel; of an animation this alone takes nothing (see first-frame)',
  },
  'webp-to-png': {
    level: 'safe',
    done: 'converted from WebP to PNG',
    needed: 'converted from WebP to PNG',
    reason: 'PNG keeps every pixel',
  },
  'colors-to-rgb': {
    level: 'safe',
    done: 'colours converted to 8-bit RGB',
    needed: 'converted to 8-bit RGB',
    reason: '8-bit RGB is all that the model sees; grey and palettes lose nothing',
  },
  'orientation-baked': {
    level: 'safe',
    done: 'turned upright as its EXIF orientation says',
    needed: 'turned upright as its EXIF orientation says',
    reason: 'the model sees the picture as people see it',
  },
  'metadata-stripped': {
    level: 'safe',
    option: { name: 'metadata', only: false },
    done: 'metadata (EXIF with places, XMP, IPTC, comments) left out',
    needed: 'freed of metadata',
    reason: 'no pixel changes; places, names and cameras do not reach the provider',
  },
  'text-inlined': {
    level: 'safe',
    done: 'put into the prompt as text',
    needed: 'put into the prompt as text',
    reason: 'every word stays, in the place of the file',
  },
  'turns-merged': {
    level: 'safe',
    done: 'consecutive turns of one role were merged',
    needed: 'merged where turns of one role follow each other',
    reason: 'every word stays, in its order',
  },
  'system-merged': {
    level: 'safe',
    done: 'several system messages were joined into one',
    needed: 'joined, since there are several system messages',
    reason: 'every word stays, in its order',
  },
  'system-moved': {
    level: 'all',
    done: 'a system message was moved to the beginning',
    needed: 'changed: a system message would move to the beginning',
    reason: 'an instruction from the middle of a chat then holds from its beginning',
  },
  'first-frame': {
    level: 'all',
    option: { name: 'frames', only: false },
    done: 'animated: its first frame was taken',
    needed: 'reduced to its first frame, for it is animated',
    reason: 'the other frames are lost',
  },
  'frames-taken': {
    level: 'all',
    option: { name: 'frames', only: true },
    done: 'animated: frames spread over it were taken as images',
    needed: 'taken apart into frames',
    reason: 'the frames between are lost; each one taken counts as an image',
  },
  'scaled-down': {
    level: 'all',
    option: { name: 'maxSide', only: false },
    done: 'scaled down to the size that the provider uses',
    needed: 'scaled down',
    reason: 'fine detail is lost',
  },
  recompressed: {
    level: 'all',
    done: 'saved as JPEG, or smaller, to have no more bytes than the provider takes',
    needed: 'saved as JPEG, or smaller, to have no more bytes than the provider takes',
    reason: 'JPEG is not exact, and transparency becomes white',
  },
  'pages-rendered': {
    level: 'all',
    option: { name: 'pdfPages', only: true },
    done: 'its pages were drawn as images',
    needed: 'drawn as images, page by page',
    reason: 'the text becomes pixels; pages over the cap are left out, and told',
  },
  'reserved-words-rewritten': {
    level: 'all',
    option: { name: 'reservedWords', only: true },
    done: 'words that Nova reserves were rewritten',
    needed: 'freed of the words that Nova reserves',
    reason: 'the text is another: "User:" becomes "User -"',
  },
} as const satisfies Readonly<Record<string, AdjustmentFacts>>;
export type AdjustmentKind = keyof typeof ADJUSTMENTS;

/** Whether a level lets an adjustment happen that nobody asked for by its option. */
export function isAllowed(kind: AdjustmentKind, level: AdaptLevel): boolean {
  return level === 'all' || (level === 'safe' && ADJUSTMENTS[kind].level === 'safe');
}

/** What a kind of adjustment means, in words. */
export function adjustmentWords(kind: string): string {
  const known = asAdjustmentKind(kind);
  return known === null ? kind : ADJUSTMENTS[known].done;
}

/** A kind of adjustment by its name, or null for a name that is none. */
export function asAdjustmentKind(name: string): AdjustmentKind | null {
  return Object.hasOwn(ADJUSTMENTS, name) ? (name as AdjustmentKind) : null;
}

/** An info finding: something was adjusted so that the target can take the row. */
export function adjustmentIssue(kind: string, name: string | null): Issue {
  const sentence = adjustmentWords(kind);
  return {
    code: 'ADJUSTED',
    severity: 'info',
    message: name === null ? `${sentence} (${kind})` : `"${name}": ${sentence} (${kind})`,
  };
}

/** Why a row is left out: the target cannot take it as it is, and the job spec does not let it be changed. `what` as in "the file". */
export function adaptationOff(kind: AdjustmentKind, level: AdaptLevel, what: string): Issue {
  const { needed, level: allowing, option }: AdjustmentFacts = ADJUSTMENTS[kind];
  const alone = option === undefined ? '' : `, or its option ${option.name} alone`;
  return {
    code: 'ADAPTATION_OFF',
    severity: 'error',
    message: `${what} would have to be ${needed} for this target (${kind}), which adapt: ${level} does not allow`,
    hint: `Set adapt: ${allowing} for this target${alone}, or change it in the drop.`,
  };
}
