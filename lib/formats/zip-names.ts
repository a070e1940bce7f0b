import { isUtf8 } from 'node:buffer';
import { readUnicodePath } from './zip-extra.ts';
import { refuseArchive, showName, type ZipCode, type ZipFault } from './zip-faults.ts';
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
    problem === null ? null : { code: problem[0], message: `${showName(written)} ${problem[1]}`, entry: name };
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
    `The entry ${showName(decoded.rawName)} carries a second name that does not fit its first one, so it is not clear which file it is. Pack the files again with an ordinary ZIP tool.`,
    decoded.rawName,
  );
}

function refuseControl(name: string): never {
  refuseArchive(
    'ZIP_NAME',
    `The entry name ${showName(name)} contains a control character; ZIP readers disagree about such names. Rename the file and pack the archive again.`,
    name,
  );
}

function pathProblem(name: string, rawLength: number, limits: ZipLimits): [ZipCode, string] | null {
  const leaf = name.endsWith('/') ? name.slice(0, -1) : name;
  if (leaf === '') return ['ZIP_PATH', 'is not a file name. Rename the file and pack it again.'];
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) {
    return ['ZIP_PATH', 'is an absolute path. Pack the files with names relative to their folder.'];
  }
  const segments = leaf.split('/');
  if (segments.includes('..')) {
    return ['ZIP_PATH', 'points outside the archive (".."). Pack the files with names below one folder.'];
  }
  if (rawLength > limits.nameBytes)
    return ['ZIP_PATH', `is longer than ${limits.nameBytes} bytes. Use a shorter name.`];
  if (segments.length > limits.segments) {
    return ['ZIP_PATH', `is more than ${limits.segments} folders deep. Use fewer folders.`];
  }
  return null;
}

function encodingProblem(
  written: string,
  utf8Flag: boolean,
  decoded: { nameEncoding: string },
): [ZipCode, string] | null {
  if (utf8Flag && decoded.nameEncoding === 'cp437') {
    return ['ZIP_NAME', 'is marked as UTF-8 and is not. Rename the file and pack it again.'];
  }
  return CONTROL.test(written) ? ['ZIP_NAME', 'contains a control character (a folder picture of macOS).'] : null;
}

function nameWarnings(
  written: string,
  name: string,
  decoded: { nameEncoding: string },
  unicodeField: Buffer | null,
): readonly ZipFault[] {
  const warnings: ZipFault[] = [];
  const warn = (code: ZipCode, message: string): void => {
    warnings.push({ code, message: `${showName(written)} ${message}`, entry: name });
  };
  if (written.includes('\\')) warn('ZIP_BACKSLASH', `has backslashes; it is read as ${showName(name)}.`);
  if (INVISIBLE.test(written))
    warn('ZIP_NAME_INVISIBLE', 'contains invisible characters. Rename it if that is not on purpose.');
  if (decoded.nameEncoding === 'cp437' && unicodeField === null) {
    warn(
      'ZIP_NAME_ENCODING',
      'is not UTF-8; it is read as code page 437. Pack with UTF-8 names if letters look wrong.',
    );
  }
  return warnings.length === 0 ? NO_WARNINGS : warnings;
}
