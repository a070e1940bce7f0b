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
});
