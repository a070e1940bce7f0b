import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleSchema } from '../../lib/domain/example.ts';
import { findingSchema } from '../../lib/domain/finding.ts';
import { mediaReferenceSchema } from '../../lib/domain/media.ts';
import { readChat } from '../../lib/rows/chat.ts';
import { ROW_CODES } from '../../lib/rows/codes.ts';
import type { ReadRow } from '../../lib/rows/table.ts';
import { archiveOf, contextOf, readRow, TINY_PNG_URI } from './row-factories.ts';

const CONTEXT = contextOf(archiveOf(['0.png', 'a, b.png', 'clip/1.png', 'clip/2.png']));

/** What holds of every row, whatever it was read from. */
function expectSound(row: ReadRow): void {
  const errors = row.findings.filter((finding) => finding.severity === 'error');
  expect(row.example === null).toBe(errors.length > 0);
  for (const finding of row.findings) {
    findingSchema.parse(finding);
    expect(ROW_CODES).toHaveProperty(finding.code, expect.objectContaining({ severity: finding.severity }));
  }
  for (const reference of row.references) mediaReferenceSchema.parse(reference);
  if (row.example === null) return;
  const { messages } = exampleSchema.parse(row.example);
  const named = messages.flatMap(({ parts }) => parts.flatMap((part) => ('media' in part ? [part.media] : [])));
  expect(named).toEqual(row.references.map(({ id }) => id));
  expect(messages.at(-1)?.role).toBe('assistant');
}

const word = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'hi',
    '0.png',
    'clip/',
    '7.png',
    'a, b.png',
    'clip.mp4',
    'https://x.com/1?a=1,2',
    's3://b/k',
  ),
  fc.constantFrom(
    TINY_PNG_URI,
    'data:',
    'data:image/png;base64,A',
    'train',
    '__proto__',
    'a\0',
    '\ud800',
    '\u0007',
    '"',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

describe('readTableRow, given anything', () => {
  it('gives a valid example or at least one error', () => {
    const header = 'prompt,completion,files,system,split,finedrop_fixes,finedrop_rest';
    const cells = fc.tuple(
      word,
      word,
      fc.array(word, { maxLength: 4 }).map((list) => list.join(',')),
      word,
      word,
      word,
    );
    fc.assert(
      fc.property(cells, fc.array(fc.constantFrom('', 'x'), { maxLength: 2 }), (first, rest) => {
        expectSound(readRow([...first, ...rest], CONTEXT, header));
      }),
      { seed: 42, numRuns: 1000 },
    );
  });
});

describe('readChat, given anything', () => {
  const key = fc.constantFrom(
    ...['role', 'content', 'type', 'text', 'image_url', 'url', 'file', 'file_data', 'detail', 'tool_calls', 'function'],
    ...[
      'id',
      'name',
      'arguments',
      'tool_call_id',
      'weight',
      'messages',
      'tools',
      '__proto__',
      'example',
      'split',
      'raw',
    ],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      word,
      fc.constantFrom(null, 0, 1, true, 'user', 'assistant', 'image_url', 'text', 'function'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
  }));

  it('gives a valid example or at least one error', () => {
    fc.assert(
      fc.property(value, (anything) => {
        expectSound(readChat(anything, { row: 1, line: 1, faults: [] }, CONTEXT));
      }),
      { seed: 42, numRuns: 2000 },
    );
  });

  it('does so for almost right chats, too', () => {
    const part = fc.oneof(
      word.map((text) => ({ type: 'text', text })),
      word.map((url) => ({ type: 'image_url', image_url: { url } })),
      value,
    );
    const message = fc.record({
      role: fc.constantFrom('user', 'assistant', 'system', 'tool', 'user', 'assistant'),
      content: fc.oneof(word, fc.array(part, { maxLength: 4 })),
    });
    const chat = fc.tuple(fc.array(message, { maxLength: 3 }), fc.constantFrom('yes', '', 'an owl'));
    let accepted = 0;
    fc.assert(
      fc.property(chat, ([messages, content]) => {
        const row = readChat([...messages, { role: 'assistant', content }], { row: 1, faults: [] }, CONTEXT);
        expectSound(row);
        if (row.example) accepted += 1;
      }),
      { seed: 42, numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe('ROW_CODES', () => {
  it('holds every code that the reader of data URIs gives', () => {
    const source = readFileSync(new URL('../../lib/formats/data-uri.ts', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/code: '(DATA_URI_\w+)'/g)].map((match) => match[1] ?? '');
    expect(codes.length).toBeGreaterThan(5);
    for (const code of codes) expect(ROW_CODES).toHaveProperty(code);
  });
});
