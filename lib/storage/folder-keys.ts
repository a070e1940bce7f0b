import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Up to this size an ETag is a hash of the content; above, reading gigabytes to name them would cost more than a second run. */
const HASHED_BYTES = 1024 * 1024;
const LONGEST_NAME_BYTES = 200;

/** Where a key's bytes lie under `root`. Names that a file system takes for itself are percent-escaped; no key can leave the folder. */
export function keyToPath(root: string, key: string): string {
  if (key === '') return root;
  if (key.includes('\0') || key.startsWith('/')) throw new Error(`[storage] "${key}" cannot be the name of a file.`);
  return join(root, ...key.split('/').map(segmentToName));
}

/** The key segment that a file name stands for. */
export function pathToKey(name: string): string {
  return name.replace(/%(2E|2e|25|00)/g, (_match, hex: string) =>
    hex === '00' ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function segmentToName(segment: string): string {
  if (segment === '') return '%00';
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E');
  if (Buffer.byteLength(segment) > LONGEST_NAME_BYTES) {
    throw new Error(
      `[storage] the name "${segment.slice(0, 40)}…" is longer than ${LONGEST_NAME_BYTES} bytes; shorten it.`,
    );
  }
  return segment.replace(/%(?=2E|2e|25|00)/g, '%25');
}

/** An opaque ETag that changes with the bytes: of the content when small, of identity and times when large. */
export async function fileEtag(path: string): Promise<string> {
  const { size, ino, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  if (size <= HASHED_BYTES)
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
      .slice(0, 32);
  return createHash('sha256').update(`${ino}:${size}:${mtimeNs}:${ctimeNs}`).digest('hex').slice(0, 32);
}
