import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPdfFacts } from '../../lib/formats/pdf.ts';
import { sniff } from '../../lib/formats/sniff.ts';
import { buildPdf } from './pdf-builder.ts';

const SOUND = { encrypted: false, active: [], fault: null, warnings: [] };

describe('readPdfFacts', () => {
  it.each([1, 2, 30])('counts %i pages', async (pages) => {
    const bytes = buildPdf({ pages });
    expect(await readPdfFacts(bytes)).toEqual({ ...SOUND, pages });
    expect(sniff(bytes)?.mime).toBe('application/pdf');
  });

  it('reads a file behind a few bytes of junk, as viewers do', async () => {
    const facts = await readPdfFacts(Buffer.concat([Buffer.from('junk\n'), buildPdf({ pages: 2 })]));
    expect([facts.pages, facts.fault]).toEqual([2, null]);
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.alloc(0), 'MEDIA_BROKEN'],
    ['a file without header', buildPdf({ pages: 1 }).subarray(5), 'MEDIA_BROKEN'],
    ['a header alone', Buffer.from('%PDF-1.7\n'), 'MEDIA_TRUNCATED'],
    ['a header and an end', Buffer.from('%PDF-1.7\n%%EOF\n'), 'MEDIA_BROKEN'],
    ['a file cut before its catalog', buildPdf({ pages: 3 }).subarray(0, 30), 'MEDIA_TRUNCATED'],
    ['no pages', buildPdf({ pages: 0 }), 'PDF_NO_PAGES'],
    ['a password', buildPdf({ pages: 1, userPassword: 'secret' }), 'PDF_ENCRYPTED'],
    ['encryption that opens without a password', buildPdf({ pages: 1, userPassword: '' }), 'PDF_ENCRYPTED'],
  ])('refuses %s', async (_, bytes, code) => {
    const { fault, encrypted } = await readPdfFacts(bytes);
    expect([fault?.code, encrypted]).toEqual([code, code === 'PDF_ENCRYPTED']);
  });

  it.each([
    ['JavaScript', '/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>'],
    ['Launch', '/OpenAction << /S /Launch /F (calc.exe) >>'],
    ['EmbeddedFile', '/Names << /EmbeddedFiles << /Names [] >> >>'],
  ])('warns of %s', async (name, catalog) => {
    const { pages, active, fault, warnings } = await readPdfFacts(buildPdf({ pages: 1, catalog }));
    expect({ pages, active, fault }).toEqual({ pages: 1, active: [name], fault: null });
    expect(warnings.map((warning) => warning.code)).toEqual(['PDF_ACTIVE']);
  });

  it('warns of a missing end, when the rest can be opened', async () => {
    const bytes = buildPdf({ pages: 3 });
    const { pages, fault, warnings } = await readPdfFacts(bytes.subarray(0, bytes.lastIndexOf('%%EOF')));
    expect([pages, fault, warnings.map((warning) => warning.code)]).toEqual([3, null, ['PDF_NO_END']]);
  });

  it('does not believe a page count that the file cannot hold', async () => {
    const bytes = Buffer.from(
      buildPdf({ pages: 1 }).toString('latin1').replace('/Count 1 ', '/Count 9999999 '),
      'latin1',
    );
    expect((await readPdfFacts(bytes)).pages).toBeLessThan(10);
  });

  it('reads many files at once', async () => {
    const facts = await Promise.all(
      Array.from({ length: 20 }, (_, page) => readPdfFacts(buildPdf({ pages: page + 1 }))),
    );
    expect(facts.map(({ pages }) => pages)).toEqual(Array.from({ length: 20 }, (_, page) => page + 1));
  });

  it('answers for bytes flipped, cut and added, and goes on afterwards', async () => {
    const sample = buildPdf({ pages: 2, catalog: '/OpenAction << /S /JavaScript /JS (x) >>' });
    const change = fc.tuple(fc.nat(sample.length - 1), fc.nat(30), fc.uint8Array({ maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let bytes = sample;
        for (const [at, cut, added] of changes)
          bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + cut)]);
        const { pages, fault } = await readPdfFacts(bytes);
        if (fault === null) expect(pages).toBeGreaterThan(0);
        else expect(fault.code).toMatch(/^(?:MEDIA_BROKEN|MEDIA_TRUNCATED|PDF_ENCRYPTED|PDF_NO_PAGES)$/);
      }),
      { seed: 42, numRuns: 500 },
    );
    expect((await readPdfFacts(buildPdf({ pages: 3 }))).pages).toBe(3);
  });
});
