import { type BuiltEntry, buildZip } from './zip-builder.ts';

/** The parts of a hand-written workbook: each is XML that the test writes, or is right by default. */
export interface BuiltWorkbook {
  /** What stands between `<sheetData>` and its end, for each sheet. */
  sheets?: { name?: string; state?: string; data: string }[];
  /** What stands between `<sst>` and its end. */
  strings?: string;
  /** Format codes of the cell styles 1, 2, ...; style 0 is plain. */
  formats?: string[];
  workbookPr?: string;
  /** More parts, or others in place of those above; null leaves a part out. */
  parts?: Record<string, string | Uint8Array | null>;
}

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** Writes a workbook as Excel does, with what the test puts into its parts. */
export function buildXlsx(workbook: BuiltWorkbook): Buffer {
  const sheets = workbook.sheets ?? [];
  const links = sheets.map((_, index) => link(index + 1, 'worksheet', `worksheets/sheet${index + 1}.xml`));
  const parts: Record<string, string | Uint8Array | null> = {
    '[Content_Types].xml': contentTypes(sheets.length),
    '_rels/.rels': relationships([link(1, 'officeDocument', 'xl/workbook.xml')]),
    'xl/workbook.xml': workbookPart(workbook),
    'xl/_rels/workbook.xml.rels': relationships([
      ...links,
      link(901, 'sharedStrings', 'sharedStrings.xml'),
      link(902, 'styles', 'styles.xml'),
    ]),
    'xl/sharedStrings.xml': main('sst', workbook.strings ?? ''),
    'xl/styles.xml': main('styleSheet', styles(workbook.formats ?? [])),
  };
  for (const [index, { data }] of sheets.entries()) {
    parts[`xl/worksheets/sheet${index + 1}.xml`] = main('worksheet', `<sheetData>${data}</sheetData>`);
  }
  const entries: BuiltEntry[] = [];
  for (const [name, content] of Object.entries({ ...parts, ...workbook.parts })) {
    if (content !== null) entries.push({ name, bytes: Buffer.from(content as string), method: 8 });
  }
  return buildZip(entries);
}

/** One sheet of these rows' XML. */
export function buildSheet(data: string, workbook: Omit<BuiltWorkbook, 'sheets'> = {}): Buffer {
  return buildXlsx({ ...workbook, sheets: [{ data }] });
}

function main(name: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${content}</${name}>`;
}

function link(id: number, type: string, target: string): string {
  return `<Relationship Id="rId${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
}

function relationships(links: readonly string[]): string {
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${links.join('')}</Relationships>`;
}

function contentTypes(count: number): string {
  const content = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  const sheets = Array.from(
    { length: count },
    (_, index) => `<Override PartName="/xl/worksheets/sheet${index + 1}.xml" ContentType="${content}.worksheet+xml"/>`,
  );
  return `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${content}.sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="${content}.sharedStrings+xml"/><Override PartName="/xl/styles.xml" ContentType="${content}.styles+xml"/>${sheets.join('')}</Types>`;
}

function workbookPart({ sheets = [], workbookPr = '' }: BuiltWorkbook): string {
  const each = sheets.map(({ name, state }, index) => {
    const visibility = state === undefined ? '' : ` state="${state}"`;
    return `<sheet name="${name ?? `Sheet${index + 1}`}" sheetId="${index + 1}"${visibility} r:id="rId${index + 1}"/>`;
  });
  return main('workbook', `${workbookPr}<sheets xmlns:r="${OFFICE}">${each.join('')}</sheets>`);
}

function styles(formats: readonly string[]): string {
  const custom = formats.map(
    (code, index) => `<numFmt numFmtId="${200 + index}" formatCode="${escapeAttribute(code)}"/>`,
  );
  const cells = formats.map((_, index) => `<xf numFmtId="${200 + index}"/>`);
  return `<numFmts>${custom.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${cells.join('')}</cellXfs>`;
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
