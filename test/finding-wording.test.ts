import { describe, expect, it } from 'vitest';
import { readFindingLiterals, type Wording } from './finding-literals.ts';

/** Names begin with a capital letter wherever they stand. */
const NAMES = /^(?:AWS|Bedrock|Excel|Google|JSON|MP3|Nova|OpenAI|PDF|SVG|UTF-8|Vertex AI|ZIP)\b/;

// Simulators speak the providers' language; what the domain says is a part of others' sentences.
const { messages, hints } = readFindingLiterals('lib', /^(?:local|domain)\//);

describe('what findings say', () => {
  it('is found in the sources', () => {
    expect(messages.length).toBeGreaterThan(100);
    expect(hints.length).toBeGreaterThan(100);
  });

  it('begins in lower case, and ends without a full stop: other words may stand around a message', () => {
    const isSentence = ({ head, tail }: Wording) => (/^[A-Z]/.test(head) && !NAMES.test(head)) || /[^.]\.$/.test(tail);
    expect(messages.filter(isSentence)).toEqual([]);
  });

  it('hints in sentences; only an example may stand at their end without a full stop', () => {
    const isExample = /: \S|^Write [[{].*[\]}]$/;
    const isNone = ({ text, head, tail }: Wording) =>
      !/^$|^["A-Z]/.test(head) || !(/^$|[.?!]$/.test(tail) || isExample.test(text));
    expect(hints.filter(isNone)).toEqual([]);
  });
});
