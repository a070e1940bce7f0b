import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLAYED_PAGES, playedPage } from '../docs/played-page.ts';

describe('playedPage', () => {
  it.each(PLAYED_PAGES)('docs/%s shows what its commands print', async (name) => {
    const text = await readFile(join('docs', name), 'utf8');
    expect(await playedPage(text)).toBe(text);
  });
});
