import { describe, expect, it } from 'vitest';
import { runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const PAGE =
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n';

/** Two of twenty rows hold a document, which OpenAI cannot take and Gemini can. */
async function runWith(spec: string) {
  const drop = await workspace.drop('museum', {
    'train.csv': csv([
      HEADER,
      ...plainRows(18),
      ['What is this?', 'A leaflet.', 'page.pdf'],
      ['And this?', 'The same.', 'page.pdf'],
    ]),
    'page.pdf': PAGE,
    'finedrop.yaml': spec,
  });
  return runSound({ command: 'check', paths: [drop], out: await workspace.folder('out') });
}

describe('maxExcluded', () => {
  it.each([
    ['two are allowed', 'targets: [openai, vertex]\npolicy: {maxExcluded: 2}', 'accepted', 0],
    ['one is allowed', 'targets: [openai, vertex]\npolicy: {maxExcluded: 1}', 'refused', 2],
    ['a tenth is allowed', 'targets: [openai, vertex]\npolicy: {maxExcluded: "10%"}', 'accepted', 0],
    ['less than a tenth is allowed', 'targets: [openai, vertex]\npolicy: {maxExcluded: "9.9%"}', 'refused', 2],
    ['nothing is said', 'targets: [openai, vertex]', 'accepted', 0],
    [
      'the target allows more than the drop',
      'targets: [{provider: openai, maxExcluded: 2}, vertex]\npolicy: {maxExcluded: 0}',
      'accepted',
      0,
    ],
  ])('of OpenAI where %s', async (_what, spec, status, exit) => {
    const result = await runWith(spec);
    const [openai, vertex] = result.report.targets;
    expect({ exit: result.exit, openai: openai?.status, vertex: vertex?.status }).toEqual({
      exit,
      openai: status,
      vertex: 'accepted',
    });
    if (status === 'refused')
      expect(openai?.message).toMatch(/^2 of 20 rows cannot be taken, and maxExcluded is .*raise maxExcluded/);
  });
});
