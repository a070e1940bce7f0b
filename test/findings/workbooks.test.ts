import { createCipheriv } from 'node:crypto';
import { buildSheet, buildXlsx } from '../formats/xlsx-builder.ts';
import { dropped, proveExamples } from './told.ts';

const text = (...cells: readonly string[]) =>
  `<row>${cells.map((cell) => `<c t="inlineStr"><is><t>${cell}</t></is></c>`).join('')}</row>`;
const ROWS = text('prompt', 'completion') + text('What is it?', 'An owl.');

/** The container in which Excel keeps old workbooks, and those with a password. */
function container(name: string): Buffer {
  const bytes = Buffer.alloc(2048);
  bytes.write('d0cf11e0a1b11ae1', 'hex');
  bytes.writeUInt16LE(9, 30);
  bytes.writeUInt32LE(1, 48);
  bytes.write(name, 1024, 'utf16le');
  return bytes;
}

const sheetPart = (xml: string) => buildXlsx({ sheets: [{ data: '' }], parts: { 'xl/worksheets/sheet1.xml': xml } });

const GIBIBYTE = 1024 ** 3;

/** A workbook that says of its sheet that it unpacks to more than it does; what is beside it hides how unlikely that is. */
function claimingWorkbook(): Buffer {
  const beside = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(23 * 1024 ** 2));
  const book = buildSheet(ROWS, { parts: { 'xl/media/owl.bin': beside } });
  const name = book.lastIndexOf('xl/worksheets/sheet1.xml');
  const UNPACKED_SIZE_BEFORE_NAME = 22;
  book.writeUInt32LE(1.1 * GIBIBYTE, name - UNPACKED_SIZE_BEFORE_NAME);
  return book;
}

proveExamples('workbooks', [
  dropped(() => ({ files: { 'owls.xls': container('Workbook') } })),
  dropped(() => ({
    files: {
      'owls.xlsx': Buffer.from('prompt,completion\nWhat is it?,An owl.\n'),
      'cut.xlsx': sheetPart('<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'),
      'entities.xlsx': sheetPart('<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'),
      'secret.xlsx': container('EncryptedPackage'),
      'wide.xlsx': buildSheet('<row r="1"><c r="BM1"><v>1</v></c></row>'),
      'large.xlsx': claimingWorkbook(),
      'hidden.xlsx': buildXlsx({
        sheets: [
          { name: 'Owls', data: ROWS },
          { name: 'Drafts', state: 'hidden', data: ROWS },
        ],
      }),
      'linked.xlsx': buildSheet(ROWS, { parts: { 'xl/externalLinks/externalLink1.xml': '<externalLink/>' } }),
    },
  })),
]);
