import type { Example, Tool } from '../../domain/example.ts';
import { mediaFileName } from '../../domain/media.ts';
import { refuseAdjustments } from '../adaptation.ts';
import type { FormatOptions, Formatted, PreparedMedia } from '../provider.ts';
import { filesOf, type ResolvedMessage, resolveMessages } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import { countExample } from './count.ts';
import { toDeclarations } from './declarations.ts';
import { resolutionOf } from './resolution.ts';
import { checkExample } from './rules.ts';
import { MAX_TOKENS_PER_EXAMPLE } from './spec.ts';
import { type Conversation, toConversation } from './turns.ts';

/** An example as one line for tuning Gemini, with its files named by URI; or why it is left out. */
export function format(example: Example, media: ReadonlyMap<string, PreparedMedia>, options: FormatOptions): Formatted {
  const messages = resolveMessages(example, media).map(withoutEmptyTexts);
  const faults = checkExample(messages, example.tools);
  if (faults.length > 0) return { excluded: faults };
  const { tokens, wholeAtMost, billedAtMost } = countExample(messages, example.tools, options);
  if (tokens > MAX_TOKENS_PER_EXAMPLE) return { excluded: [issues.tooManyTokens(tokens)] };
  const conversation = toConversation(messages, {
    fileUri: (file) => options.mediaUri(mediaFileName(file)),
    imageLevel: resolutionOf(options.target) === 'ultra_high' ? 'MEDIA_RESOLUTION_ULTRA_HIGH' : null,
  });
  const refused = refuseAdjustments(conversation.adjustments, options.target);
  if (refused.length > 0) return { excluded: refused };
  const files = [...new Set(messages.flatMap(filesOf).map(({ sha256 }) => sha256))];
  const line = JSON.stringify(toLine(conversation, example.tools, options));
  const told = wholeAtMost > MAX_TOKENS_PER_EXAMPLE ? [issues.nearTokenLimit(tokens)] : [];
  const { adjustments } = conversation;
  return { line: [line], adjustments, issues: told, files, tokens, tokensAtMost: billedAtMost };
}

/** Gemini refuses empty texts, and they say nothing. */
function withoutEmptyTexts(message: ResolvedMessage): ResolvedMessage {
  return { ...message, parts: message.parts.filter((part) => !('text' in part && part.text === '')) };
}

/** A line has no word for ultra high: its images ask for it themselves. */
const RESOLUTION_WORDS = {
  low: 'MEDIA_RESOLUTION_LOW',
  medium: 'MEDIA_RESOLUTION_MEDIUM',
  high: 'MEDIA_RESOLUTION_HIGH',
  ultra_high: 'MEDIA_RESOLUTION_HIGH',
} as const;

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
    ...(resolution === null ? {} : { generationConfig: { mediaResolution: RESOLUTION_WORDS[resolution] } }),
  };
}
