import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../lib/domain/example.ts';
import { readLineContent } from '../../lib/local/simulators/vertex/check-line.ts';
import { format } from '../../lib/providers/vertex/format.ts';
import { estimateTextTokens } from '../../lib/providers/vertex/tokens.ts';
import { assistant, example, file, target, user } from './vertex-fixtures.ts';

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

describe('any chat', () => {
  const text = fc.record({ text: fc.string({ unit: 'binary', maxLength: 20 }) });
  const media = fc.record({ media: fc.constantFrom('image', 'audio', 'document') });
  const toolCall = fc.record({
    id: fc.constantFrom('1', '2'),
    name: fc.constantFrom('find', 'find', 'a.b-c', '__proto__', 'no name'),
    arguments: fc.constantFrom('{}', '{}', '{"__proto__":{"x":[null]}}', '[]', '{'),
  });
  const message: fc.Arbitrary<Message> = fc.oneof(
    fc.record({ role: fc.constant('system' as const), parts: fc.array(text, { maxLength: 2 }) }),
    fc.record({ role: fc.constant('user' as const), parts: fc.array(fc.oneof(text, media), { maxLength: 3 }) }),
    fc.record({ role: fc.constant('assistant' as const), parts: fc.array(text, { maxLength: 2 }) }),
    fc.record({
      role: fc.constant('assistant' as const),
      parts: fc.array(text, { maxLength: 1 }),
      toolCalls: fc.array(toolCall, { maxLength: 2 }),
    }),
    fc.record({
      role: fc.constant('tool' as const),
      parts: fc.array(text, { maxLength: 2 }),
      toolCallId: fc.constantFrom('1', '2', '3'),
    }),
  );
  const media3 = new Map(
    (['image', 'audio', 'document'] as const).map((kind) => [
      kind as string,
      file(kind, 'a', { seconds: 1, pages: 2 }),
    ]),
  );

  it('is left out, or gives a line that the simulator takes', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(message, { maxLength: 3 }), fc.boolean(), (between, isWhole) => {
        const [asked, answered] = [user({ text: 'Which?' }), assistant('This.')];
        const messages = isWhole ? [asked, ...between, answered] : between;
        const options = {
          target: target(),
          countTokens: estimateTextTokens,
          mediaUri: (name: string) => `gs://b/${name}`,
        };
        const formatted = format(example(messages), media3, options);
        if ('excluded' in formatted) {
          expect(formatted.excluded.length).toBeGreaterThan(0);
          return;
        }
        taken += 1;
        const content = readLineContent(JSON.parse(formatted.line.join('')), 3);
        expect(content).toBeTypeOf('object');
        expect(formatted.tokensAtMost).toBeGreaterThanOrEqual(formatted.tokens);
      }),
      { seed: 7, numRuns: 1500 },
    );
    expect(taken).toBeGreaterThan(30);
  });
});
