/** A path without leading `./` and `/`, doubled slashes and backslashes, as tables write them. */
export function cleanPath(name: string): string {
  return name
    .replaceAll('\\', '/')
    .replace(/\/{2,}/g, '/')
    .replace(/^(?:\.?\/)+/, '');
}

/** A key that names differing only in case or Unicode normal form share. */
export function foldName(name: string): string {
  if (!/[^ -~]/.test(name)) return name.toLowerCase();
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** What follows the last slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What precedes the last slash; empty when there is none. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** True for what operating systems leave in archives and folders: resource forks, thumbnails, folder settings. */
export function isJunkName(name: string): boolean {
  return JUNK.test(name);
}

const JUNK = /(?:^|\/)(?:__MACOSX(?:\/|$)|(?:\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)$)/i;

/** True for a name that ends like one of the kinds of files that can be trained on. */
export function hasMediaEnding(name: string): boolean {
  return MEDIA_ENDING.test(name);
}

const MEDIA_ENDING = /\.(?:png|jpe?g|webp|gif|mp3|pdf|txt)$/i;

/** True for a name that ends like an image that can be trained on. */
export function hasImageEnding(name: string): boolean {
  return IMAGE_ENDING.test(name);
}

const IMAGE_ENDING = /\.(?:png|jpe?g|webp|gif)$/i;

/** True for a name that ends like a video. */
export function hasVideoEnding(name: string): boolean {
  return VIDEO_ENDING.test(name);
}

const VIDEO_ENDING = /\.(?:mp4|m4v|mov|webm|mkv|avi|mpe?g|wmv|flv)$/i;

/** Order of file names as people count: `frame2` before `frame10`; total, and the same on every machine. */
export function compareNatural(left: string, right: string): number {
  let [at, other] = [0, 0];
  while (at < left.length && other < right.length) {
    const [run, otherRun] = [runAt(left, at), runAt(right, other)];
    const order = compareRuns(run, otherRun);
    if (order !== 0) return order;
    at += run.length;
    other += otherRun.length;
  }
  return left.length - at - (right.length - other) || compareText(left, right);
}

/** All digits from `start`, or one other character. */
function runAt(text: string, start: number): string {
  return digitsAt(text, start) || text.charAt(start);
}

function compareRuns(left: string, right: string): number {
  if (!isDigit(left.charCodeAt(0)) || !isDigit(right.charCodeAt(0))) return compareText(left[0] ?? '', right[0] ?? '');
  const [one, two] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')];
  return one.length - two.length || compareText(one, two);
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function digitsAt(text: string, start: number): string {
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1;
  return text.slice(start, end);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Whether a name fits a pattern in which `*` stands for any characters and `?` for one; neither time nor memory explodes. */
export function matchesGlob(name: string, pattern: string): boolean {
  let [at, wanted, star, retry] = [0, 0, -1, 0];
  while (at < name.length) {
    const expected = pattern[wanted];
    if (expected === '*') {
      star = wanted;
      retry = at;
      wanted += 1;
    } else if (expected === '?' || expected === name[at]) {
      at += 1;
      wanted += 1;
    } else if (star >= 0) {
      retry += 1;
      at = retry;
      wanted = star + 1;
    } else return false;
  }
  while (pattern[wanted] === '*') wanted += 1;
  return wanted === pattern.length;
}
