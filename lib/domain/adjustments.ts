import type { Issue } from './finding.ts';

/** What each kind of adjustment means, as people read it behind the file's name. */
const SENTENCES: Readonly<Record<string, string>> = {
  'gif-to-png': 'converted from GIF to PNG',
  'webp-to-png': 'converted from WebP to PNG',
  'first-frame': 'animated: its first frame was taken',
  'colors-to-rgb': 'colours converted to 8-bit RGB',
  'orientation-baked': 'turned upright as its EXIF orientation says',
  'scaled-down': 'scaled down to the size that the provider uses',
  'text-inlined': 'put into the prompt as text',
  'turns-merged': 'consecutive turns of one role were merged',
  'system-moved': 'a system message was moved to the beginning',
  'reserved-words-rewritten': 'words that Nova reserves were rewritten',
  'system-merged': 'several system messages were joined into one',
};

/** What a kind of adjustment means, in words. */
export function adjustmentWords(kind: string): string {
  return Object.hasOwn(SENTENCES, kind) ? (SENTENCES[kind] ?? kind) : kind;
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
