import { describe, expect, it } from 'vitest';
import type { Message } from '../../lib/domain/example.ts';
import { addAnswers, answerCounts, checkBalance } from '../../lib/pipeline/dataset-checks-answers.ts';

const answer = (text: string): Message => ({ role: 'assistant', parts: [{ text }] });

function counted(messages: readonly Message[]) {
  const counts = answerCounts();
  for (const message of messages) counts.add(message);
  return counts.all();
}

describe('answerCounts', () => {
  it('counts short answers in their order, without space around them', () => {
    expect(counted([answer('no'), answer(' yes'), answer('no ')])).toEqual([
      ['no', 2],
      ['yes', 1],
    ]);
  });

  it.each([
    ['20 answers', Array.from({ length: 20 }, (_, index) => answer(`${index}`)), true],
    ['21 answers', Array.from({ length: 21 }, (_, index) => answer(`${index}`)), false],
    ['an answer of 64 characters', [answer('a'.repeat(64))], true],
    ['an answer of 65 characters', [answer('a'.repeat(65)), answer('no')], false],
    ['a tool call', [{ ...answer(''), toolCalls: [{ id: '1', name: 'look', arguments: '{}' }] }], false],
  ])('takes %s as classes or not', (_what, messages, isFew) => {
    expect(counted(messages) !== null).toBe(isFew);
  });
});

describe('addAnswers', () => {
  it('adds what two shards have counted, whichever comes first', () => {
    const [left, right] = [counted([answer('b'), answer('a')]), counted([answer('b'), answer('c')])];
    const sum = [
      ['a', 1],
      ['b', 2],
      ['c', 1],
    ];
    expect(addAnswers(left, right)).toEqual(sum);
    expect(addAnswers(right, left)).toEqual(sum);
  });

  it('is null where one of them is, or where they are many together', () => {
    const few = (word: string) => counted(Array.from({ length: 11 }, (_, index) => answer(`${word}${index}`)));
    expect(addAnswers(null, few('a'))).toBeNull();
    expect(addAnswers(few('a'), null)).toBeNull();
    expect(addAnswers(few('a'), few('b'))).toBeNull();
    expect(addAnswers(few('a'), few('a'))).not.toBeNull();
  });
});

describe('checkBalance', () => {
  it.each([
    ['nothing of answers that are no classes', null, null],
    ['nothing of no rows', [], null],
    [
      'nothing of ten times as many',
      [
        ['no', 100],
        ['yes', 10],
      ],
      null,
    ],
    [
      'a class more than ten times as common',
      [
        ['no', 101],
        ['yes', 10],
      ],
      /101 times, "yes" 10 times$/,
    ],
    [
      'a single row of a class',
      [
        ['no', 19],
        ['yes', 1],
      ],
      /^the answers of 20 rows .* "yes" 1 time$/,
    ],
    [
      'nothing of fewer than ten rows a class',
      [
        ['no', 18],
        ['yes', 1],
      ],
      null,
    ],
    ['one answer for all', [['no', 20]], /^all 20 rows have the same answer, "no"/],
    ['nothing of one answer for a few', [['no', 19]], null],
  ] as const)('tells %s', (_what, counts, message) => {
    const issue = checkBalance(counts === null ? null : counts.map(([text, times]) => [text, times]));
    if (message === null) expect(issue).toBeNull();
    else
      expect(issue).toMatchObject({
        code: 'ANSWERS_UNEVEN',
        severity: 'info',
        message: expect.stringMatching(message),
      });
  });
});
