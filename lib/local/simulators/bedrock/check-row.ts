import { isObject, type JsonObject, own, unknownKey } from '../json-value.ts';
import { type BlockReading, checkText, readBlock } from './check-blocks.ts';
import type { MediaReference } from './check-media.ts';
import { checkToolUse, readToolNames } from './check-tools.ts';
import { CHARACTERS_PER_TOKEN, MAXIMUM_IMAGES, MAXIMUM_TOKENS, type ModelRules, TOKENS_PER_IMAGE } from './rules.ts';

/** A sound row's media, or what is wrong with the row. */
export type RowReading = { fault: string } | { fault: null; media: MediaReference[] };

/** Checks one row of `bedrock-conversation-2024` but for the objects it names; `bucket` holds the training file. */
export function readRow(row: JsonObject, options: { rules: ModelRules; bucket: string }): RowReading {
  const stray = unknownKey(row, ['schemaVersion', 'system', 'messages', 'toolConfig']);
  if (stray !== null) return { fault: `unknown key "${stray}"` };
  const version = own(row, 'schemaVersion');
  if (version !== undefined && typeof version !== 'string') return { fault: 'schemaVersion is not a string' };
  const systemFault = checkSystem(own(row, 'system'));
  if (systemFault !== null) return { fault: systemFault };
  const messages = own(row, 'messages');
  if (!Array.isArray(messages) || messages.length < 2) return { fault: 'messages must have two turns at least' };
  const blocks: BlockReading[] = [];
  for (const [index, message] of messages.entries()) {
    const fault = readMessage(message, index, { ...options, blocks });
    if (fault !== null) return { fault: `messages[${index}]: ${fault}` };
  }
  if (messages.length % 2 === 1) return { fault: "the last turn must be the assistant's" };
  const toolFault = checkTools(own(row, 'toolConfig'), messages);
  return toolFault === null ? readTotals(blocks) : { fault: toolFault };
}

function checkSystem(system: unknown): string | null {
  if (system === undefined) return null;
  if (!Array.isArray(system)) return 'system must be a list of texts';
  for (const block of system) {
    if (!isObject(block) || Object.keys(block).length !== 1) return 'system must be a list of texts';
    const fault = checkText(own(block, 'text'));
    if (fault !== null) return `system: ${fault}`;
  }
  return null;
}

function readMessage(
  message: unknown,
  index: number,
  { blocks, ...options }: { rules: ModelRules; bucket: string; blocks: BlockReading[] },
): string | null {
  if (!isObject(message) || unknownKey(message, ['role', 'content']) !== null) return 'must have role and content only';
  const role = index % 2 === 0 ? 'user' : 'assistant';
  if (own(message, 'role') !== role) return `the role must be "${role}": turns alternate and begin with the user`;
  const content = own(message, 'content');
  if (!Array.isArray(content) || content.length === 0) return 'content must be a list of blocks';
  const turn = content.map((block) => readBlock(block, role, options));
  const faulty = turn.find((block) => block.fault !== null);
  if (faulty !== undefined) return faulty.fault;
  if (isEmptyText(turn)) return 'the text is empty';
  const images = turn.filter((block) => block.kind === 'image').length;
  if (images > MAXIMUM_IMAGES) return `${images} images, at most ${MAXIMUM_IMAGES} are allowed`;
  if (!turn.some((block) => block.kind !== 'reasoningContent')) return 'content has nothing but reasoning';
  blocks.push(...turn);
  return null;
}

/** Beside media or reasoning a text may be empty; beside tools, or alone, it may not. */
function isEmptyText(turn: BlockReading[]): boolean {
  const texts = turn.filter((block) => block.kind === 'text');
  if (texts.length === 0 || texts.some((block) => block.characters > 0)) return false;
  return turn.every((block) => ['text', 'toolUse', 'toolResult'].includes(block.kind));
}

function checkTools(config: unknown, messages: unknown[]): string | null {
  if (config === undefined) return null;
  const tools = readToolNames(config);
  return typeof tools === 'string' ? tools : checkToolUse(tools, messages);
}

function readTotals(blocks: BlockReading[]): RowReading {
  const count = (kind: string) => blocks.filter((block) => block.kind === kind).length;
  const [images, videos, documents] = [count('image'), count('video'), count('document')];
  if (videos > 1 || documents > 1) return { fault: 'more than one video or document' };
  if (Math.sign(images) + videos + documents > 1) return { fault: 'images, videos and documents must not be mixed' };
  const characters = blocks.reduce((sum, block) => sum + block.characters, 0);
  const tokens = Math.floor(characters / CHARACTERS_PER_TOKEN) + images * TOKENS_PER_IMAGE;
  if (tokens > MAXIMUM_TOKENS)
    return { fault: `Maximum input token count ${tokens} exceeds limit of ${MAXIMUM_TOKENS}` };
  return { fault: null, media: blocks.flatMap((block) => (block.media === null ? [] : [block.media])) };
}
