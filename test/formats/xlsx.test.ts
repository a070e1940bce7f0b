import { describe, expect, it } from 'vitest';
import { bufferAccess, type RandomAccess } from '../../lib/formats/random-access.ts';
import { openXlsx, readXlsx, XlsxError } from '../../lib/formats/xlsx.ts';
import { type BuiltWorkbook, buildSheet, buildXlsx } from './xlsx-builder.ts';
import { buildZip } from './zip-builder.ts';
import { countingAccess } from './zip-reading.ts';

async function cellsOf(data: string, workbook: Omit<BuiltWorkbook, 'sheets'> = {}): Promise<string[]> {
  const { sheets, fault } = await readXlsx(bufferAccess(buildSheet(`<row r="1">${data}</row>`, workbook)));
  expect(fault).toBe(null);
  return sheets[0]?.rows[0]?.cells ?? [];
}

async function codeOf(archive: Uint8Array, limits = {}): Promise<string | undefined> {
  return (await readXlsx(bufferAccess(archive), limits)).fault?.code;
}

describe('readXlsx', () => {
  it.each<[string, string, string]>([
    ['a shared text', '<c r="A1" t="s"><v>0</v></c>', 'first'],
    ['rich text', '<c r="A1" t="s"><v>1</v></c>', 'one two'],
    ['a text without its phonetic guide', '<c r="A1" t="s"><v>2</v></c>', '漢字'],
    ['an empty shared text', '<c r="A1" t="s"><v>3</v></c>', ''],
    ['a reference to no text at all', '<c r="A1" t="s"><v></v></c>', ''],
    ['an inline text', '<c r="A1" t="inlineStr"><is><t>x &lt; y &amp; z</t></is></c>', 'x < y & z'],
    ['inline rich text', '<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><rPr/><t> b</t></r></is></c>', 'a b'],
    [
      'an inline text without its phonetic guide',
      '<c r="A1" t="inlineStr"><is><t>漢字</t><rPh sb="0" eb="2"><t>カンジ</t></rPh></is></c>',
      '漢字',
    ],
    ['spaces around a text', '<c r="A1" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>', ' a '],
    ['an escaped character', '<c r="A1" t="inlineStr"><is><t>a_x000D_b_x005F_x0041_</t></is></c>', 'a\rb_x0041_'],
    ['character references', '<c r="A1" t="inlineStr"><is><t>&#65;&#x1F600;&quot;&apos;&gt;</t></is></c>', 'A😀"\'>'],
    ['character data', '<c r="A1" t="inlineStr"><is><t><![CDATA[<b> & ]]>c</t></is></c>', '<b> & c'],
    ['line ends as XML has them', '<c r="A1" t="inlineStr"><is><t>a\r\nb\rc\nd</t></is></c>', 'a\nb\nc\nd'],
    ['a comment in a text', '<c r="A1" t="inlineStr"><is><t>a<!-- > -->b</t></is></c>', 'ab'],
    ['a formula by its text', '<c r="A1" t="str"><f>A2&amp;"x"</f><v>yx</v></c>', 'yx'],
    ['a formula by its number', '<c r="A1"><f>1+1</f><v>2</v></c>', '2'],
    ['a formula never computed', '<c r="A1"><f>1+1</f></c>', ''],
    ['true', '<c r="A1" t="b"><v>1</v></c>', 'TRUE'],
    ['false', '<c r="A1" t="b"><v>0</v></c>', 'FALSE'],
    ['an error', '<c r="A1" t="e"><v>#N/A</v></c>', '#N/A'],
    ['an integer', '<c r="A1"><v>9007199254740992</v></c>', '9007199254740992'],
    ['a number with surplus digits', '<c r="A1"><v>1.1000000000000001</v></c>', '1.1'],
    ['a number with an exponent', '<c r="A1" t="n"><v>1.5E3</v></c>', '1500'],
    ['a large number', '<c r="A1"><v>1E20</v></c>', '100000000000000000000'],
    ['a very large number', '<c r="A1"><v>1E21</v></c>', '1e+21'],
    ['minus zero', '<c r="A1"><v>-0</v></c>', '0'],
    ['a number that no double holds', '<c r="A1"><v>1e999</v></c>', '1e999'],
    ['what is no number', '<c r="A1"><v>0x1F</v></c>', '0x1F'],
    ['a stored date', '<c r="A1" t="d"><v>2024-02-29T00:00:00</v></c>', '2024-02-29'],
    ['a stored time', '<c r="A1" t="d"><v>2024-02-29T10:30:00</v></c>', '2024-02-29T10:30:00'],
    ['a prefixed element', '<x:c r="A1" xmlns:x="y"><x:v>1</x:v></x:c>', '1'],
    ['a value between single quotes', "<c r='A1' t='b'><v>1</v></c>", 'TRUE'],
    ['attributes named like object members', '<c r="A1" __proto__="s" constructor="s"><v>1</v></c>', '1'],
  ])('reads %s', async (_, cell, shown) => {
    const strings =
      '<si><t>first</t></si><si><r><t>one</t></r><r><rPr><b/></rPr><t xml:space="preserve"> two</t></r></si>' +
      '<si><t>漢字</t><rPh sb="0" eb="2"><t>カンジ</t></rPh><phoneticPr fontId="1"/></si><si/>';
    expect(await cellsOf(`${cell}<c r="B1"><v>7</v></c>`, { strings })).toEqual([shown, '7']);
  });

  it.each<[string, string, string]>([
    ['yyyy-mm-dd', '45351', '2024-02-29'],
    ['d/m/yy h:mm', '45351.4375', '2024-02-29T10:30:00'],
    ['yyyy-mm-dd', '45351.520833333336', '2024-02-29T12:30:00'],
    ['[$-407]TT.MM.JJJJ;@', '1.5', '1900-01-01T12:00:00'],
    ['mmm', '59', '1900-02-28'],
    ['mmm', '60', '1900-02-29'],
    ['mmm', '61', '1900-03-01'],
    ['h:mm AM/PM', '0.75', '18:00:00'],
    ['mm:ss.0', '0.00001157407407', '00:00:01'],
    ['h:mm:ss.000', '0.5000000116', '12:00:00.001'],
    ['[h]:mm', '1.5', '36:00:00'],
    ['yyyy', '2958465', '9999-12-31'],
    ['yyyy', '2958466', '2958466'],
    ['yyyy', '-1', '-1'],
    ['0.00', '45351', '45351'],
    ['#,##0 "days"', '3', '3'],
    ['#,##0\\ \\d', '3', '3'],
    ['[Red]0;[Blue]-0', '3', '3'],
    ['[$CHF-807] #,##0', '3', '3'],
    ['0.0E+00', '3', '3'],
    ['General', '3', '3'],
    ['0%', '0.5', '0.5'],
    ['@', '00123', '123'],
  ])('shows by the format %s the number %s as %s', async (format, value, shown) => {
    expect(await cellsOf(`<c r="A1" s="1"><v>${value}</v></c>`, { formats: [format] })).toEqual([shown]);
  });

  it('counts days from 1904 where the workbook says so', async () => {
    const options = { formats: ['yyyy-mm-dd'], workbookPr: '<workbookPr date1904="1"/>' };
    expect(await cellsOf('<c r="A1" s="1"><v>43889</v></c><c r="B1" s="1"><v>0</v></c>', options)).toEqual([
      '2024-02-29',
      '1904-01-01',
    ]);
  });

  it('keeps row numbers, leaves empty rows out and cuts empty cells at the end', async () => {
    const data =
      '<row r="2"><c r="B2"><v>1</v></c><c r="D2" s="0"/></row><row r="3"><c r="A3"/></row><row><c><v>2</v></c><c><v>3</v></c></row><row r="9"><c r="C9" t="str"><v>x</v></c><c><v>4</v></c></row>';
    const { sheets } = await readXlsx(bufferAccess(buildSheet(data)));
    expect(sheets[0]?.rows).toEqual([
      { row: 2, cells: ['', '1'] },
      { row: 4, cells: ['2', '3'] },
      { row: 9, cells: ['', '', 'x', '4'] },
    ]);
  });

  it('reads every visible sheet in order and leaves hidden ones empty', async () => {
    const data = '<row><c><v>1</v></c></row>';
    const workbook = buildXlsx({
      sheets: [
        { name: 'b &amp; c', data },
        { name: 'h', state: 'hidden', data },
        { name: 'v', state: 'veryHidden', data },
        { data },
      ],
    });
    const { sheets } = await readXlsx(bufferAccess(workbook));
    expect(sheets.map(({ name, hidden, rows }) => [name, hidden, rows.length])).toEqual([
      ['b & c', false, 1],
      ['h', true, 0],
      ['v', true, 0],
      ['Sheet4', false, 1],
    ]);
  });

  it('reads texts that are longer than a piece of input', async () => {
    const words = Array.from({ length: 120_000 }, (_, index) => `${(index * 7919) % 100_003}é`);
    const cells = await cellsOf(`<c r="A1" t="inlineStr"><is><t>${words.join('&amp;"<![CDATA[]]>')}</t></is></c>`);
    expect(cells[0] === words.join('&"')).toBe(true);
  });

  it.each(['externalLinks/externalLink1.xml', 'vbaProject.bin', 'connections.xml'])(
    'warns about %s and reads on',
    async (part) => {
      const archive = buildSheet('<row><c><v>1</v></c></row>', { parts: { [`xl/${part}`]: '<!DOCTYPE x>' } });
      const { fault, warnings, sheets } = await readXlsx(bufferAccess(archive));
      expect([fault, warnings.map(({ code }) => code), sheets[0]?.rows.length]).toEqual([null, ['XLSX_EXTERNAL'], 1]);
    },
  );

  it('finds parts whatever their case and however they are linked', async () => {
    const parts = {
      '_rels/.rels': null,
      'xl/workbook.xml': null,
      'XL/Workbook.xml': '<workbook><sheets><sheet name="S" sheetId="1" rel:id="rId1"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="rId1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="/xl/./a/../worksheets/sheet1.xml"/></Relationships>',
    };
    const { sheets } = await readXlsx(bufferAccess(buildSheet('<row><c><v>1</v></c></row>', { parts })));
    expect(sheets).toEqual([{ name: 'S', hidden: false, rows: [{ row: 1, cells: ['1'] }] }]);
  });

  it('reads a small workbook from storage at once', async () => {
    const source = countingAccess(buildSheet('<row><c><v>1</v></c></row>'));
    await readXlsx(source);
    expect(source.reads).toHaveLength(1);
  });

  it('lets an error of the storage through', async () => {
    const broken: RandomAccess = { size: 1000, readAt: () => Promise.reject(new Error('the network is down')) };
    await expect(readXlsx(broken)).rejects.toThrow('the network is down');
  });
});

