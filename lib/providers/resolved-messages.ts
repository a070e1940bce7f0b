import type { Example, Message } from '../domain/example.ts';
import type { PreparedFile, PreparedMedia } from './provider.ts';

export type { PreparedFile } from './provider.ts';

/** A message part with its reference looked up: a `.txt` file has become text, everything else is a file. */
export type ResolvedPart = { text: string } | { file: PreparedFile; detail?: 'auto' | 'low' | 'high' };

export interface ResolvedMessage extends Omit<Message, 'parts'> {
  parts: ResolvedPart[];
}

/** Puts the prepared media in the place of their references. Throws when one is missing: that is a fault of the pipeline, not of the row. */
export function resolveMessages(example: Example, media: ReadonlyMap<string, PreparedMedia>): ResolvedMessage[] {
  return example.messages.map((message) => ({
    ...message,
    parts: message.parts.flatMap((part): ResolvedPart[] => {
      if ('text' in part) return [part];
      const prepared = media.get(part.media);
      if (prepared === undefined) {
        throw new Error(`[provider] the media "${part.media}" of the example ${example.id} was not prepared.`);
      }
      if (prepared.as === 'text') return [{ text: inlineText(prepared.name, prepared.text) }];
      const detail = part.detail === undefined ? {} : { detail: part.detail };
      const files = prepared.as === 'files' ? prepared.files : [prepared];
      return files.map((file) => ({ file, ...detail }));
    }),
  }));
}

/** The texts of a message's parts, in order. */
export function textsOf({ parts }: ResolvedMessage): string[] {
  return parts.flatMap((part) => ('text' in part ? [part.text] : []));
}

/** The files of a message's parts, in order. */
export function filesOf({ parts }: ResolvedMessage): PreparedFile[] {
  return parts.flatMap((part) => ('file' in part ? [part.file] : []));
}

/** The first line names the file, so that a prompt can speak of it. */
function inlineText(name: string, text: string): string {
  return `File "${titleOf(name)}":\n${text}`;
}

/** The file's own name: where it lay (an archive, a host) must not change what the model reads. */
function titleOf(name: string): string {
  if (name.startsWith('data:')) return 'text';
  const path = /^[a-z][a-z0-9+.-]*:\/\//i.test(name) ? name.replace(/[?#].*$/s, '') : name;
  return path.split(/[!/\\]/).at(-1) || 'text';
}
