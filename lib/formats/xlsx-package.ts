import type { RandomAccess } from './random-access.ts';
import { refuseWorkbook, type XlsxFault } from './xlsx-faults.ts';
import { readXml } from './xlsx-xml.ts';
import { readZipDirectory, streamZipEntry, type ZipEntry, ZipEntryError } from './zip.ts';
import { showBytes } from './zip-limits.ts';

/** Where the parts of a workbook are, and what its sheets are called. */
export interface XlsxPackage {
  sheets: { name: string; hidden: boolean; part: string }[];
  strings: string | null;
  styles: string | null;
  from1904: boolean;
  warnings: XlsxFault[];
  /** The bytes of a part, as they unpack; throws XlsxError for a part that is missing, too large or damaged. */
  read(part: string, limit: number): AsyncGenerator<Uint8Array, void, void>;
}

interface Relationship {
  id: string;
  type: string;
  target: string;
}

/** Metadata parts are small: the largest seen in the wild are styles of a few MiB. */
export const METADATA_BYTES = 64 * 1024 * 1024;

/** Opens the ZIP of a workbook and reads which parts are its sheets; throws XlsxError. */
export async function openPackage(source: RandomAccess): Promise<XlsxPackage> {
  const { entries, fault } = await readZipDirectory(source, { entryBytes: Number.MAX_SAFE_INTEGER });
  if (fault !== null) refuseWorkbook(fault.code, `the workbook cannot be unpacked: ${fault.message}`);
  const parts = indexParts(entries);
  const read = (part: string, limit: number) => readPart(source, parts, part, limit);
  const workbook = await findWorkbook(parts, read);
  const links = await readLinks(parts, read, workbook);
  const book = await readWorkbook(read, workbook);
  const sheets = book.sheets.flatMap(({ id, ...sheet }) => {
    const link = links.find((each) => each.id === id);
    return link?.type === 'worksheet' ? [{ ...sheet, part: link.target }] : [];
  });
  if (sheets.length === 0) refuseWorkbook('XLSX_STRUCTURE', 'the workbook has no sheet');
  const target = (type: string): string | null => links.find((link) => link.type === type)?.target ?? null;
  return {
    sheets,
    strings: target('sharedStrings'),
    styles: target('styles'),
    from1904: book.from1904,
    warnings: externalWarnings(entries),
    read,
  };
}

/** Part names do not heed case (ECMA-376 part 2, 6.3.5); an exact match goes first. */
function indexParts(entries: readonly ZipEntry[]): Map<string, ZipEntry> {
  const parts = new Map(entries.map((entry) => [entry.name.toLowerCase(), entry]));
  for (const entry of entries) parts.set(entry.name, entry);
  return parts;
}

async function* readPart(
  source: RandomAccess,
  parts: Map<string, ZipEntry>,
  part: string,
  limit: number,
): AsyncGenerator<Uint8Array, void, void> {
  const entry = parts.get(part) ?? parts.get(part.toLowerCase());
  if (entry === undefined) return refuseWorkbook('XLSX_STRUCTURE', `the workbook lacks its part ${part}`);
  if (entry.size > limit) {
    refuseWorkbook(
      'XLSX_TOO_BIG',
      `the workbook’s part ${part} unpacks to ${showBytes(entry.size)}; at most ${showBytes(limit)} are read`,
      'Split the workbook, or save the sheet as CSV.',
    );
  }
  try {
    yield* streamZipEntry(source, entry);
  } catch (error) {
    if (error instanceof ZipEntryError)
      refuseWorkbook(error.fault.code, `the workbook cannot be unpacked: ${error.message}`);
    throw error;
  }
}

