import type { Tool } from '../../domain/example.ts';
import type { FormatOptions } from '../provider.ts';
import { filesOf, type ResolvedMessage, textsOf } from '../resolved-messages.ts';
import { toDeclarations } from './declarations.ts';
import { resolutionOf } from './resolution.ts';
import { MAX_TOKENS_PER_EXAMPLE } from './spec.ts';
import { MAX_TEXT_BYTES, TOKENS_PER_EXAMPLE, weighFile } from './tokens.ts';

/** Prose is estimated well; code, numbers and rare words have more tokens than four characters each. */
const TEXT_MARGIN = 1.25;

/** An example's tokens. */
export interface Count {
  /** Everything counted once. */
  tokens: number;
  /** Once, with the text that pages may hold and more for texts than is likely: what may be over the limit of an example. */
  wholeAtMost: number;
  /** What may be charged: each answer as a record of its own, with all that stands before it. */
  billedAtMost: number;
}

type Options = Pick<FormatOptions, 'target' | 'countTokens'>;

/**
 * Counts an example. A notebook of Google's, withdrawn in 2025-03, made each of several answers a record with everything before it; today's
 * pages say nothing of it, so that this is the dearest reading and not the likely one.
 */
export function countExample(
  messages: readonly ResolvedMessage[],
  tools: readonly Tool[] | undefined,
  options: Options,
): Count {
  const declared = tools === undefined || tools.length === 0 ? [] : [JSON.stringify(toDeclarations(tools))];
  const characters = [...declared, ...messages.flatMap(wordsOf)].reduce((sum, text) => sum + text.length, 0);
  // Certainly over the limit: not worth the time that counting would take.
  if (characters > MAX_TEXT_BYTES) return over(Math.ceil((characters / MAX_TEXT_BYTES) * MAX_TOKENS_PER_EXAMPLE));
  const weights = messages.map((message) => weigh(message, options));
  const fixed = TOKENS_PER_EXAMPLE + countTexts(declared, options);
  const sum = (key: keyof Weight) => weights.reduce((sofar, weight) => sofar + weight[key], 0);
  return {
    tokens: fixed + sum('text') + sum('media'),
    wholeAtMost: Math.ceil((fixed + sum('text')) * TEXT_MARGIN) + sum('mediaAtMost'),
    billedAtMost: countRecords(messages, weights, fixed),
  };
}

function over(tokens: number): Count {
  return { tokens, wholeAtMost: tokens, billedAtMost: tokens };
}

interface Weight {
  text: number;
  media: number;
  mediaAtMost: number;
}

function weigh(message: ResolvedMessage, options: Options): Weight {
  const resolution = resolutionOf(options.target);
  const files = filesOf(message).map((file) => weighFile(options.target.model, file, resolution));
  return {
    text: countTexts(wordsOf(message), options),
    media: files.reduce((sum, { low }) => sum + low, 0),
    mediaAtMost: files.reduce((sum, { high }) => sum + high, 0),
  };
}

function wordsOf(message: ResolvedMessage): string[] {
  return [...textsOf(message), ...(message.toolCalls ?? []).flatMap((call) => [call.name, call.arguments])];
}

function countTexts(texts: readonly string[], { countTokens }: Options): number {
  return texts.reduce((sum, text) => sum + countTokens(text), 0);
}

/** Consecutive assistant messages are one answer; what the system says stands before all of them. */
function countRecords(messages: readonly ResolvedMessage[], weights: readonly Weight[], fixed: number): number {
  const all = messages.map(({ role }, index) => ({ role, tokens: atMost(weights[index]) }));
  const system = all.filter(({ role }) => role === 'system').reduce((sum, { tokens }) => sum + tokens, fixed);
  const turns = all.filter(({ role }) => role !== 'system');
  let before = system;
  let billed = 0;
  for (const [index, { role, tokens }] of turns.entries()) {
    before += tokens;
    if (role === 'assistant' && turns[index + 1]?.role !== 'assistant') billed += before;
  }
  return billed;
}

function atMost(weight: Weight | undefined): number {
  return weight === undefined ? 0 : weight.text + weight.mediaAtMost;
}
