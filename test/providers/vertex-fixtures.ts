import type { Example, Message } from '../../lib/domain/example.ts';
import type { MediaKind } from '../../lib/domain/media.ts';
import type { Target } from '../../lib/domain/target.ts';
import type { DatasetTotals, Formatted, PreparedMedia } from '../../lib/providers/provider.ts';

export function target(changes: Partial<Target> = {}): Target {
  return {
    name: 'vertex',
    provider: 'vertex',
    model: 'gemini-3.1-flash-lite',
    hyperparameters: {},
    adapt: {},
    ...changes,
  };
}

export function example(messages: Message[], changes: Partial<Example> = {}): Example {
  return {
    id: 'e_0123456789abcdef',
    split: null,
    source: { file: 'train.csv', row: 1, line: 2 },
    messages,
    ...changes,
  };
}

export const user = (...parts: Message['parts']): Message => ({ role: 'user', parts });
export const system = (...texts: string[]): Message => ({ role: 'system', parts: texts.map((text) => ({ text })) });
export const assistant = (text: string, changes: Partial<Message> = {}): Message => ({
  role: 'assistant',
  parts: text === '' ? [] : [{ text }],
  ...changes,
});

type PreparedFile = Extract<PreparedMedia, { as: 'file' }>;
const MIME: Record<MediaKind, string> = { image: 'image/png', audio: 'audio/mpeg', document: 'application/pdf' };

/** A file whose hash is a single hex digit repeated; formatting never looks at its bytes. */
export function file(kind: MediaKind, digit: string, changes: Partial<PreparedFile> = {}): PreparedFile {
  return {
    as: 'file',
    kinds: [],
    name: `media.zip!${kind}-${digit}`,
    sha256: digit.repeat(64),
    kind,
    mime: MIME[kind],
    bytes: 1000,
    ...changes,
  };
}

export const textFile = (name: string, text: string): PreparedMedia => ({
  as: 'text',
  kinds: ['text-inlined'],
  name,
  text,
});

export function accepted(formatted: Formatted): Exclude<Formatted, { excluded: unknown }> {
  if ('excluded' in formatted) throw new Error(`excluded: ${JSON.stringify(formatted.excluded)}`);
  return formatted;
}

export function excludedCodes(formatted: Formatted): string[] {
  return 'excluded' in formatted ? formatted.excluded.map(({ code }) => code) : [];
}

export function totals(
  changes: { train?: number; validation?: number; withMedia?: number; bytes?: number } = {},
): DatasetTotals {
  const { train = 100, validation = 0, withMedia = 0, bytes = 1000 } = changes;
  return {
    rows: { train, validation, withMedia, textOnly: train + validation - withMedia },
    tokens: { train: 1000, validation: 0 },
    bytes: { train: bytes, validation: 0 },
    kinds: withMedia > 0 ? ['image'] : [],
  };
}
