import { describe, expect, it } from 'vitest';
import { exampleSchema } from '../../lib/domain/example.ts';
import { readTableRow } from '../../lib/rows/table.ts';
import {
  archiveOf,
  codesOf,
  columnsOf,
  contextOf,
  looseFiles,
  readRow,
  TINY_PNG_RECORD,
  TINY_PNG_URI,
} from './row-factories.ts';

const MUSEUM = archiveOf(['0.png', '1.png', '2.png']);

describe('readTableRow', () => {
  it('makes a user turn of the text and the media in their order, and an assistant turn', () => {
    const row = readRow(['Describe the given images', 'an owl', '2.png,0.png'], contextOf(MUSEUM));
    expect(row.findings).toEqual([]);
    expect(exampleSchema.parse(row.example)).toEqual({
      id: row.example?.id,
      split: null,
      source: { file: 'train.csv', row: 1, line: 2 },
      messages: [
        { role: 'user', parts: [{ text: 'Describe the given images' }, { media: 'r1' }, { media: 'r2' }] },
        { role: 'assistant', parts: [{ text: 'an owl' }] },
      ],
    });
    expect(row.references).toEqual([
      { id: 'r1', part: 1, column: 'files', origin: 'archive', record: 'a0:2', name: 'media.zip!2.png' },
      { id: 'r2', part: 2, column: 'files', origin: 'archive', record: 'a0:0', name: 'media.zip!0.png' },
    ]);
  });

  it('reads the four rows that the format’s own description shows', () => {
    const context = contextOf(MUSEUM);
    const rows = [
      ['Describe the given image', 'drawing in black and white of Egypt pyramids with the caption "PYRAMID"', '0.png'],
      [
        'Describe the given images',
        'drawing of a man with a telescope looking at stars with the title "GALILEO" and picture of a black and white owl with yellow eyes and title "MODERN BIOLOGY"',
        '1.png,2.png',
      ],
      [
        'Describe the given image',
        'image of blue background with the title "MODERN PHYSICS"',
        'https://www.assetscdn.com/3.png',
      ],
      ['Describe the given image', 'image of blue chemical elements with the title "MODERN CHEMISTRY"', TINY_PNG_URI],
    ].map((cells) => readRow(cells, context));
    expect(rows.flatMap((row) => row.findings)).toEqual([]);
    expect(rows.map((row) => row.references.map(({ origin, name }) => [origin, name]))).toEqual([
      [['archive', 'media.zip!0.png']],
      [
        ['archive', 'media.zip!1.png'],
        ['archive', 'media.zip!2.png'],
      ],
      [['link', 'https://www.assetscdn.com/3.png']],
      [['data-uri', 'data:image/png']],
    ]);
    expect(rows[3]?.references[0]?.record).toBe(TINY_PNG_RECORD);
    expect(rows[2]?.links.map(({ url }) => url)).toEqual(['https://www.assetscdn.com/3.png']);
    expect(context.saved.map(({ mime }) => mime)).toEqual(['image/png']);
    expect(rows.map((row) => exampleSchema.safeParse(row.example).success)).toEqual([true, true, true, true]);
  });

  it('keeps texts verbatim, and puts a system message first', () => {
    const row = readRow(['  a\n', '\tb ', 's '], contextOf(), 'prompt,completion,system');
    expect(row.example?.messages).toEqual([
      { role: 'system', parts: [{ text: 's ' }] },
      { role: 'user', parts: [{ text: '  a\n' }] },
      { role: 'assistant', parts: [{ text: '\tb ' }] },
    ]);
  });

  it('takes a row whose prompt is its file', () => {
    const row = readRow(['', 'an owl', '0.png'], contextOf(MUSEUM));
    expect(row.example?.messages[0]).toEqual({ role: 'user', parts: [{ media: 'r1' }] });
  });

  it.each([
    ['no prompt and no file', ['', 'b', ''], ['PROMPT_EMPTY'], 'prompt'],
    ['no completion', ['a', '', ''], ['COMPLETION_EMPTY'], 'completion'],
    ['a completion of white space', ['a', ' \n', ''], ['COMPLETION_EMPTY'], 'completion'],
    ['a NUL', ['a\0', 'b', ''], ['TEXT_NUL'], 'prompt'],
    ['half a surrogate pair', ['a', 'b\ud83d', ''], ['TEXT_SURROGATE'], 'completion'],
    ['a missing file', ['a', 'b', '7.png'], ['MEDIA_MISSING'], 'files'],
    ['a video', ['a', 'b', 'clip.mp4'], ['VIDEO_UNSUPPORTED'], 'files'],
    ['an object of another bucket', ['a', 'b', 's3://bucket/0.png'], ['OBJECT_REFERENCE_REFUSED'], 'files'],
    ['a broken data URI', ['a', 'b', 'data:image/jpeg;base64,{base64_image}'], ['DATA_URI_ALPHABET'], 'files'],
    ['a link without a host', ['a', 'b', 'https://'], ['LINK_URL'], 'files'],
    ['a link of another scheme', ['a', 'b', 'ftp://x.com/0.png'], ['LINK_SCHEME'], 'files'],
    ['a link with a password', ['a', 'b', 'https://me:pass@x.com/0.png'], ['LINK_USERINFO'], 'files'],
    ['a link that is too long', ['a', 'b', `https://x.com/${'a'.repeat(2048)}`], ['LINK_TOO_LONG'], 'files'],
  ])('refuses a row with %s', (_what, cells, codes, column) => {
    const row = readRow(cells, contextOf(MUSEUM));
    expect(row.example).toBeNull();
    expect(codesOf(row)).toEqual(codes);
    expect(row.findings[0]?.where).toMatchObject({ file: 'train.csv', row: 1, line: 2, column });
  });

  it.each([
    ['fewer cells', ['a', 'b'], 'the row has 2 cells, the header has 3 columns'],
    ['more cells', ['a', 'b', '0.png', '1.png'], 'the row has 4 cells, the header has 3 columns'],
  ])('refuses a row with %s than the header, without guessing at its cells', (_what, cells, message) => {
    const row = readRow(cells, contextOf(MUSEUM));
    expect(row.example).toBeNull();
    expect(row.findings).toMatchObject([{ code: 'TABLE_RAGGED', message }]);
  });

  it('refuses a row whose surplus cells still stand in finedrop_rest', () => {
    const header = 'prompt,completion,finedrop_rest,finedrop_fixes,error';
    const row = readRow(['a', 'b', 'c,d', 'train.csv:3:ab', 'too many cells'], contextOf(), header);
    expect(row).toMatchObject({ example: null, fixes: 'train.csv:3:ab', findings: [{ code: 'TABLE_RAGGED' }] });
  });

  it('takes a mended row, and says which row it fixes', () => {
    const header = 'prompt,completion,finedrop_rest,finedrop_fixes,error';
    const row = readRow(['a', 'b', '', ' train.csv:3:ab ', 'was empty'], contextOf(), header);
    expect(row).toMatchObject({ fixes: 'train.csv:3:ab', findings: [] });
    expect(row.example).not.toBeNull();
  });

  it('keeps what its reader said, and refuses a row that was read wrongly', () => {
    const warning = { code: 'TEXT_ODD', severity: 'warning' as const, message: 'odd' };
    const error = { code: 'CSV_QUOTE', severity: 'error' as const, message: 'the quote is not closed' };
    const columns = columnsOf('prompt,completion');
    const read = (faults: (typeof warning | typeof error)[]) =>
      readTableRow(['a', ''], columns, { row: 4, line: 9, sheet: 'May', faults }, contextOf());
    expect(codesOf(read([warning]))).toEqual(['TEXT_ODD', 'COMPLETION_EMPTY']);
    const refused = read([error]);
    expect(refused).toMatchObject({ row: 4, line: 9, sheet: 'May', example: null });
    expect(refused.findings.map(({ code, where }) => [code, where])).toEqual([
      ['CSV_QUOTE', { file: 'train.csv', sheet: 'May', row: 4, line: 9 }],
    ]);
  });

  it.each([
    ['train', 'train'],
    [' Training ', 'train'],
    ['VALIDATION', 'validation'],
    ['valid', 'validation'],
    ['val', 'validation'],
    ['', 'validation'],
  ])('reads the split "%s" as %s, where the file’s name says validation', (cell, split) => {
    const row = readRow(['a', 'b', cell], contextOf([], { split: 'validation' }), 'prompt,completion,Split');
    expect(row.example?.split).toBe(split);
  });

  it.each([
    ['validaton', 'Did you mean "validation"?'],
    ['test', 'do not belong in training data'],
  ])('refuses the split "%s" with a hint', (cell, hint) => {
    const row = readRow(['a', 'b', cell], contextOf(), 'prompt,completion,Split');
    expect(row.example).toBeNull();
    expect(row.findings).toMatchObject([{ code: 'SPLIT_UNKNOWN', where: { column: 'Split' } }]);
    expect(row.findings[0]?.hint).toContain(hint);
  });

  it('names a missing file, where it was looked for and what comes near', () => {
    const row = readRow(
      ['a', 'b', '0.png, owl.jpg'],
      contextOf(archiveOf(['0.png', 'owl.jpeg', 'Owl.png'])),
      'prompt,completion,Images',
    );
    expect(row.findings).toEqual([
      {
        code: 'MEDIA_MISSING',
        severity: 'error',
        where: { file: 'train.csv', row: 1, line: 2, column: 'Images', part: 2 },
        message: 'no file "owl.jpg" in media.zip',
        hint: 'Nearest names: owl.jpeg, Owl.png',
        target: null,
      },
    ]);
    expect(row.missing).toEqual(['owl.jpg']);
  });

  it('lists what is missing while nothing has arrived', () => {
    const row = readRow(['a', 'b', '0.png,1.png,0.png'], contextOf());
    expect(row.missing).toEqual(['0.png', '1.png']);
    expect(row.findings[0]).toMatchObject({ message: 'no file "0.png" in the drop', where: { part: 1 } });
  });

  it('tells of a match that is not exact', () => {
    const row = readRow(['a', 'b', 'OWL.png'], contextOf(archiveOf(['owl.png', 'b/x.png'])));
    expect(row.example).not.toBeNull();
    expect(row.findings).toMatchObject([{ code: 'MEDIA_NAME_INEXACT', severity: 'warning', where: { part: 1 } }]);
  });

  it('refuses a name that several files fit', () => {
    const row = readRow(['a', 'b', '0.png'], contextOf([...MUSEUM, ...archiveOf(['0.png'], 'more.zip', 1)]));
    expect(row.findings).toMatchObject([
      { code: 'MEDIA_AMBIGUOUS', message: '"0.png" fits 2 files: media.zip!0.png, more.zip!0.png' },
    ]);
    expect(row.missing).toEqual([]);
  });

  it('gives the frames of a folder as images in natural order, equal to a list of them', () => {
    const context = contextOf(archiveOf(['clip_01/frame10.png', 'clip_01/frame2.png', 'clip_01/notes.txt']));
    const folder = readRow(['a', 'b', 'clip_01/'], context);
    const list = readRow(['a', 'b', 'clip_01/frame2.png,clip_01/frame10.png'], context);
    expect(folder.findings).toEqual([]);
    expect(folder.references.map(({ name }) => name)).toEqual([
      'media.zip!clip_01/frame2.png',
      'media.zip!clip_01/frame10.png',
    ]);
    expect(folder.example).toEqual(list.example);
  });

  it('refuses a folder that stands in two archives with the same frames', () => {
    const context = contextOf([...archiveOf(['c/1.png']), ...archiveOf(['c/1.png', 'c/2.png'], 'more.zip', 1)]);
    expect(codesOf(readRow(['a', 'b', 'c/'], context))).toEqual(['MEDIA_AMBIGUOUS']);
  });

  it('refuses a folder of more frames than a row may have', () => {
    const context = contextOf(archiveOf(Array.from({ length: 1001 }, (_, frame) => `c/${frame}.png`)));
    expect(readRow(['a', 'b', 'c/'], context).findings).toMatchObject([{ code: 'FILES_TOO_MANY' }]);
  });

  it('says how to give a video', () => {
    const [finding] = readRow(['a', 'b', 'films/tour.mov'], contextOf(MUSEUM)).findings;
    expect(finding?.hint).toBe(
      'Put its frames into a folder of the archive, and name the folder, tour/: mkdir tour && ffmpeg -i tour.mov -vf fps=1 tour/frame_%03d.png',
    );
  });

  it('gives equal rows equal ids wherever their files were found, and other rows others', () => {
    const cells = ['a', 'b', '0.png'];
    const id = readRow(cells, contextOf(MUSEUM)).example?.id;
    expect(readRow(cells, contextOf(looseFiles(['0.png']))).example?.id).toBe(id);
    expect(readRow(['a', 'b', '1.png'], contextOf(MUSEUM)).example?.id).not.toBe(id);
    expect(readRow(['a', 'b', ''], contextOf(MUSEUM)).example?.id).not.toBe(id);
  });

  it('names a link without its secrets, and fetches it with them, once', () => {
    const link = 'https://x.com/0.png?X-Amz-Signature=abc&size=2#top';
    const row = readRow(['a', 'b', `${link},${link}`], contextOf());
    expect(row.references.map(({ name }) => name)).toEqual(
      Array(2).fill('https://x.com/0.png?X-Amz-Signature=…&size=2'),
    );
    expect(row.links.map(({ url }) => url)).toEqual(['https://x.com/0.png?X-Amz-Signature=abc&size=2']);
    expect(row.links[0]?.record).toBe(row.references[1]?.record);
  });

  it('takes an object of another bucket where that is allowed', () => {
    const row = readRow(['a', 'b', 's3://bucket/0.png'], contextOf([], { objects: { buckets: ['bucket'] } }));
    expect(row.references).toMatchObject([
      { origin: 'object', record: 'o:s3://bucket/0.png', name: 's3://bucket/0.png' },
    ]);
  });

  it('never lists more findings of a row than people read', () => {
    const files = Array.from({ length: 500 }, (_, number) => `none-${number}.png`).join(',');
    const row = readRow(['a', 'b', files], contextOf(MUSEUM));
    expect(row.findings).toHaveLength(101);
    expect(row.findings[100]).toMatchObject({
      code: 'FINDINGS_CUT',
      message: '400 more findings of this row are not listed',
    });
    expect(row.missing).toHaveLength(500);
  });
});
