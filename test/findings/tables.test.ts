import { readCsv } from '../../lib/formats/csv.ts';
import { COMMA_UTF8 } from '../formats/csv-reading.ts';
import { buildSheet } from '../formats/xlsx-builder.ts';
import { dropped, proveExamples, type Told } from './told.ts';

const HEADER = 'prompt,completion,files';
const MEBIBYTE = 1024 ** 2;

const rows = (...lines: readonly string[]) => `${HEADER}\n${lines.join('\n')}\n`;
const many = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, at) => line(at));

proveExamples('tables', [
  dropped(() => ({
    files: { 'train.csv': rows('What is it?,An owl.,'), 'retire.csv': `id\n${'7\n'.repeat(100_001)}` },
  })),
  dropped(() => ({
    files: {
      'excel.csv': Buffer.from('prompt,completion\nWie heißt das?,Eine Eule.\n', 'latin1'),
      'quotes.csv': rows('What is it?,An "owl" at night.,', '"What" is it?,An owl.,', 'What is it?,"An owl.,'),
      'nul.csv': rows('What is\0 it?,An owl.,'),
      'mixed.csv': Buffer.concat([
        Buffer.from('\ufeffprompt,completion\nWas ist größer?,'),
        Buffer.from('Ein Bär.\n', 'latin1'),
      ]),
      'wide.csv': rows(','.repeat(1024)),
      'ragged.csv': rows('What is it?,An owl, with a tail.,owl.png,'),
      'gaps.csv': rows(',An owl.,', 'What is it?,,'),
      'splits.csv': 'prompt,completion,split\nWhat is it?,An owl.,test\n',
      'missing.csv': rows(`What is it?,An owl.,"${many(102, (at) => `${at + 1}.png`).join(',')}"`),
      'notes.csv': rows('What does it say?,An owl.,owl.txt'),
      'owl.txt': Buffer.from('\ufeffAn owl.\0', 'utf16le'),
      'control.csv': rows('What is\u0007 it?,An owl.,'),
      'saved.xlsx': buildSheet(
        [
          'prompt</t></is></c><c t="inlineStr"><is><t>completion',
          'Is it \u{1f989}?</t></is></c><c t="inlineStr"><is><t>An owl _xD83E_.',
        ]
          .map((cells) => `<row><c t="inlineStr"><is><t>${cells}</t></is></c></row>`)
          .join(''),
      ),
    },
  })),
  dropped(() => ({
    files: {
      'retire-names.csv': 'name\nowl\n',
      'headless.csv': '\n\n',
      'unknown.csv': 'picture,words\nowl.png,An owl.\n',
      'prompts.csv': 'prompt,words\nWhat is it?,An owl.\n',
      'twice.csv': 'prompt,completion,answer\nWhat is it?,An owl.,A bird.\n',
      'columns.csv': `prompt,completion,${many(63, (at) => `tag${at + 1}`).join(',')}\n`,
      'ignored.csv': 'prompt,completion,catgory\nWhat is it?,An owl.,birds\n',
    },
  })),
  dropped(() => ({
    files: {
      'long.csv': rows(`What does it say?,${'owl '.repeat(8192).slice(0, 32_767)},`),
      'errors.csv': rows(
        'Which owl?,#REF!,',
        'What is its number?,1.23457E+15,',
        'What is half?,2-Jan,',
        'What is coffee?,CafÃ©.,',
      ),
      'codes.csv': rows(...many(30, (at) => `What is the code of ${at}?,${at % 15 === 0 ? 1067 : 10_115 + at},`)),
      'broken.csv': rows(...many(103, (at) => `Which owl is ${at}?,#REF!,`)),
    },
  })),
  dropped(() => ({ files: { 'empty.csv': '' } })),
  () => readRepeated('prompt,completion\nWhat is it?,', 65),
  () => readRepeated('prompt,completion\nWhat is it?,"', 257),
]);

/** A table with so many mebibytes of text behind its beginning, never held at once. */
async function readRepeated(head: string, mebibytes: number): Promise<Told[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head);
    const text = Buffer.alloc(MEBIBYTE, 'owl ');
    for (let count = 0; count < mebibytes; count += 1) yield text;
  }
  const told: Told[] = [];
  for await (const batch of readCsv(source(), { dialect: COMMA_UTF8 }))
    for (const { faults } of batch)
      told.push(...faults.map(({ code, message, hint }): Told => ({ code, severity: 'error', message, hint })));
  return told;
}
