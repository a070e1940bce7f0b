import { describe, expect, it } from 'vitest';
import type { Example, Message } from '../../lib/domain/example.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { openai } from '../../lib/providers/openai/index.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';

const say = (role: Message['role'], text: string): Message => ({ role, parts: [{ text }] });
const QUESTION = say('user', 'What is it?');
const ANSWER = say('assistant', 'An owl.');

const PLAIN = [say('system', 'Be brief.'), QUESTION, ANSWER];
const SAME_ROLE = [QUESTION, say('user', 'Tell me.'), ANSWER];
const TWO_SYSTEMS = [say('system', 'Be brief.'), say('system', 'Be kind.'), QUESTION, ANSWER];
const LATE_SYSTEM = [QUESTION, say('system', 'Be brief.'), ANSWER];

/** The adjustments that a line took, or the codes for which it is left out. */
function formatted(provider: Provider, messages: Message[], adapt: Record<string, unknown>): readonly string[] {
  const model = provider.capabilities.models.find(({ isDefault }) => isDefault)?.model ?? '';
  const target = { name: 'x', provider: provider.name, model, hyperparameters: {}, adapt };
  const example: Example = { id: 'e', split: 'train', source: { file: 'chat.jsonl', row: 1, line: 1 }, messages };
  const result = provider.format(example, new Map(), {
    target,
    mediaUri: (name) => `s3://bucket/${name}`,
    countTokens: (text) => text.length,
  });
  return 'excluded' in result
    ? result.excluded.map(({ code, message }) => `${code} ${/\((\S+?)\)/.exec(message)?.[1] ?? ''}`)
    : result.adjustments;
}

describe('format: turns by level', () => {
  const TURNS = ['turns-merged'];
  const SYSTEMS = ['system-merged'];
  const MOVED = ['system-moved'];
  const off = (kinds: readonly string[]) => kinds.map((kind) => `ADAPTATION_OFF ${kind}`);

  it.each<[string, Provider, Message[], [all: string[], safe: string[], none: string[]]]>([
    ...[openai, vertex, bedrock].map((provider): [string, Provider, Message[], [string[], string[], string[]]] => [
      'a plain chat',
      provider,
      PLAIN,
      [[], [], []],
    ]),
    ...[vertex, bedrock].flatMap((provider): [string, Provider, Message[], [string[], string[], string[]]][] => [
      ['two turns of the user', provider, SAME_ROLE, [TURNS, TURNS, off(TURNS)]],
      ['two system messages', provider, TWO_SYSTEMS, [SYSTEMS, SYSTEMS, off(SYSTEMS)]],
    ]),
    // What a system message says in the midst would hold from the beginning: that is another chat.
    ['a late system message', vertex, LATE_SYSTEM, [MOVED, off(MOVED), off(MOVED)]],
    ['a late system message', bedrock, LATE_SYSTEM, [MOVED, off(MOVED), off(MOVED)]],
    ['two turns of the user, which it takes', openai, SAME_ROLE, [[], [], []]],
    ['two system messages, which it takes', openai, TWO_SYSTEMS, [[], [], []]],
    ['a late system message, which it takes', openai, LATE_SYSTEM, [[], [], []]],
  ])('%s', (_what, provider, messages, [all, safe, none]) => {
    expect(formatted(provider, messages, {})).toEqual(all);
    expect(formatted(provider, messages, { level: 'safe' })).toEqual(safe);
    expect(formatted(provider, messages, { level: 'none' })).toEqual(none);
  });

  it('rewrites reserved words when asked to, at any level', () => {
    const messages = [say('user', 'User: hello'), ANSWER];
    const rewritten = ['reserved-words-rewritten'];
    expect(formatted(bedrock, messages, { reservedWords: 'rewrite', level: 'none' })).toEqual(rewritten);
    expect(formatted(bedrock, messages, {})).toEqual([expect.stringMatching(/^RESERVED_WORD/)]);
  });
});
