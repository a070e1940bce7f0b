import { isUtf8 } from 'node:buffer';
import { readUnicodePath } from './zip-extra.ts';
import { PACK_AGAIN, refuseArchive, showName, type ZipCode, type ZipFault } from './zip-faults.ts';
import type { ZipLimits } from './zip-limits.ts';

/** An entry's name: `name` to look it up by (separators are `/`), `rawName` as the record has it, in `nameEncoding`. */
export interface ZipName {
  name: string;
  rawName: string;
  nameEncoding: 'utf-8' | 'cp437';
  fault: ZipFault | null;
  warnings: readonly ZipFault[];
}

const NO_WARNINGS: readonly ZipFault[] = [];
/** The upper half of code page 437 (APPNOTE.TXT 6.3.10, appendix D); the lower half is ASCII. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;
const INVISIBLE = /[\u0080-\u009f\p{Cf}\p{Zl}\p{Zp}]/u;
/** Finder keeps a folder's picture in a file of this name, carriage return included; half the Mac archives with one would be refused. */
const FINDER_ICON = /(^|\/)(\._)?Icon\r$/;

/** Names that need no closer look, which is nearly all of them; looking costs more than reading the record. */
const PLAIN = /^[\w-][\w .()+,@-]*(\/[\w-][\w .()+,@-]*){0,7}\/?$/;
const PLAIN_SEGMENTS = 8;

/** Decodes a central record's name and says what is unsafe about it; throws ZipArchiveError where two readers would see two names. */
export function readZipName(raw: Buffer, utf8Flag: boolean, unicodeField: Buffer | null, limits: ZipLimits): ZipName {
  const decoded = decodeRaw(raw);
  const written = unicodeField === null ? decoded.rawName : unicodeName(raw, utf8Flag, decoded, unicodeField);
  if (PLAIN.test(written) && raw.length <= limits.nameBytes && limits.segments >= PLAIN_SEGMENTS) {
    return { name: written, ...decoded, fault: null, warnings: NO_WARNINGS };
  }
  const slashed = written.includes('\\') ? written.replaceAll('\\', '/') : written;
  const name = slashed.startsWith('./') && slashed.length > 2 ? slashed.slice(2) : slashed;
  if (CONTROL.test(written) && !FINDER_ICON.test(written)) refuseControl(written);
  const problem = pathProblem(name, raw.length, limits) ?? encodingProblem(written, utf8Flag, decoded);
  const fault =
    problem === null ? null : { ...problem, message: `${showName(written)} ${problem.message}`, entry: name };
  return { name, ...decoded, fault, warnings: nameWarnings(written, name, decoded, unicodeField) };
}

/** The bytes that `rawName` was decoded from: both encodings can be undone. */
export function rawNameBytes(entry: { rawName: string; nameEncoding: 'utf-8' | 'cp437' }): Buffer {
  if (entry.nameEncoding === 'utf-8') return Buffer.from(entry.rawName, 'utf8');
  return Buffer.from(Array.from(entry.rawName, (letter) => cp437Byte(letter)));
}

/** How many bytes `rawNameBytes` gives. */
export function rawNameLength(entry: { rawName: string; nameEncoding: 'utf-8' | 'cp437' }): number {
  return entry.nameEncoding === 'utf-8' ? Buffer.byteLength(entry.rawName, 'utf8') : entry.rawName.length;
}

function cp437Byte(letter: string): number {
  const code = letter.charCodeAt(0);
  return code < 0x80 ? code : 0x80 + CP437.indexOf(letter);
}

/** Many tools write UTF-8 without its flag (macOS does); text in another encoding is hardly ever valid UTF-8 by chance. */
function decodeRaw(raw: Buffer): { rawName: string; nameEncoding: 'utf-8' | 'cp437' } {
  if (isUtf8(raw)) return { rawName: raw.toString('utf8'), nameEncoding: 'utf-8' };
  const letters = Array.from(raw, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : (CP437[byte - 0x80] ?? '')));
  return { rawName: letters.join(''), nameEncoding: 'cp437' };
}

/** The Unicode path stands for a raw name that could not say it; where the raw name could, both must say the same. */
function unicodeName(
  raw: Buffer,
  utf8Flag: boolean,
  decoded: { rawName: string; nameEncoding: string },
  field: Buffer,
): string {
  const bytes = readUnicodePath(field, raw);
  const name = bytes !== null && isUtf8(bytes) ? bytes.toString('utf8') : null;
  const lossy = !utf8Flag && (decoded.nameEncoding === 'cp437' || /[?_#]/.test(decoded.rawName));
  if (name !== null && (lossy || name === decoded.rawName)) return name;
  return refuseArchive(
    'ZIP_HEADER_MISMATCH',
    `the entry ${showName(decoded.rawName)} carries a second name that does not fit its first one, so it is not clear which file it is`,
    PACK_AGAIN,
    decoded.rawName,
  );
}

function refuseControl(name: string): never {
  refuseArchive(
    'ZIP_NAME',
    `the entry name ${showName(name)} contains a control character; ZIP readers disagree about such names`,
    'Rename the file and pack the archive again.',
    name,
  );
}

function pathProblem(name: string, rawLength: number, limits: ZipLimits): ZipFault | null {
  const leaf = name.endsWith('/') ? name.slice(0, -1) : name;
  if (leaf === '') return badPath('is not a file name', 'Rename the file and pack it again.');
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) {
    return badPath('is an absolute path', 'Pack the files with names relative to their folder.');
  }
  const segments = leaf.split('/');
  if (segments.includes('..')) {
    return badPath('points outside the archive ("..")', 'Pack the files with names below one folder.');
  }
  if (rawLength > limits.nameBytes) return badPath(`is longer than ${limits.nameBytes} bytes`, 'Use a shorter name.');
  if (segments.length <= limits.segments) return null;
  return badPath(`is more than ${limits.segments} folders deep`, 'Use fewer folders.');
}

function badPath(message: string, hint: string): ZipFault {
  return { code: 'ZIP_PATH', message, hint };
}

function encodingProblem(written: string, utf8Flag: boolean, decoded: { nameEncoding: string }): ZipFault | null {
  if (utf8Flag && decoded.nameEncoding === 'cp437') {
    return { code: 'ZIP_NAME', message: 'is marked as UTF-8 and is not', hint: 'Rename the file and pack it again.' };
  }
  if (!CONTROL.test(written)) return null;
  const hint = 'No row can need it; leave it out.';
  return { code: 'ZIP_NAME', message: 'contains a control character (a folder picture of macOS)', hint };
}

function nameWarnings(
  written: string,
  name: string,
  decoded: { nameEncoding: string },
  unicodeField: Buffer | null,
): readonly ZipFault[] {
  const warnings: ZipFault[] = [];
  const warn = (code: ZipCode, message: string, hint: string): void => {
    warnings.push({ code, message: `${showName(written)} ${message}`, hint, entry: name });
  };
  if (written.includes('\\'))
    warn('ZIP_BACKSLASH', `has backslashes; it is read as ${showName(name)}`, 'Name it with slashes in rows.');
  if (INVISIBLE.test(written))
    warn('ZIP_NAME_INVISIBLE', 'contains invisible characters', 'Rename it if that is not on purpose.');
  if (decoded.nameEncoding === 'cp437' && unicodeField === null) {
    const message = 'is not UTF-8; it is read as code page 437';
    warn('ZIP_NAME_ENCODING', message, 'Pack with UTF-8 names if letters look wrong.');
  }
  return warnings.length === 0 ? NO_WARNINGS : warnings;
}
