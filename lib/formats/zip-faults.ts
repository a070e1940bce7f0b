import { excerpt } from './fault.ts';

/** What is wrong with an archive or with one of its entries; `entry` is the name as it came. */
export interface ZipFault {
  code: ZipCode;
  message: string;
  hint?: string;
  entry?: string;
}

/** Every code that a ZIP reader answers with: the same word means the archive or one entry, as the place of the fault says. */
export type ZipCode =
  | 'ZIP_DATA'
  | 'ZIP_DUPLICATE'
  | 'ZIP_ENCRYPTED'
  | 'ZIP_GAP'
  | 'ZIP_HEADER_MISMATCH'
  | 'ZIP_METHOD'
  | 'ZIP_NAME'
  | 'ZIP_NAME_ENCODING'
  | 'ZIP_NAME_INVISIBLE'
  | 'ZIP_BACKSLASH'
  | 'ZIP_OVERLAP'
  | 'ZIP_PATH'
  | 'ZIP_POLYGLOT'
  | 'ZIP_RATIO'
  | 'ZIP_SIZE_LIE'
  | 'ZIP_SPECIAL_FILE'
  | 'ZIP_STRUCTURE'
  | 'ZIP_TOO_BIG'
  | 'ZIP_TOO_MANY';

/** One entry cannot be read; its bytes so far must be thrown away. */
export class ZipEntryError extends Error {
  readonly fault: ZipFault;
  constructor(fault: ZipFault, options?: ErrorOptions) {
    super(fault.message, options);
    this.name = 'ZipEntryError';
    this.fault = fault;
  }
}

/** The whole archive is refused; never leaves this folder, where it becomes a value. */
export class ZipArchiveError extends Error {
  readonly fault: ZipFault;
  constructor(fault: ZipFault) {
    super(fault.message);
    this.name = 'ZipArchiveError';
    this.fault = fault;
  }
}

export function refuseArchive(code: ZipCode, message: string, hint: string, entry?: string): never {
  throw new ZipArchiveError({ code, message, hint, ...(entry === undefined ? {} : { entry }) });
}

export function refuseEntry(fault: ZipFault, cause?: unknown): never {
  throw new ZipEntryError(fault, cause === undefined ? undefined : { cause });
}

/** What helps against most damage that no user can mend by hand. */
export const PACK_AGAIN = 'Pack the files again with an ordinary ZIP tool.';

const SHOWN_CHARACTERS = 120;

/** A name between quotes that is safe to print: invisible characters as \u202e (so that `gpj.exe` cannot read as `exe.jpg`), cut at 120. */
export function showName(name: string): string {
  return `"${excerpt(name, SHOWN_CHARACTERS)}"`;
}
