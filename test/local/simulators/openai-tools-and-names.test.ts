import { describe, expect, it } from 'vitest';
import { readExample } from '../../../lib/local/simulators/openai/check-example.ts';

const USER = { role: 'user', content: 'hi' };
const ANSWER = { role: 'assistant', content: 'ho' };
const call = (name: string, given = '{}') => ({ id: 'c1', type: 'function', function: { name, arguments: given } });
const calling = (name: string, given?: string) => ({ role: 'assistant', tool_calls: [call(name, given)] });
const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } });
const many = (count: number) => Array.from({ length: count }, (_, index) => tool(`tool_${index}`));
const functions = (count: number) => many(count).map(({ function: declared }) => declared);

describe('readExample', () => {
  it.each<[string, object, object, string]>([
    [
      'names of 64 characters',
      { messages: [{ ...USER, name: 'a'.repeat(64) }, ANSWER] },
      { messages: [{ ...USER, name: 'a'.repeat(65) }, ANSWER] },
      'does not match the pattern',
    ],
    [
      'names without spaces',
      { messages: [USER, { ...ANSWER, name: 'the-owl_1' }] },
      { messages: [USER, { ...ANSWER, name: 'the owl' }] },
      'does not match the pattern',
    ],
    [
      'function names of 64 characters',
      { messages: [USER, calling('f'.repeat(64))] },
      { messages: [USER, calling('f'.repeat(65))] },
      'without a function name',
    ],
    [
      '128 tools',
      { messages: [USER, ANSWER], tools: many(128) },
      { messages: [USER, ANSWER], tools: many(129) },
      'has 129 tools, at most 128',
    ],
    [
      '128 functions of the old form',
      { messages: [USER, ANSWER], functions: functions(128) },
      { messages: [USER, ANSWER], functions: functions(129) },
      'functions that are not a list of 1 to 128',
    ],
    [
      'one function of the old form',
      { messages: [USER, ANSWER], functions: functions(1) },
      { messages: [USER, ANSWER], functions: [] },
      'functions that are not a list of 1 to 128',
    ],
    [
      'arguments without control tokens',
      { messages: [USER, calling('f', '"<| end |>"')] },
      { messages: [USER, calling('f', '"<|end|>"')] },
      'invalid token: <|end|>',
    ],
    [
      'descriptions without control tokens',
      { messages: [USER, ANSWER], tools: [tool('f', { description: '<end>' })] },
      { messages: [USER, ANSWER], tools: [tool('f', { description: '<|end|>' })] },
      'invalid token: <|end|>',
    ],
    [
      'names of old functions’ answers',
      { messages: [USER, { role: 'function', name: 'f', content: null }, ANSWER] },
      { messages: [USER, { role: 'function', content: null }, ANSWER] },
      'has no name',
    ],
  ])('takes %s, and no others', (_what, sound, broken, fault) => {
    expect(readExample({ ...sound }).fault).toBeNull();
    expect(readExample({ ...broken }).fault).toContain(fault);
  });
});
