import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../lib/domain/example.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import {
  accepted,
  assistant,
  example,
  excludedCodes,
  options,
  system,
  textFile,
  user,
  weatherTool,
} from './bedrock-fixtures.ts';

const { format } = bedrock;
const none = new Map<string, PreparedMedia>();
const question = user({ text: 'Hoo?' });
const answer = assistant('An owl.');

function formatChat(...messages: Message[]) {
  return format(example(messages), none, options());
}

const WORDS = ['User:', 'Bot:', 'Assistant:', 'System:', '<image>', '<video>', '[EOS]', 'Thought:', '<unk>'];

describe('reserved words', () => {
  it.each([...WORDS, 'USER:', 'the operating system: Linux', 'a robot:', 'endUser:', '<Image>', '[eos]', '<un\u212a>'])(
    'refuse a row for "%s", wherever it stands',
    (text) => {
      const places = [
        [user({ text }), answer],
        [question, assistant(text)],
        [system(text), question, answer],
      ];
      for (const messages of places) expect(excludedCodes(formatChat(...messages))).toEqual(['RESERVED_WORD']);
      const inlined = new Map([['a', textFile('notes.txt', `One.\n${text}`)]]);
      expect(excludedCodes(format(example([user({ media: 'a' }), answer]), inlined, options()))).toEqual([
        'RESERVED_WORD',
      ]);
      const tools = [{ ...weatherTool, description: text }];
      expect(excludedCodes(format(example([question, answer], { tools }), none, options()))).toEqual(['RESERVED_WORD']);
    },
  );

  it.each(['User', 'user :', '< image >', 'EOS', 'thoughts', '[EOS', 'image>'])('do not mean "%s"', (text) => {
    expect(excludedCodes(formatChat(user({ text }), answer))).toEqual([]);
  });

  it('are told with the place and what to write instead', () => {
    expect(formatChat(question, assistant('Answer of the Robot: yes'))).toMatchObject({
      excluded: [
        {
          message: expect.stringMatching(/^message 2 \(assistant\) contains "bot:"/),
          hint: expect.stringMatching(/^Write "bot -" instead, or set adapt: \{reservedWords: rewrite\}/),
        },
      ],
    });
  });

  it('are gone after a rewrite, and nothing else is', () => {
    const word = fc.constantFrom(...WORDS, 'user:', '[eos]', 'us', 'er:', '<', 'image>', ' ', 'x', '[', 'EOS]', 'bot');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
        const text = words.join('');
        const rewritten = accepted(
          format(example([user({ text: `.${text}` }), answer]), none, options({ adapt: { reservedWords: 'rewrite' } })),
        );
        const isReserved = WORDS.some((reserved) => text.toLowerCase().includes(reserved.toLowerCase()));
        expect(rewritten.adjustments).toEqual(isReserved ? ['reserved-words-rewritten'] : []);
        const said: string = JSON.parse(rewritten.line.join('')).messages[0].content[0].text;
        expect(WORDS.filter((reserved) => said.toLowerCase().includes(reserved.toLowerCase()))).toEqual([]);
        if (!isReserved) expect(said).toBe(`.${text}`);
      }),
      { seed: 42 },
    );
  });
});