const ole = (name: string): Buffer => {
  const bytes = Buffer.alloc(2048);
  bytes.write('d0cf11e0a1b11ae1', 'hex');
  bytes.writeUInt16LE(9, 30);
  bytes.writeUInt32LE(1, 48);
  bytes.write(name, 1024, 'utf16le');
  return bytes;
};
const sheet = (xml: string): Buffer =>
  buildXlsx({ sheets: [{ data: '' }], parts: { 'xl/worksheets/sheet1.xml': xml } });
const row = (xml: string): Buffer => buildSheet(`<row r="1">${xml}</row>`);
const one = '<c r="A1"><v>1</v></c>';

describe('readXlsx on hostile and damaged workbooks', () => {
  it.each<[string, string, Uint8Array]>([
    ['an empty file', 'XLSX_STRUCTURE', Buffer.alloc(0)],
    ['text', 'XLSX_STRUCTURE', Buffer.from('a,b\n1,2\n')],
    ['a cut archive', 'ZIP_STRUCTURE', row(one).subarray(0, 500)],
    ['an archive without a workbook', 'XLSX_STRUCTURE', buildZip([{ name: 'a.png', bytes: Buffer.from('x') }])],
    ['an OpenDocument file', 'XLSX_STRUCTURE', buildZip([{ name: 'content.xml', bytes: Buffer.from('<x/>') }])],
    ['a workbook of Excel 97', 'XLS_LEGACY', ole('Workbook')],
    ['a workbook with a password', 'XLSX_ENCRYPTED', ole('EncryptedPackage')],
    ['a cut OLE file', 'XLS_LEGACY', ole('Workbook').subarray(0, 40)],
    ['no sheet', 'XLSX_STRUCTURE', buildXlsx({})],
    [
      'a missing sheet part',
      'XLSX_STRUCTURE',
      buildXlsx({ sheets: [{ data: '' }], parts: { 'xl/worksheets/sheet1.xml': null } }),
    ],
    ['missing texts', 'XLSX_STRUCTURE', buildXlsx({ sheets: [{ data: '' }], parts: { 'xl/sharedStrings.xml': null } })],
    ['a document type', 'XLSX_DOCTYPE', sheet('<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>')],
    [
      'a document type in the texts',
      'XLSX_DOCTYPE',
      buildXlsx({ sheets: [{ data: '' }], parts: { 'xl/sharedStrings.xml': '<!DOCTYPE sst><sst/>' } }),
    ],
    ['an entity of its own', 'XLSX_XML', row('<c r="A1" t="str"><v>&evil;</v></c>')],
    ['a name of every object as an entity', 'XLSX_XML', row('<c r="A1" t="str"><v>&constructor;</v></c>')],
    ['a bare ampersand', 'XLSX_XML', row('<c r="A1" t="str"><v>a & b</v></c>')],
    ['a character beyond Unicode', 'XLSX_XML', row('<c r="A1" t="str"><v>&#x110000;</v></c>')],
    ['a cut sheet', 'XLSX_XML', sheet('<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c')],
    [
      'a sheet cut between two rows',
      'XLSX_XML',
      sheet('<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'),
    ],
    ['a cut comment', 'XLSX_XML', sheet('<worksheet/><!-- ')],
    ['an empty part', 'XLSX_XML', sheet('')],
    ['crossed elements', 'XLSX_XML', sheet('<worksheet><a><b></a></b></worksheet>')],
    ['two roots', 'XLSX_XML', sheet('<worksheet/><worksheet/>')],
    ['text outside', 'XLSX_XML', sheet('<worksheet/>x')],
    ['too deep nesting', 'XLSX_XML', sheet('<a>'.repeat(100) + '</a>'.repeat(100))],
    ['a part in UTF-16', 'XLSX_XML', sheet(Buffer.from('\ufeff<worksheet/>', 'utf16le') as never)],
    ['a part in Latin-1', 'XLSX_XML', sheet(Buffer.from('<worksheet>é</worksheet>', 'latin1') as never)],
    ['an attribute without quotes', 'XLSX_XML', sheet('<worksheet><sheetData><row r=1></row></sheetData></worksheet>')],
    ['rows out of order', 'XLSX_STRUCTURE', buildSheet('<row r="2"/><row r="1"/>')],
    ['a row twice', 'XLSX_STRUCTURE', buildSheet('<row r="2"/><row r="2"/>')],
    ['a row beyond the last', 'XLSX_STRUCTURE', buildSheet('<row r="1048577"/>')],
    ['a row that is no number', 'XLSX_STRUCTURE', buildSheet('<row r="x"/>')],
    ['a cell in another row', 'XLSX_STRUCTURE', row('<c r="A2"><v>1</v></c>')],
    ['a cell that is nowhere', 'XLSX_STRUCTURE', row('<c r="1A"><v>1</v></c>')],
    ['a cell twice', 'XLSX_STRUCTURE', row(one + one)],
    ['a text that is not there', 'XLSX_STRUCTURE', row('<c r="A1" t="s"><v>9</v></c>')],
    ['a text at minus one', 'XLSX_STRUCTURE', row('<c r="A1" t="s"><v>-1</v></c>')],
    ['a value in the last column', 'XLSX_COLUMNS', row('<c r="XFD1"><v>1</v></c>')],
    ['a 65th column', 'XLSX_COLUMNS', row('<c r="BM1"><v>1</v></c>')],
  ])('refuses %s as %s', async (_, code, archive) => {
    const { fault, sheets } = await readXlsx(bufferAccess(archive));
    expect([fault?.code, sheets]).toEqual([code, []]);
    expect(fault?.message).toMatch(/^[a-z].*[^.]$/);
    expect(fault?.hint).toMatch(/^[A-Z].*\.$/);
  });

  it('says which sheet is damaged', async () => {
    const archive = buildXlsx({ sheets: [{ data: '' }, { name: 'Prices', data: '<row r="2"/><row r="1"/>' }] });
    expect((await readXlsx(bufferAccess(archive))).fault).toMatchObject({ sheet: 'Prices' });
  });

  it('does not let a damaged hidden sheet refuse the others', async () => {
    const archive = buildXlsx({ sheets: [{ data: '' }, { state: 'hidden', data: '<row r="2"/><row r="1"/>' }] });
    expect(await codeOf(archive)).toBe(undefined);
  });

  it('refuses more rows, larger parts and larger texts than the budget', async () => {
    const archive = buildSheet('<row><c><v>1</v></c></row><row><c><v>1</v></c></row>', {
      strings: '<si><t>a</t></si>',
    });
    expect(await codeOf(archive, { rows: 1 })).toBe('XLSX_TOO_BIG');
    expect(await codeOf(archive, { partBytes: 150 })).toBe('XLSX_TOO_BIG');
    expect(await codeOf(archive, { stringsBytes: 20 })).toBe('XLSX_TOO_BIG');
    expect(await codeOf(archive, { rows: 2, columns: 1 })).toBe(undefined);
  });

  it('refuses a tag without end before it costs time', async () => {
    const started = performance.now();
    expect(await codeOf(sheet(`<worksheet a="${'x'.repeat(20_000_000)}`), { partBytes: 1e9 })).toMatch(
      /XLSX_XML|ZIP_RATIO/,
    );
    const packable = Buffer.from(
      Array.from({ length: 4_000_000 }, (_, index) => 97 + (((index * index) >> 7) % 26)),
    ).toString();
    expect(await codeOf(sheet(`<worksheet a="${packable}`))).toBe('XLSX_XML');
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('openXlsx', () => {
  it('gives rows as they are asked for and throws where the sheet is damaged', async () => {
    const data = Array.from({ length: 50_000 }, (_, index) => `<row><c><v>${index}</v></c></row>`).join('');
    const { sheets } = await openXlsx(bufferAccess(buildSheet(`${data}<row r="1"/>`)));
    const seen: string[] = [];
    const readAll = async (): Promise<void> => {
      for await (const { cells } of sheets[0]!.rows()) seen.push(...cells);
    };
    await expect(readAll()).rejects.toThrow(XlsxError);
    expect(seen.slice(0, 3)).toEqual(['0', '1', '2']);
    expect(seen.length).toBeGreaterThan(10_000);
  });
});
