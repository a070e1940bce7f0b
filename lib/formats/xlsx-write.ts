import { writeZip } from './zip-write.ts';

/** A sheet to write: every cell is a text, empty ones are left out. */
export interface WriteSheet {
  name: string;
  rows: readonly (readonly string[])[];
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const CONTENT = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
/** A longer string than this cannot be built in one piece safely, so sheets are encoded in portions. */
const PORTION_ROWS = 1000;
const NAME_CHARACTERS = 31;

/** Writes a workbook of texts (nothing turns into a number, a date or a formula); equal input gives equal bytes. */
export async function writeXlsx(sheets: readonly WriteSheet[]): Promise<Uint8Array> {
  const written = sheets.length === 0 ? [{ name: 'Sheet1', rows: [] }] : sheets;
  const names = sheetNames(written.map(({ name }) => name));
  return writeZip([
    { name: '[Content_Types].xml', bytes: Buffer.from(contentTypes(written.length)) },
    { name: '_rels/.rels', bytes: Buffer.from(relationships([['officeDocument', 'xl/workbook.xml']])) },
    { name: 'xl/workbook.xml', bytes: Buffer.from(workbook(names)) },
    {
      name: 'xl/_rels/workbook.xml.rels',
      bytes: Buffer.from(relationships(written.map((_, index) => ['worksheet', `worksheets/sheet${index + 1}.xml`]))),
    },
    ...written.map(({ rows }, index) => ({ name: `xl/worksheets/sheet${index + 1}.xml`, bytes: worksheet(rows) })),
  ]);
}

/** Spreadsheet programs refuse some characters, long names, and names that differ by case only. */
function sheetNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
    const clean = name.replaceAll(/[\u0000-\u001f\ufffe\uffff[\]:*?/\\]|^'|'$/g, '_');
    let unique = cutName(clean, NAME_CHARACTERS) || `Sheet${index + 1}`;
    for (let copy = 2; taken.has(unique.toLowerCase()); copy++) {
      const suffix = ` (${copy})`;
      unique = cutName(clean, NAME_CHARACTERS - suffix.length) + suffix;
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** A cut may leave half a character, and a name may come with one. */
function cutName(name: string, length: number): string {
  return name.slice(0, length).replaceAll(/\p{Cs}/gu, '_');
}

function contentTypes(count: number): string {
  const sheets = Array.from(
    { length: count },
    (_, index) => `<Override PartName="/xl/worksheets/sheet${index + 1}.xml" ContentType="${CONTENT}.worksheet+xml"/>`,
  );
  return `${DECLARATION}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${CONTENT}.sheet.main+xml"/>${sheets.join('')}</Types>`;
}

function relationships(links: readonly (readonly [string, string])[]): string {
  const each = links.map(
    ([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">${each.join('')}</Relationships>`;
}

function workbook(names: readonly string[]): string {
  const sheets = names.map(
    (name, index) => `<sheet name="${escapeXml(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  return `${DECLARATION}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.join('')}</sheets></workbook>`;
}

function worksheet(rows: readonly (readonly string[])[]): Buffer {
  const portions = [Buffer.from(`${DECLARATION}<worksheet xmlns="${MAIN}"><sheetData>`)];
  for (let from = 0; from < rows.length; from += PORTION_ROWS) {
    const portion = rows.slice(from, from + PORTION_ROWS).map((cells, index) => writeRow(cells, from + index + 1));
    portions.push(Buffer.from(portion.join('')));
  }
  portions.push(Buffer.from('</sheetData></worksheet>'));
  return Buffer.concat(portions);
}

function writeRow(cells: readonly string[], row: number): string {
  const written = cells.map((text, column) => (text === '' ? '' : writeCell(text, `${columnName(column)}${row}`)));
  return `<row r="${row}">${written.join('')}</row>`;
}

function writeCell(text: string, reference: string): string {
  const escaped = PLAIN_TEXT.test(text) ? text : escapeXml(escapeText(text));
  return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${escaped}</t></is></c>`;
}

function columnName(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter;
}

/** Nearly all cells need no escaping, and one look is cheaper than six. */
const PLAIN_TEXT = /^[\t\n !#-%'-;=?-^`-~\u00a0-\ud7ff]*$/;
/** What XML cannot hold, lone surrogates included, and CR, which it would turn into LF. */
const UNWRITABLE = String.raw`\u0000-\u0008\u000b-\u001f\ufffe\uffff\p{Cs}`;
const UNWRITABLE_CHARACTER = new RegExp(`[${UNWRITABLE}]`, 'gu');
/** An underscore that would read as the start of an escape, also once the character after it is escaped. */
const MISLEADING_UNDERSCORE = new RegExp(`_(?=x[0-9A-Fa-f]{4}(?:_|[${UNWRITABLE}]))`, 'gu');

function escapeText(text: string): string {
  return text.replaceAll(MISLEADING_UNDERSCORE, '_x005F_').replaceAll(UNWRITABLE_CHARACTER, (letter) => {
    return `_x${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
  });
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
