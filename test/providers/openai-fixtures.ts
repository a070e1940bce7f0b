import { createHash } from 'node:crypto';
import type { Example, Message } from '../../lib/domain/example.ts';
import type { Target } from '../../lib/domain/target.ts';
import type { DatasetTotals, Formatted, LineSegment, PreparedMedia } from '../../lib/providers/provider.ts';

export function target(changes: Partial<Target> = {}): Target {
  return { name: 'openai', provider: 'openai', model: 'gpt-4o-2024-08-06', hyperparameters: {}, adapt: {}, ...changes };
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
export const assistant = (text: string, changes: Partial<Message> = {}): Message => ({
  role: 'assistant',
  parts: [{ text }],
  ...changes,
});

/** Bytes that stand for an image file; formatting never looks inside. */
export const IMAGES = { owl: Buffer.from('the bytes of owl.png'), heron: Buffer.from('the bytes of heron.jpg') };

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function image(name: keyof typeof IMAGES, changes: Partial<Extract<PreparedMedia, { as: 'file' }>> = {}) {
  const bytes = IMAGES[name];
  return {
    as: 'file',
    kinds: [],
    name: `media.zip!${name}`,
    sha256: sha256(bytes),
    kind: 'image',
    mime: name === 'owl' ? 'image/png' : 'image/jpeg',
    bytes: bytes.length,
    width: 64,
    height: 48,
    ...changes,
  } as const satisfies PreparedMedia;
}

export const textFile = (name: string, text: string): PreparedMedia => ({
  as: 'text',
  kinds: ['text-inlined'],
  name,
  text,
});

/** The line as a file would hold it: every hole filled with the base64 of the image of that hash. */
export function render(segments: readonly LineSegment[]): string {
  const bytesOf = new Map(Object.values(IMAGES).map((bytes) => [sha256(bytes), bytes]));
  return segments
    .map((segment) =>
      typeof segment === 'string' ? segment : (bytesOf.get(segment.base64)?.toString('base64') ?? '?'),
    )
    .join('');
}

export function accepted(formatted: Formatted): Exclude<Formatted, { excluded: unknown }> {
  if ('excluded' in formatted) throw new Error(`excluded: ${JSON.stringify(formatted.excluded)}`);
  return formatted;
}

export function excludedCodes(formatted: Formatted): string[] {
  return 'excluded' in formatted ? formatted.excluded.map(({ code }) => code) : [];
}

export function totals(changes: { train?: number; withMedia?: number; bytes?: number } = {}): DatasetTotals {
  const { train = 100, withMedia = 0, bytes = 1000 } = changes;
  return {
    rows: { train, validation: 0, withMedia, textOnly: train - withMedia },
    tokens: { train: 1000, validation: 0 },
    bytes: { train: bytes, validation: 0 },
    kinds: withMedia > 0 ? ['image'] : [],
  };
}
