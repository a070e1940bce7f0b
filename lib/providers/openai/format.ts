import type { Example, Tool } from '../../domain/example.ts';
import type { FormatOptions, Formatted, PreparedMedia } from '../provider.ts';
import { type ResolvedMessage, type ResolvedPart, resolveMessages } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import { dataUriOf, type JsonTree, toLineSegments } from './line-segments.ts';
import { maxTokensOf, PROFILES, type Profile } from './profiles.ts';
import { checkExample, textsOf } from './rules.ts';
import { MAX_TOKENS_PER_EXAMPLE } from './spec.ts';
import {
  countImageTokens,
  LARGEST_IMAGE,
  MAX_TEXT_BYTES,
  TOKENS_PER_EXAMPLE,
  TOKENS_PER_MESSAGE,
  TOKENS_PER_NAME,
} from './tokens.ts';

/** An example as one line of OpenAI's chat format, images as data URIs whose bytes are filled in later; or why it is left out. */
export function format(
  example: Example,
  media: ReadonlyMap<string, PreparedMedia>,
  options: Pick<FormatOptions, 'target' | 'countTokens'> & { profile?: Profile },
): Formatted {
  const { model } = options.target;
  const { profile = PROFILES.openai } = options;
  const messages = resolveMessages(example, media);
  const faults = checkExample(messages, example.tools, { model, profile });
  if (faults.length > 0) return { excluded: faults };
  const tokens = countExampleTokens(messages, example.tools, { model, countTokens: options.countTokens });
  const limit = maxTokensOf(model, profile);
  if (tokens > limit) return { excluded: [issues.tooManyTokens(tokens, limit)] };
  const line = toLineSegments({ messages: messages.map(toChatMessage), tools: toTools(example.tools) });
  return { line, adjustments: [], issues: [], files: [], tokens };
}

function toChatMessage(message: ResolvedMessage): JsonTree {
  const { role, parts, name, weight, toolCalls, toolCallId } = message;
  const calls = role === 'assistant' && toolCalls !== undefined && toolCalls.length > 0 ? toolCalls : undefined;
  return {
    role,
    content: parts.length === 0 && calls !== undefined ? undefined : toContent(parts),
    name: role === 'tool' ? undefined : name,
    weight: role === 'assistant' ? weight : undefined,
    tool_calls: calls?.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    })),
    tool_call_id: role === 'tool' ? toolCallId : undefined,
  };
}

/** One text is a string. Several stay parts, which every role takes: to join them would add or swallow a space. */
function toContent(parts: readonly ResolvedPart[]): JsonTree {
  const [first] = parts;
  if (first === undefined) return '';
  return parts.length === 1 && 'text' in first ? first.text : parts.map(toContentPart);
}

function toContentPart(part: ResolvedPart): JsonTree {
  if ('text' in part) return { type: 'text', text: part.text };
  const { file, detail } = part;
  return { type: 'image_url', image_url: { url: dataUriOf(file.mime, file.sha256), detail } };
}

function toTools(tools: readonly Tool[] | undefined): JsonTree {
  return tools?.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters: parameters as JsonTree },
  }));
}

/** Text by the tokenizer, images by their size, structure by the published constants. */
function countExampleTokens(
  messages: readonly ResolvedMessage[],
  tools: readonly Tool[] | undefined,
  { model, countTokens }: { model: string; countTokens: (text: string) => number },
): number {
  const toolText = tools === undefined ? [] : [JSON.stringify(toTools(tools))];
  const texts = [...messages.flatMap((message) => [message.role, ...textsOf(message)]), ...toolText];
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  // Certainly over the limit: not worth the seconds that counting would take.
  if (characters > MAX_TEXT_BYTES) return Math.ceil((characters / MAX_TEXT_BYTES) * MAX_TOKENS_PER_EXAMPLE);
  const names = messages.filter(({ name }) => name !== undefined).length;
  const structure = TOKENS_PER_EXAMPLE + messages.length * TOKENS_PER_MESSAGE + names * TOKENS_PER_NAME;
  const images = messages.flatMap(({ parts }) => parts).map((part) => imageTokens(part, model));
  return [structure, ...images, ...texts.map(countTokens)].reduce((sum, count) => sum + count, 0);
}

function imageTokens(part: ResolvedPart, model: string): number {
  if ('text' in part) return 0;
  const { width, height } = part.file;
  const size = width === undefined || height === undefined ? LARGEST_IMAGE : { width, height };
  return countImageTokens(model, size, part.detail);
}
