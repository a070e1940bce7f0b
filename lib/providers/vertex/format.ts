import type { Example, Tool } from '../../domain/example.ts';
import { mediaFileName } from '../../domain/media.ts';
import type { FormatOptions, Formatted, PreparedMedia } from '../provider.ts';
import { filesOf, type ResolvedMessage, resolveMessages, textsOf } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import { toDeclarations } from './declarations.ts';
import { resolutionOf } from './resolution.ts';
import { checkExample } from './rules.ts';
import { MAX_TOKENS_PER_EXAMPLE } from './spec.ts';
import { countFileTokens, MAX_TEXT_BYTES, TOKENS_PER_EXAMPLE } from './tokens.ts';
import { type Conversation, toConversation } from './turns.ts';

/** An example as one line for tuning Gemini, with its files named by URI; or why it is left out. */
export function format(example: Example, media: ReadonlyMap<string, PreparedMedia>, options: FormatOptions): Formatted {
  const messages = resolveMessages(example, media).map(withoutEmptyTexts);
  const faults = checkExample(messages, example.tools);
  if (faults.length > 0) return { excluded: faults };
  const tokens = countExampleTokens(messages, example.tools, options);
  if (tokens > MAX_TOKENS_PER_EXAMPLE) return { excluded: [issues.tooManyTokens(tokens)] };
  const conversation = toConversation(messages, (file) => options.mediaUri(mediaFileName(file)));
  const files = [...new Set(messages.flatMap(filesOf).map(({ sha256 }) => sha256))];
  const line = JSON.stringify(toLine(conversation, example.tools, options));
  return { line: [line], adjustments: conversation.adjustments, issues: [], files, tokens };
}

/** Gemini refuses empty texts, and they say nothing. */
function withoutEmptyTexts(message: ResolvedMessage): ResolvedMessage {
  return { ...message, parts: message.parts.filter((part) => !('text' in part && part.text === '')) };
}

/** Camel case as on Google's pages. `generationConfig` comes only where a resolution was asked for: other settings are not documented for training. */
function toLine(
  { system, turns }: Conversation,
  tools: readonly Tool[] | undefined,
  { target }: Pick<FormatOptions, 'target'>,
): Record<string, unknown> {
  const resolution = resolutionOf(target);
  return {
    ...(system.length === 0 ? {} : { systemInstruction: { role: 'system', parts: system.map((text) => ({ text })) } }),
    contents: turns,
    ...(tools === undefined || tools.length === 0 ? {} : { tools: [{ functionDeclarations: toDeclarations(tools) }] }),
    ...(resolution === null
      ? {}
      : { generationConfig: { mediaResolution: `MEDIA_RESOLUTION_${resolution.toUpperCase()}` } }),
  };
}

/** Everything counts once. A withdrawn notebook of Google's counted what stands before each of several answers again; today's pages do not. */
function countExampleTokens(
  messages: readonly ResolvedMessage[],
  tools: readonly Tool[] | undefined,
  { target, countTokens }: Pick<FormatOptions, 'target' | 'countTokens'>,
): number {
  const texts = [
    ...messages.flatMap(textsOf),
    ...messages.flatMap(({ toolCalls }) => (toolCalls ?? []).flatMap((call) => [call.name, call.arguments])),
    ...(tools === undefined || tools.length === 0 ? [] : [JSON.stringify(toDeclarations(tools))]),
  ];
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const resolution = resolutionOf(target);
  const media = messages
    .flatMap(filesOf)
    .reduce((sum, file) => sum + countFileTokens(target.model, file, resolution), TOKENS_PER_EXAMPLE);
  // Certainly over the limit: not worth the time that counting would take.
  if (characters > MAX_TEXT_BYTES) return media + Math.ceil((characters / MAX_TEXT_BYTES) * MAX_TOKENS_PER_EXAMPLE);
  return texts.reduce((sum, text) => sum + countTokens(text), media);
}
