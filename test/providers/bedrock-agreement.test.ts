import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Example, Message } from '../../lib/domain/example.ts';
import { readRow } from '../../lib/local/simulators/bedrock/check-row.ts';
import { MODELS } from '../../lib/local/simulators/bedrock/rules.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import { example, excludedCodes, image, NOVA_2_LITE, NOVA_LITE, NOVA_MICRO, options, pdf } from './bedrock-fixtures.ts';

const BUCKET = 'fine-bucket';

const FILES: ReadonlyMap<string, PreparedMedia> = new Map<string, PreparedMedia>([
  ['png', image('a')],
  ['gif', image('b', { mime: 'image/gif', width: 8000, height: 25 })],
  ['webp', image('c', { mime: 'image/webp' })],
  ['large', image('d', { width: 8001 })],
  ['pdf', pdf('e')],
  ['long', pdf('f', { pages: 140 })],
]);

const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', ' ', 'User: hi', 'x'.repeat(33_000), 'x'.repeat(100_000), '訓'.repeat(33_000)),
  },
);
const part = fc.oneof(
  { weight: 5, arbitrary: fc.record({ text }) },
  { weight: 1, arbitrary: fc.record({ media: fc.constantFrom(...FILES.keys()) }) },
);
const toolCalls = fc.array(
  fc.record({
    id: fc.constantFrom('c1', 'c2', 'c 3'),
    name: fc.constantFrom('look', 'see'),
    arguments: fc.constantFrom('{}', '', '{"a":{"b":1}}'),
  }),
  { maxLength: 2 },
);
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), parts: fc.array(part, { maxLength: 3 }) }),
  fc.record({ role: fc.constant('assistant'), parts: fc.array(fc.record({ text }), { maxLength: 1 }), toolCalls }),
  fc.record({
    role: fc.constant('tool'),
    parts: fc.array(fc.record({ text })),
    toolCallId: fc.constantFrom('c1', 'c2'),
  }),
);
const tools = fc.option(
  fc.array(fc.record({ name: fc.constantFrom('look', 'see', 'a b'), description: fc.constantFrom('', ' ', 'Looks') }), {
    maxLength: 2,
  }),
  { nil: undefined },
);
const question: Message = { role: 'user', parts: [{ text: 'Which?' }] };
const answer: Message = { role: 'assistant', parts: [{ text: 'That.' }] };
const chat: fc.Arbitrary<Example> = fc
  .tuple(fc.array(message, { maxLength: 5 }), tools, fc.boolean())
  .map(([said, given, isFramed]) =>
    example(isFramed ? [question, ...said, answer] : [...said, answer], given === undefined ? {} : { tools: given }),
  );

/** What the simulator says of a line; null = it takes it. */
function simulatedFault(line: string, model: string): string | null {
  const rules = MODELS.get(model);
  if (rules === undefined) throw new Error(`the simulator does not know ${model}`);
  return readRow(JSON.parse(line), { rules, bucket: BUCKET }).fault;
}

describe('the simulator, which has rules of its own,', () => {
  it.each([NOVA_LITE, NOVA_2_LITE, NOVA_MICRO])('takes every line that was written for %s', (model) => {
    let accepted = 0;
    fc.assert(
      fc.property(chat, (one) => {
        const formatted = bedrock.format(one, FILES, options({ model }));
        if ('excluded' in formatted) return;
        accepted += 1;
        expect(simulatedFault(formatted.line.join(''), model)).toBeNull();
      }),
      { seed: 42, numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it('knows the models that are offered, their rows and whether they take validation data', () => {
    const offered = bedrock.capabilities.models.map(({ model, minRows, validation, mimeTypes }) => ({
      model,
      minimumRows: minRows.otherwise?.value ?? minRows.value,
      validationData: validation.value,
      types: (mimeTypes.otherwise ?? mimeTypes).value.length,
    }));
    const known = [...MODELS].map(([model, { minimumRows, validationData, images, documents }]) => ({
      model,
      minimumRows,
      validationData,
      types: images.length + documents.length,
    }));
    const byName = (one: { model: string }, other: { model: string }) => (one.model < other.model ? -1 : 1);
    expect(known.toSorted(byName)).toEqual(offered.toSorted(byName));
  });

  it('fails no row for its tokens that is not excluded', () => {
    const spoken = (characters: number) =>
      bedrock.format(example([{ role: 'user', parts: [{ text: 'x'.repeat(characters) }] }, answer]), FILES, options());
    const most = spoken(191_994);
    expect('excluded' in most ? '' : simulatedFault(most.line.join(''), NOVA_LITE)).toBeNull();
    expect(excludedCodes(spoken(191_995))).toEqual(['TOKENS_OVER_LIMIT']);
  });
});
