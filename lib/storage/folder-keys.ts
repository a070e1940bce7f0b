import { join } from 'node:path';

/** What file systems in use take for one name. */
const LONGEST_NAME_BYTES = 255;

/** Where a key's bytes lie under `root`. Names that a file system takes for itself are percent-escaped; no key can leave the folder. */
export function keyToPath(root: string, key: string): string {
  if (key === '') return root;
  if (key.includes('\0') || key.startsWith('/')) {
    throw new Error(
      `[storage] ${JSON.stringify(key)} cannot be the name of a file: it holds a NUL, or begins with "/".`,
    );
  }
  return join(root, ...key.split('/').map(segmentToName));
}

/** The key segment that a file name stands for; null for a name that no key has. */
export function nameToSegment(name: string): string | null {
  const segment = name.replace(/%(2E|2e|25|00)/g, (_match, hex: string) =>
    hex === '00' ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return escapeSegment(segment) === name ? segment : null;
}

function segmentToName(segment: string): string {
  const name = escapeSegment(segment);
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    throw new Error(
      `[storage] the name "${segment.slice(0, 40)}…" is longer than ${LONGEST_NAME_BYTES} bytes, more than a disk takes; shorten it.`,
    );
  }
  return name;
}

function escapeSegment(segment: string): string {
  if (segment === '') return '%00';
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E');
  return segment.replace(/%(?=2E|2e|25|00)/g, '%25');
}
