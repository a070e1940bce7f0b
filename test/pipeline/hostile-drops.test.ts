import { describe, expect, it } from 'vitest';
import { writeZip } from '../../lib/formats/zip-write.ts';
import { picture } from '../e2e/media.ts';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const CHECK = { command: 'check' } as const;

describe('a drop that is out of measure', () => {
  it('may have an archive with names as long as they get, in letters of three bytes', async () => {
    const bytes = await picture('png');
    const names = Array.from({ length: 300 }, (_, index) => `${'梟'.repeat(330)}${index}.png`);
    const rows = names.map((name, index) => `What is ${index}?,An owl.,${name}`);
    const world = await newMemoryWorld({
      'train.csv': tableOf(12, { more: rows }),
      'media.zip': writeZip(names.map((name) => ({ name, bytes }))),
    });
    const { report } = await runInMemory(world, CHECK);
    expect({ status: report?.status, message: report?.message }).toMatchObject({ status: 'completed' });
  });

  it('is refused when its rows name more links than are fetched', async () => {
    const rows = Array.from(
      { length: 10_001 },
      (_, index) => `What is ${index}?,An owl.,https://example.com/${index}.png`,
    );
    const world = await newMemoryWorld({ 'train.csv': tableOf(1, { more: rows }) });
    const { report, findings } = await runInMemory(world, CHECK);
    expect(report).toMatchObject({ status: 'rejected', message: expect.stringContaining('10000 different links') });
    expect(findings[0]).toMatchObject({ code: 'LINKS_TOO_MANY', severity: 'error' });
  });

  it('is refused when it has more dataset files than the state machine can carry the numbers of', async () => {
    const files = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`${index}.jsonl`, '[]']));
    const { report, findings } = await runInMemory(await newMemoryWorld(files), CHECK);
    expect(report).toMatchObject({ status: 'rejected', message: expect.stringContaining('30000 dataset files') });
    expect(findings).toMatchObject([{ code: 'DATASET_FILES_TOO_MANY' }]);
  });

  it.each([
    ['thousands of targets', `targets: [${'openai, '.repeat(5000)}openai]\n`, '"targets"'],
    ['thousands of hosts', `links: {hosts: [${'a.example, '.repeat(4000)}b.example]}\n`, '"links.hosts"'],
    ['more bytes than anybody needs', `# ${'x'.repeat(70_000)}\n`, 'larger than 65536 bytes'],
  ])('is refused for a job spec with %s', async (_what, text, message) => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12), 'finedrop.yaml': text });
    const { report, findings } = await runInMemory(world, CHECK);
    expect(report).toMatchObject({ status: 'rejected', message: expect.stringContaining(message) });
    expect(findings.map(({ code }) => code)).toEqual(['JOB_SPEC_INVALID']);
  });

  it('is cut into shards that one call can convert, however many files its rows name', async () => {
    const bytes = await picture('png');
    const names = Array.from({ length: 600 }, (_, index) => `${index}.png`);
    const rows = Array.from({ length: 12 }, (_, index) => `What is ${index}?,An owl.,"${names.join(',')}"`);
    const world = await newMemoryWorld({
      'train.csv': tableOf(1, { more: rows }),
      'media.zip': writeZip(names.map((name) => ({ name, bytes }))),
    });
    const shards: unknown[] = [];
    world.before = (step, event) => {
      if (step === 'convert') shards.push(event);
    };
    const { report } = await runInMemory(world, { ...CHECK, targets: ['vertex'] });
    expect(report).toMatchObject({ rows: { total: 13 }, media: { references: 7200 } });
    expect(shards).toHaveLength(2 * 3);
  });
});
