import { describe, expect, it } from 'vitest';
import { compareFindings } from '../../lib/domain/finding.ts';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import { publishFindings } from '../../lib/pipeline/publish-findings.ts';
import { keys } from '../../lib/storage/keys.ts';
import { findingOf, manifestOf, servicesOf } from '../factories.ts';
import { newMemoryWorld, runInMemory } from './memory-run.ts';

const HEADER = ['prompt', 'completion', 'colour'];

describe('findings.jsonl', () => {
  it('is in its published order also where sheets of a workbook have headers and rows to tell of', async () => {
    const book = await writeXlsx([
      { name: 'Beta', rows: [HEADER, ['What?', '', 'red'], ['', 'That.', '']] },
      { name: 'Alpha', rows: [HEADER, ['What?', '', 'red']] },
      {
        name: 'Gamma',
        rows: [
          ['nothing', 'known'],
          ['a', 'b'],
        ],
      },
    ]);
    const { findings } = await runInMemory(await newMemoryWorld({ 'book.xlsx': book }));
    expect(findings.map(({ where }) => where.sheet)).toEqual(expect.arrayContaining(['Alpha', 'Beta', 'Gamma']));
    expect(findings).toEqual(findings.toSorted(compareFindings));
  });

  it('takes more findings of one shard than a call may have arguments, and those of thousands of files', {
    timeout: 20_000,
  }, async () => {
    const services = servicesOf();
    const manifest = manifestOf({
      files: [{ key: 'museum/book.xlsx', name: 'book.xlsx', size: 1, etag: '1', format: 'xlsx', split: null }],
    });
    const work = keys.work(manifest.dataset, manifest.run);
    const many = 130_000;
    const lines = (length: number, file: (index: number) => string) =>
      Array.from({ length }, (_, index) =>
        JSON.stringify(findingOf({ where: { file: file(index), row: index + 1 } })),
      ).join('\n');
    await services.results.write(
      work.surveyFindings,
      lines(10_000, (index) => `${index}.xls`),
    );
    await services.results.write(
      work.shards,
      JSON.stringify({ shard: 0, file: 0, key: work.rows(0, 0), rows: many, batches: [] }),
    );
    await services.results.write(
      work.converted('.rows', 0, 'findings.jsonl'),
      lines(many, () => 'book.xlsx'),
    );
    const told = await publishFindings(services, manifest);
    expect(told.counts.errors).toBe(many + 10_000);
  });
});
