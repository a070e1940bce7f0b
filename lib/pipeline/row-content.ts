import { hashOf } from '../domain/canonical.ts';
import type { Split } from '../domain/example.ts';
import type { AcceptedRow } from './accept-rows.ts';

/** What a row is, whatever its files are called and wherever they lie: a hash over its words, its files' bytes, and a side where one is given. */
export function rowContent({ example, media }: Pick<AcceptedRow, 'example' | 'media'>, split?: Split): string {
  const sha256 = new Map(media.map(({ reference, asset }) => [reference.id, asset.sha256]));
  const messages = example.messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => ('media' in part ? { ...part, media: sha256.get(part.media) ?? '' } : part)),
  }));
  return hashOf({ messages, tools: example.tools ?? null, ...(split === undefined ? {} : { split }) });
}
