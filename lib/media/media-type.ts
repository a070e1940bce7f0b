import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { ACCEPTED_MIME } from '../domain/media.ts';
import { mimeOfExtension, registeredMime, type Sniffed } from '../formats/sniff.ts';

/** What is said of a file besides its bytes; only hints, the bytes decide. */
export interface MediaHints {
  /** The file's name as the user gave it; '' where it has none (data URIs, links that end in a slash). */
  name: string;
  /** The type that a server or row declared. */
  declaredMime?: string;
}

// What servers say that do not know, or that only want the file saved.
const VAGUE = /^$|octet-stream$|^application\/(?:x-|force-)?download$|^\*\/\*$/;
const PROMISES_MEDIA = /^(?:image|audio|video)\/|^application\/pdf$/;
const USE = 'Use .png, .jpg, .webp or .gif images, .mp3 audio, .pdf or .txt documents.';

/** Why a file of this type is of no use; null when it is accepted. */
export function refuseType(sniffed: Sniffed | null, hints: MediaHints): Issue | null {
  if (sniffed === null) return unsupported('the file is of no type that we know', USE);
  const { kind, mime } = sniffed;
  if (kind === 'video') return VIDEO;
  if (mime === 'text/html') return isMeantAsText(hints) ? null : WEB_PAGE;
  if (mime === 'image/svg+xml')
    return unsupported('SVG is not accepted: it is a program, not a picture', 'Export it as PNG.');
  if (kind === 'text' || ACCEPTED_MIME[mime] !== undefined) return null;
  return unsupported(`files of type ${mime} are not accepted`, USE);
}

/** Text where a name or declaration promises a picture, sound or PDF: an error message, or the pointer that Git LFS leaves; null otherwise. */
export function refuseText(text: string, { name, declaredMime }: MediaHints): Issue | null {
  const promises = [mimeOfExtension(name), registeredMime(declaredMime ?? '')];
  const promised = promises.find((mime) => mime !== null && PROMISES_MEDIA.test(mime));
  if (promised == null) return null;
  const hint = text.startsWith('version https://git-lfs.')
    ? 'It is a pointer of Git LFS: run "git lfs pull", then pack the files again.'
    : 'It may be an error message that was saved in its place; look into it, and put the file itself there.';
  return { code: 'MEDIA_IS_TEXT', severity: 'error', message: `this is text, not ${promised}`, hint };
}

/** Where the bytes are something else than name or declaration say: warnings, since the bytes count. */
export function mismatchIssues(mime: string, { name, declaredMime }: MediaHints): Issue[] {
  const promised = mimeOfExtension(name);
  const declared = registeredMime(declaredMime ?? '');
  const issues: Issue[] = [];
  if (promised !== null && promised !== mime) {
    issues.push(
      mismatch(`its name says ${promised}`, mime, 'Name the file by its real type to be rid of this warning.'),
    );
  }
  // Text of any kind (markdown, csv) is plain text to us.
  const isText = mime === 'text/plain' && declared.startsWith('text/');
  if (declared !== mime && !isText && !VAGUE.test(declared)) {
    issues.push(
      mismatch(`it was declared as ${excerpt(declared)}`, mime, 'Declare its real type to be rid of this warning.'),
    );
  }
  return issues;
}

const VIDEO: Issue = {
  code: 'VIDEO_UNSUPPORTED',
  severity: 'error',
  message: 'this is a video; no target takes video files',
  hint: 'Give its frames as images in a folder of the archive: ffmpeg -i clip.mp4 -vf fps=1 clip_01/%04d.png, then name "clip_01/" in the row.',
};

const WEB_PAGE: Issue = {
  code: 'MEDIA_IS_WEB_PAGE',
  severity: 'error',
  message: 'this is a web page, not a media file',
  hint: 'The link or file gives HTML, often a login or error page; use a direct link to the file.',
};

function unsupported(message: string, hint: string): Issue {
  return { code: 'MEDIA_TYPE_UNSUPPORTED', severity: 'error', message, hint };
}

/** HTML in a text file is text. A server that declares HTML gives a page, whatever the link is called. */
function isMeantAsText({ name, declaredMime }: MediaHints): boolean {
  const declared = registeredMime(declaredMime ?? '');
  if (declared === 'text/html') return false;
  return mimeOfExtension(name) === 'text/plain' || (name === '' && (declared === '' || declared === 'text/plain'));
}

function mismatch(what: string, mime: string, hint: string): Issue {
  return {
    code: 'MEDIA_TYPE_MISMATCH',
    severity: 'warning',
    message: `${what}, its bytes are ${mime}; the bytes count`,
    hint,
  };
}
