import { refuseEntry, showName, type ZipFault } from './zip-faults.ts';
import { showBytes, type ZipLimits } from './zip-limits.ts';

/** One entry of an archive, as plain JSON that can be stored and read from later; offsets and sizes in bytes of the archive. */
export interface ZipEntry {
  index: number;
  /** The name to look it up by: separators are `/`, a leading `./` is gone. */
  name: string;
  /** The name as the record has it, decoded from `nameEncoding`. */
  rawName: string;
  nameEncoding: 'utf-8' | 'cp437';
  isDirectory: boolean;
  /** 0 stored, 8 deflate; others carry a fault. */
  method: number;
  flags: number;
  crc32: number;
  compressedSize: number;
  size: number;
  localOffset: number;
  /** Where the next entry or the central directory begins: this entry cannot reach further. */
  endOffset: number;
  /** Why this entry cannot be used; the others can. */
  fault: ZipFault | null;
  warnings: readonly ZipFault[];
}

/** Bit 3: the sizes follow the data. */
export const DESCRIPTOR_FLAG = 0x0008;
/** Bits 0, 6 and 13: traditional, strong and masked encryption. */
const ENCRYPTION_FLAGS = 0x2041;
const PATCH_FLAG = 0x0020;
const STORED = 0;
const DEFLATE = 8;
/** WinZip's AES entries carry this method in place of their own. */
const AES_METHOD = 99;
const METHOD_NAMES: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
};
const FILE_TYPE_BITS = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const SYMLINK = 0o120000;
const SET_ID_BITS = 0o6000;

/** What makes an entry unusable by its own record; `attributes` are the external ones, with a Unix mode in their upper half. */
export function entryProblem(entry: Omit<ZipEntry, 'fault'>, attributes: number, limits: ZipLimits): ZipFault | null {
  const problem =
    packingProblem(entry) ?? modeProblem(attributes >>> 16, entry.isDirectory) ?? sizeProblem(entry, limits);
  if (problem === null) return null;
  return { ...problem, message: `${showName(entry.name)} ${problem.message}`, entry: entry.name };
}

function packingProblem({ flags, method }: { flags: number; method: number }): ZipFault | null {
  if ((flags & ENCRYPTION_FLAGS) !== 0 || method === AES_METHOD) {
    return { code: 'ZIP_ENCRYPTED', message: 'is protected by a password', hint: 'Pack it without one.' };
  }
  if ((method === STORED || method === DEFLATE) && (flags & PATCH_FLAG) === 0) return null;
  const name = METHOD_NAMES[method] ?? `method ${method}`;
  const message = `is packed with ${name}; only Deflate and stored entries are read`;
  return { code: 'ZIP_METHOD', message, hint: 'Pack it with Deflate, as ordinary ZIP tools do.' };
}

/** Any host may write a Unix mode, so the host byte is not asked; FAT and NTFS attributes leave these bits empty. */
function modeProblem(mode: number, isDirectory: boolean): ZipFault | null {
  const type = mode & FILE_TYPE_BITS;
  if (type === SYMLINK) return special('is a symbolic link', 'Pack the file that it points to.');
  if (type !== 0 && type !== REGULAR && type !== FOLDER) {
    return special('is a device or a pipe, not a file', 'Leave it out.');
  }
  if (!isDirectory && (mode & SET_ID_BITS) !== 0) {
    return special('is a program that runs with the rights of its owner (setuid)', 'Leave it out.');
  }
  return null;
}

function special(message: string, hint: string): ZipFault {
  return { code: 'ZIP_SPECIAL_FILE', message, hint };
}

function sizeProblem(entry: Omit<ZipEntry, 'fault'>, limits: ZipLimits): ZipFault | null {
  const { size, compressedSize } = entry;
  if (size > limits.entryBytes) {
    const message = `unpacks to ${showBytes(size)}; at most ${showBytes(limits.entryBytes)} are read`;
    return { code: 'ZIP_TOO_BIG', message, hint: 'Make the file smaller.' };
  }
  if (entry.method === STORED && size !== compressedSize) {
    const message = `is stored as it is, in ${compressedSize} bytes, and claims ${size}`;
    return { code: 'ZIP_SIZE_LIE', message, hint: 'Pack it again.' };
  }
  if (size > limits.entryRatioFromBytes && size > compressedSize * limits.entryRatio) {
    const packed = `${showBytes(compressedSize)} that unpack to ${showBytes(size)}`;
    const message = `is ${packed}, more than ${limits.entryRatio} times as much`;
    return { code: 'ZIP_RATIO', message, hint: 'Store it without compression.' };
  }
  return null;
}

/** The data of an entry are not what the archive promised: throws ZipEntryError. */
export function refuseData(entry: ZipEntry, why: string, cause?: unknown): never {
  const message = `${showName(entry.name)} is damaged: ${why}`;
  const hint = 'Pack the file again, or upload the archive again.';
  refuseEntry({ code: 'ZIP_DATA', message, hint, entry: entry.name }, cause);
}

/** An entry unpacks to another size than it claims: throws ZipEntryError. */
export function refuseSize(entry: ZipEntry, found: string): never {
  const message = `${showName(entry.name)} claims to unpack to ${entry.size} bytes and has ${found}`;
  refuseEntry({ code: 'ZIP_SIZE_LIE', message, hint: 'Pack the file again.', entry: entry.name });
}
