import type { ResolvedMessage, ResolvedPart } from '../resolved-messages.ts';
import { type JsonObject, readArguments } from './tools.ts';

/** A content block before its file has a URI. */
export type Block =
  | ResolvedPart
  | { toolUse: { toolUseId: string; name: string; input: JsonObject } }
  | { toolResult: { toolUseId: string; content: { text: string }[] } };

export interface Turn {
  role: 'user' | 'assistant';
  blocks: Block[];
}

export interface Conversation {
  system: string[];
  turns: Turn[];
  adjustments: string[];
}

/**
 * A chat as Nova takes it: system texts apart, turns that alternate. Turns of one role that follow each other become one, since
 * Bedrock refuses them; several results of one assistant turn belong into one turn anyway and are no adjustment.
 */
export function toConversation(messages: readonly ResolvedMessage[]): Conversation {
  const adjustments = new Set<string>();
  const turns: Turn[] = [];
  let before: ResolvedMessage | undefined;
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const last = turns.at(-1);
    if (last?.role === role) {
      last.blocks.push(...blocksOf(message));
      if (!(before?.role === 'tool' && message.role === 'tool')) adjustments.add('turns-merged');
    } else {
      turns.push({ role, blocks: blocksOf(message) });
    }
    before = message;
  }
  for (const kind of systemChanges(messages)) adjustments.add(kind);
  return { system: systemTexts(messages), turns: turns.map(withoutEmptyTexts), adjustments: [...adjustments] };
}

function systemChanges(messages: readonly ResolvedMessage[]): string[] {
  const places = messages.flatMap(({ role }, index) => (role === 'system' ? [index] : []));
  const isMoved = places.some((place, index) => place > index);
  return [...(places.length > 1 ? ['system-merged'] : []), ...(isMoved ? ['system-moved'] : [])];
}

function systemTexts(messages: readonly ResolvedMessage[]): string[] {
  const parts = messages.flatMap(({ role, parts }) => (role === 'system' ? parts : []));
  return parts.flatMap((part) => ('text' in part && part.text !== '' ? [part.text] : []));
}

function blocksOf({ role, parts, toolCalls, toolCallId }: ResolvedMessage): Block[] {
  if (role === 'tool') {
    const content = parts.flatMap((part) => ('text' in part ? [{ text: part.text }] : []));
    return [{ toolResult: { toolUseId: toolCallId ?? '', content: content.length > 0 ? content : [{ text: '' }] } }];
  }
  const calls = role === 'assistant' ? (toolCalls ?? []) : [];
  const uses = calls.map(({ id, name, arguments: text }) => ({
    toolUse: { toolUseId: id, name, input: readArguments(text) ?? {} },
  }));
  return [...parts, ...uses];
}

/** An empty text says nothing and is refused by Bedrock where it stands alone. */
function withoutEmptyTexts({ role, blocks }: Turn): Turn {
  return { role, blocks: blocks.filter((block) => !('text' in block && block.text === '')) };
}
