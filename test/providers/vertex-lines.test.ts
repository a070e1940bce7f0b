import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readLineContent } from '../../lib/local/simulators/vertex/check-line.ts';

const folder = new URL('golden/vertex/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
const lineOf = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

describe('the golden lines before the simulator, whose rules are its own', () => {
  it('are all there', () => {
    expect(names.length).toBeGreaterThan(8);
  });

  it.each(names)('%s is taken for Gemini 3', (name) => {
    expect(readLineContent(lineOf(name), 3)).toMatchObject({ contents: lineOf(name).contents });
  });

  it.each(names)('%s is taken for Gemini 2.5, unless it asks for what came with Gemini 3', (name) => {
    const content = readLineContent(lineOf(name), 2);
    if (name.includes('ultra-high')) expect(content).toContain('does not support');
    else expect(content).toMatchObject({ contents: lineOf(name).contents });
  });
});