async function findWorkbook(parts: Map<string, ZipEntry>, read: XlsxPackage['read']): Promise<string> {
  const roots = await readRelationships(parts, read, '_rels/.rels', '');
  const workbook = roots.find((root) => root.type === 'officeDocument')?.target ?? 'xl/workbook.xml';
  if (workbook.endsWith('.bin')) {
    refuseWorkbook('XLSX_STRUCTURE', 'this is a binary workbook (.xlsb)', 'Save it as .xlsx.');
  }
  if (!parts.has(workbook) && !parts.has(workbook.toLowerCase())) {
    const kind = parts.has('content.xml') ? 'an OpenDocument file' : 'a ZIP archive without a workbook';
    refuseWorkbook('XLSX_STRUCTURE', `this is ${kind}, not an Excel workbook`, 'Save it as .xlsx.');
  }
  return workbook;
}

function readLinks(parts: Map<string, ZipEntry>, read: XlsxPackage['read'], workbook: string): Promise<Relationship[]> {
  const cut = workbook.lastIndexOf('/') + 1;
  const folder = workbook.slice(0, cut);
  return readRelationships(parts, read, `${folder}_rels/${workbook.slice(cut)}.rels`, folder);
}

async function readRelationships(
  parts: Map<string, ZipEntry>,
  read: XlsxPackage['read'],
  part: string,
  folder: string,
): Promise<Relationship[]> {
  if (!parts.has(part) && !parts.has(part.toLowerCase())) return [];
  const found: Relationship[] = [];
  await readXml(part, read(part, METADATA_BYTES), {
    open(name, attributes) {
      if (name !== 'Relationship' || attributes().get('TargetMode') === 'External') return;
      const type = attributes().get('Type') ?? '';
      found.push({
        id: attributes().get('Id') ?? '',
        type: type.slice(type.lastIndexOf('/') + 1),
        target: resolveTarget(folder, attributes().get('Target') ?? ''),
      });
    },
    close: () => undefined,
    text: () => undefined,
  });
  return found;
}

function resolveTarget(folder: string, target: string): string {
  const slashed = target.replaceAll('\\', '/');
  const segments: string[] = [];
  for (const segment of (slashed.startsWith('/') ? slashed : folder + slashed).split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(segment);
  }
  return segments.join('/');
}

interface Workbook {
  sheets: { name: string; hidden: boolean; id: string }[];
  from1904: boolean;
}

async function readWorkbook(read: XlsxPackage['read'], part: string): Promise<Workbook> {
  const book: Workbook = { sheets: [], from1904: false };
  await readXml(part, read(part, METADATA_BYTES), {
    open(name, attributes) {
      if (name === 'workbookPr') book.from1904 = /^(1|true|on)$/.test(attributes().get('date1904') ?? '');
      if (name === 'sheet') book.sheets.push(readSheetEntry(attributes()));
    },
    close: () => undefined,
    text: () => undefined,
  });
  return book;
}

/** The link's attribute is `r:id`, but the prefix is the writer's choice. */
function readSheetEntry(attributes: Map<string, string>): Workbook['sheets'][number] {
  const [, id] = [...attributes].find(([key]) => key.endsWith(':id')) ?? [];
  const state = attributes.get('state') ?? 'visible';
  return { name: attributes.get('name') ?? '', hidden: state !== 'visible', id: id ?? '' };
}

const EXTERNAL: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)externalLinks\//i, 'links to other workbooks'],
  [/vbaProject\.bin$|(^|\/)(macrosheets|activeX)\//i, 'macros'],
  [/(^|\/)connections\.xml$|(^|\/)queryTables\//i, 'data connections'],
];

function externalWarnings(entries: readonly ZipEntry[]): XlsxFault[] {
  const kinds = EXTERNAL.filter(([pattern]) => entries.some((entry) => pattern.test(entry.name))).map(
    ([, kind]) => kind,
  );
  if (kinds.length === 0) return [];
  const message = `the workbook has ${kinds.join(', ')}, which are not followed: its cells are read as they were last saved`;
  return [{ code: 'XLSX_EXTERNAL', message, hint: 'Check that its cells were up to date when it was saved.' }];
}
