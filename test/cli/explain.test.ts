import { describe, expect, it } from 'vitest';
import { explanationText } from '../../lib/cli/explain.ts';
import type { Explanation } from '../../lib/engines/local-explain.ts';
import { findingOf } from '../factories.ts';

function explanationOf(change: Partial<Explanation> = {}): Explanation {
  return {
    dataset: 'museum',
    file: 'train.csv',
    sheet: null,
    row: 3,
    line: 4,
    verdict: 'accepted',
    run: { status: 'completed', message: 'the data is ready.' },
    example: {
      id: 'e_1',
      split: null,
      source: { file: 'train.csv', row: 3, line: 4 },
      messages: [
        { role: 'user', parts: [{ text: 'What?' }, { media: 'r1' }] },
        { role: 'assistant', parts: [{ text: 'That.' }] },
      ],
    },
    media: [
      {
        part: 1,
        origin: 'archive',
        name: 'media.zip!owl.gif',
        asset: {
          sha256: 'ab'.repeat(32),
          kind: 'image',
          mime: 'image/gif',
          bytes: 1234,
          width: 4,
          height: 3,
          frames: 2,
        },
      },
    ],
    findings: [],
    targets: [targetOf()],
    ...change,
  };
}

function targetOf(change: Partial<Explanation['targets'][number]> = {}): Explanation['targets'][number] {
  return {
    name: 'openai',
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    verdict: 'accepted',
    split: 'train',
    tokens: 1286,
    bytes: 4358,
    adjustments: ['gif-to-png'],
    findings: [],
    line: { messages: [] },
    ...change,
  };
}

describe('explanationText', () => {
  it('tells the row, its files and the line of each target', () => {
    const lines = explanationText(explanationOf()).split('\n');
    expect(lines[0]).toBe('museum: train.csv, row 3 (line 4): accepted, and taken by 1 of 1 target');
    expect(lines).toContain(
      `  1. media.zip!owl.gif (archive): image/gif, 1,234 bytes, 4 x 3 pixels, 2 frames, sha256 ${'ab'.repeat(32)}`,
    );
    expect(lines).toContain(
      'openai (gpt-4o-2024-08-06): a train line of about 1,286 tokens, 4,358 bytes, adjusted: gif-to-png',
    );
    expect(lines).toContain('    "messages": []');
  });

  it('tells why a target does not take it', () => {
    const finding = findingOf({
      code: 'MODALITY_UNSUPPORTED',
      message: 'no audio',
      hint: 'Choose another.',
      target: 'openai',
    });
    const text = explanationText(
      explanationOf({ targets: [targetOf({ verdict: 'excluded', line: null, findings: [finding] }), targetOf()] }),
    );
    expect(text).toContain('taken by 1 of 2 targets');
    expect(text).toContain(
      'openai (gpt-4o-2024-08-06): excluded\n  error MODALITY_UNSUPPORTED (column files, part 2): no audio\n    Choose another.\n',
    );
  });

  it.each([
    ['rejected', 'museum: train.csv, row 3 (line 4): refused for every target; the findings say why'],
    ['replaced', 'museum: train.csv, row 3 (line 4): replaced by a row that fixes it'],
    ['unjudged', 'museum: train.csv, row 3 (line 4): not judged: a file is missing'],
  ] as const)('says what %s means', (verdict, head) => {
    const run = { status: 'waiting', message: 'a file is missing' } as const;
    const text = explanationText(explanationOf({ verdict, run, targets: [], example: null }));
    expect(text.startsWith(head)).toBe(true);
    expect(text).toContain('as read: nothing');
  });

  it('shows a stranger’s words without letting them speak to the terminal', () => {
    const sequence = '\u001b[2J';
    const text = explanationText(
      explanationOf({ file: `train${sequence}.csv`, findings: [findingOf({ message: sequence })] }),
    );
    expect(text).not.toContain('\u001b');
  });
});
