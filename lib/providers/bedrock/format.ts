import type { Example, Tool } from '../../domain/example.ts';
import type { Issue } from '../../domain/finding.ts';
import { mediaFileName } from '../../domain/media.ts';
import type { Target } from '../../domain/target.ts';
import { refuseAdjustments } from '../adaptation.ts';
import type { FormatOptions, Formatted, PreparedMedia } from '../provider.ts';
import { filesOf, type PreparedFile, type ResolvedMessage, resolveMessages, textsOf } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import { limitsOf } from './limits.ts';
import { isMediaUri } from './names.ts';
import { type AdaptOptions, readAdaptOptions } from './options.ts';
import { rewriteReservedWords } from './reserved.ts';
import { checkExample, remarksOn } from './rules.ts';
import { MAX_TOKENS_PER_EXAMPLE } from './spec.ts';
import { addTokens, fileTokens, structureTokens, type TokenRange, textTokens } from './tokens.ts';
import { toToolConfig } from './tools.ts';
import { type Block, toConversation } from './turns.ts';

const SCHEMA_VERSION = 'bedrock-conversation-2024';

/** An example as one line of `bedrock-conversation-2024`, images by their S3 URIs; or why it is left out. */
export function format(
  example: Example,
  media: ReadonlyMap<string, PreparedMedia>,
  { target, mediaUri }: Pick<FormatOptions, 'target' | 'mediaUri'>,
): Formatted {
  const options = readAdaptOptions(target);
  const said = { messages: resolveMessages(example, media), tools: example.tools };
  const { messages, tools, isRewritten } = options.rewritesReserved ? rewrite(said) : { ...said, isRewritten: false };
  const conversation = toConversation(messages);
  const { refusesDocuments } = options;
  const row = { messages, conversation, tools, model: target.model, limits: limitsOf(target), refusesDocuments };
  const files = messages.flatMap(filesOf);
  const refused = refuseAdjustments(conversation.adjustments, target);
  const faults = [...checkExample(row), ...checkAddresses(files, mediaUri), ...refused];
  if (faults.length > 0) return { excluded: faults };
  const tokens = countExampleTokens(messages, tools, target);
  if (tokens.low > MAX_TOKENS_PER_EXAMPLE) return { excluded: [issues.tooManyTokens(tokens.low)] };
  const { system, turns, adjustments } = conversation;
  const line = JSON.stringify({
    schemaVersion: SCHEMA_VERSION,
    system: system.length > 0 ? system.map((text) => ({ text })) : undefined,
    messages: turns.map(({ role, blocks }) => ({
      role,
      content: blocks.map((block) => toBlock(block, options, mediaUri)),
    })),
    toolConfig: toToolConfig(tools),
  });
  return {
    line: [line],
    adjustments: isRewritten ? [...adjustments, 'reserved-words-rewritten'] : adjustments,
    issues: [
      ...remarksOn(row),
      ...(tokens.high > MAX_TOKENS_PER_EXAMPLE ? [issues.maybeTooManyTokens(tokens.high)] : []),
    ],
    files: [...new Set(files.map(({ sha256 }) => sha256))],
    tokens: tokens.usual,
    tokensAtMost: tokens.high,
  };
}

/** All of a run's files lie in one folder: the first that cannot be named speaks for them. */
function checkAddresses(files: readonly PreparedFile[], mediaUri: FormatOptions['mediaUri']): Issue[] {
  const [first] = files;
  const uri = first === undefined ? null : mediaUri(mediaFileName(first));
  return uri === null || isMediaUri(uri) ? [] : [issues.mediaUri(uri)];
}

interface Said {
  messages: readonly ResolvedMessage[];
  tools: readonly Tool[] | undefined;
}

function rewrite({ messages, tools }: Said): Said & { isRewritten: boolean } {
  let isRewritten = false;
  const change = (text: string) => {
    const changed = rewriteReservedWords(text);
    isRewritten ||= changed !== text;
    return changed;
  };
  return {
    messages: messages.map((message) => ({
      ...message,
      parts: message.parts.map((part) => ('text' in part ? { text: change(part.text) } : part)),
    })),
    tools: tools?.map((tool) =>
      tool.description === undefined ? tool : { ...tool, description: change(tool.description) },
    ),
    isRewritten,
  };
}

function toBlock(block: Block, { bucketOwner }: AdaptOptions, mediaUri: FormatOptions['mediaUri']): unknown {
  if (!('file' in block)) return block;
  const { file } = block;
  const source = { s3Location: { uri: mediaUri(mediaFileName(file)), bucketOwner } };
  return { [file.kind]: { format: file.mime.slice(file.mime.indexOf('/') + 1), source } };
}

function countExampleTokens(
  messages: readonly ResolvedMessage[],
  tools: readonly Tool[] | undefined,
  { model }: Target,
): TokenRange {
  const calls = messages.flatMap(({ toolCalls }) => toolCalls ?? []).flatMap((call) => [call.name, call.arguments]);
  const config = toToolConfig(tools);
  const texts = [...messages.flatMap(textsOf), ...calls, ...(config === undefined ? [] : [JSON.stringify(config)])];
  const files = messages.flatMap(filesOf).map((file) => fileTokens(model, file));
  return addTokens([structureTokens(messages.length), ...texts.map(textTokens), ...files]);
}
