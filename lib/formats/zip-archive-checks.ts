import { DESCRIPTOR_FLAG, type ZipEntry } from './zip-entry.ts';
import { PACK_AGAIN, refuseArchive, showName, type ZipFault } from './zip-faults.ts';
import { showBytes, type ZipLimits } from './zip-limits.ts';
import { rawNameLength } from './zip-names.ts';

export const LOCAL_HEADER_LENGTH = 30;
/** A local extra field ends here at the latest, and a ZIP64 descriptor with signature has 24 bytes. */
export const LOCAL_SLACK = 0xffff + 24;
const DESCRIPTOR_LEAST = 12;

/** Judges the entries together, sets their `endOffset`, and returns warnings; throws ZipArchiveError. */
export function checkZipArchive(
  entries: ZipEntry[],
  archiveBytes: number,
  directoryOffset: number,
  limits: ZipLimits,
): ZipFault[] {
  checkTotals(entries, archiveBytes, limits);
  checkNames(entries);
  checkUsable(entries);
  return checkPlaces(entries, directoryOffset);
}

/** From what the records claim, before a byte is inflated; inflating is held to the claim. */
function checkTotals(entries: readonly ZipEntry[], archiveBytes: number, limits: ZipLimits): void {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limits.ratioFromBytes && total > archiveBytes * limits.ratio) {
    refuseArchive(
      'ZIP_RATIO',
      `the archive has ${showBytes(archiveBytes)} and claims to unpack to ${showBytes(total)}, more than ${limits.ratio} times as much`,
      'Pack the files again without compression.',
    );
  }
  if (total > limits.totalBytes) {
    refuseArchive(
      'ZIP_TOO_BIG',
      `the archive unpacks to ${showBytes(total)}; at most ${showBytes(limits.totalBytes)} are read`,
      'Split it into smaller archives.',
    );
  }
}

function checkNames(entries: readonly ZipEntry[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (seen.has(name)) {
      refuseArchive(
        'ZIP_DUPLICATE',
        `the archive holds ${showName(name)} twice, so it is not clear which one is meant`,
        'Remove one of them.',
        name,
      );
    }
    seen.add(name);
  }
}

function checkUsable(entries: readonly ZipEntry[]): void {
  const files = entries.filter((entry) => !entry.isDirectory);
  if (files.length === 0) return;
  if (files.every((entry) => entry.fault?.code === 'ZIP_ENCRYPTED')) {
    refuseArchive('ZIP_ENCRYPTED', 'the archive is protected by a password', 'Pack the files again without one.');
  }
  if (files.every((entry) => entry.fault?.code === 'ZIP_METHOD')) {
    const example = files[0]?.fault?.message ?? '';
    const message = `every file of the archive is packed in a way that is not read: ${example}`;
    refuseArchive('ZIP_METHOD', message, 'Pack the files with Deflate, as ordinary ZIP tools do.');
  }
}

/**
 * No byte may belong to two entries (D. Fifield, A better zip bomb, 2019). The length of a local extra field is
 * known only where its header is read, so this looks at the least that each entry takes; the reader checks the rest.
 */
function checkPlaces(entries: readonly ZipEntry[], directoryOffset: number): ZipFault[] {
  const byPlace = entries.toSorted((one, other) => one.localOffset - other.localOffset);
  const first = byPlace[0]?.localOffset ?? directoryOffset;
  if (first > 0) {
    refuseArchive('ZIP_POLYGLOT', `${first} bytes stand before the first entry of the archive`, PACK_AGAIN);
  }
  let unclaimed = 0;
  for (const [place, entry] of byPlace.entries()) {
    entry.endOffset = byPlace[place + 1]?.localOffset ?? directoryOffset;
    const least = leastEnd(entry);
    if (least > entry.endOffset) refuseOverlap(entry);
    if (entry.endOffset - least > LOCAL_SLACK) unclaimed += entry.endOffset - least;
  }
  return unclaimed === 0 ? [] : [gapWarning(unclaimed)];
}

function leastEnd(entry: ZipEntry): number {
  const descriptor = (entry.flags & DESCRIPTOR_FLAG) === 0 ? 0 : DESCRIPTOR_LEAST;
  return entry.localOffset + LOCAL_HEADER_LENGTH + rawNameLength(entry) + entry.compressedSize + descriptor;
}

function refuseOverlap(entry: ZipEntry): never {
  refuseArchive(
    'ZIP_OVERLAP',
    `the entry ${showName(entry.name)} overlaps what follows it in the archive, as only damaged or malicious archives do`,
    PACK_AGAIN,
    entry.name,
  );
}

function gapWarning(bytes: number): ZipFault {
  return {
    code: 'ZIP_GAP',
    message: `about ${showBytes(bytes)} of the archive belong to none of its entries, perhaps files that were removed or replaced`,
    hint: 'Pack the files again if none were meant to be removed.',
  };
}
