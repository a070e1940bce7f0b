import { excerpt } from '../domain/excerpt.ts';
import type { RowCode } from './codes.ts';
import type { DropEntry, DropIndex } from './drop-index.ts';
import { MOST_REFERENCES } from './files-cell.ts';

/** A message, its hint, and that the reference is refused: what follows the code. */
type Refusal = [message: string, options: { hint: string; isRefused: true }];

/** No file of the drop goes by the name. */
export function missingIssue(name: string, nearest: readonly string[], index: DropIndex): Refusal {
  const message = `no file "${excerpt(name)}" in ${placesOf(index)}`;
  return [message, { hint: missingHint(name, nearest, index), isRefused: true }];
}

function placesOf(index: DropIndex): string {
  const { archives, hasLooseMedia } = index;
  if (archives.length === 0) return 'the drop';
  const shown =
    archives.length > 3 ? `any of ${archives.length} archives` : archives.map((name) => excerpt(name)).join(', ');
  return hasLooseMedia ? `${shown} or beside the dataset` : shown;
}

function missingHint(name: string, nearest: readonly string[], index: DropIndex): string {
  if (nearest.length > 0) return `Nearest names: ${nearest.map((near) => excerpt(near)).join(', ')}`;
  if (/^(?:www\.|\/\/)/i.test(name.trim())) return 'A link begins with https:// or http://.';
  if (/[*?]/.test(name)) return 'A pattern may hold * and ? in its last part, and stands for images: clip_01/*.png';
  if (/\s/.test(name.trim()) && /\.\w{3,4}\s/.test(name)) return 'Separate names by commas: 0.png,1.png';
  if (index.archives.length === 0) return 'Upload the file, or a ZIP archive that holds it, beside the dataset.';
  return 'Check the spelling, or add the file to the archive.';
}

/** Several files fit the name equally well. */
export function ambiguousIssue(name: string, entries: readonly DropEntry[]): Refusal {
  const shown = entries.slice(0, 3).map((entry) => excerpt(longName(entry)));
  const more = entries.length > 3 ? ` and ${entries.length - 3} more` : '';
  const message = `"${excerpt(name)}" fits ${entries.length} files: ${shown.join(', ')}${more}`;
  const isSamePath = new Set(entries.map((entry) => entry.name)).size === 1;
  const hint = isSamePath
    ? `Rename one of them, or name the archive as well: ${shown.find((each) => each.includes('!')) ?? shown[0]}`
    : 'Write the whole path, spelled as in the archive.';
  return [message, { hint, isRefused: true }];
}

function longName(entry: DropEntry): string {
  return entry.origin === 'archive' ? `${entry.container}!${entry.name}` : entry.name;
}

/** A folder of frames that holds too many, or the same frame twice; null when it can be used. */
export function framesIssue(name: string, frames: readonly DropEntry[], most: number): [RowCode, ...Refusal] | null {
  if (frames.length > most) {
    const message = `"${excerpt(name)}" stands for ${frames.length} images; a row may have ${MOST_REFERENCES} files in all`;
    const hint = 'Keep fewer frames: one each second or two is usual.';
    return ['FILES_TOO_MANY', message, { hint, isRefused: true }];
  }
  const seen = new Set<string>();
  for (const frame of frames) {
    if (seen.has(frame.name)) {
      const message = `"${excerpt(name)}" is a folder in several places, which all hold "${excerpt(frame.name)}"`;
      return ['MEDIA_AMBIGUOUS', message, { hint: 'Keep the folder in one archive.', isRefused: true }];
    }
    seen.add(frame.name);
  }
  return null;
}

/** A video: no provider that finedrop serves tunes on it in this form, but frames work everywhere. */
export function videoIssue(name: string, file: string): Refusal {
  const video = /^[\w.-]{1,80}$/.test(file) ? file : 'clip.mp4';
  const folder = video.replace(/\.\w+$/, '') || 'clip';
  const message = `"${excerpt(name)}" is a video; training takes its frames instead`;
  const hint = `Put its frames into a folder of the archive, and name the folder, ${folder}/: mkdir ${folder} && ffmpeg -i ${video} -vf fps=1 ${folder}/frame_%03d.png`;
  return [message, { hint, isRefused: true }];
}
