const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** How much of a hostile archive we are willing to look at; sizes in bytes. */
export interface ZipLimits {
  archiveBytes: number;
  entries: number;
  directoryBytes: number;
  nameBytes: number;
  segments: number;
  entryBytes: number;
  totalBytes: number;
  /** Unpacked total per byte of archive, looked at once the total passes `ratioFromBytes`. */
  ratio: number;
  ratioFromBytes: number;
  /** Unpacked per packed byte of one entry, looked at once it passes `entryRatioFromBytes`. */
  entryRatio: number;
  entryRatioFromBytes: number;
}

/** Total ratio and its threshold are those of PyPI's upload check (warehouse, read 2026-11); deflate itself ends at 1,032:1. */
export const ZIP_LIMITS: Readonly<ZipLimits> = {
  archiveBytes: 20 * GIB,
  entries: 200_000,
  directoryBytes: 64 * MIB,
  nameBytes: 1024,
  segments: 32,
  entryBytes: 512 * MIB,
  totalBytes: 100 * GIB,
  ratio: 50,
  ratioFromBytes: 64 * MIB,
  entryRatio: 200,
  entryRatioFromBytes: MIB,
};

/** A size as a person says it: `512 MiB`, `17 bytes`. */
export function showBytes(bytes: number): string {
  for (const [unit, name] of [
    [GIB, 'GiB'],
    [MIB, 'MiB'],
    [KIB, 'KiB'],
  ] as const) {
    if (bytes >= unit) return `${Math.round((bytes / unit) * 10) / 10} ${name}`;
  }
  return `${bytes} bytes`;
}
