import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedDocs } from '../docs/generated.ts';

describe('generatedDocs', async () => {
  it.each([...(await generatedDocs())])('docs/%s is what npm run docs would write', async (name, text) => {
    expect(await readFile(join('docs', name), 'utf8')).toBe(text);
  });
});
