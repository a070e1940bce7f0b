import type { Tool } from '../../domain/example.ts';
import type { Issue } from '../../domain/finding.ts';
import type { PreparedFile, ResolvedMessage } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import { type Profile, takesImages } from './profiles.ts';
import { IMAGE_TYPES, MAX_IMAGE_BYTES, MAX_TOOLS } from './spec.ts';

/** Why OpenAI cannot take an example; empty when it can. Token counts are judged later, since they cost more to find. */
export function checkExample(
  messages: readonly ResolvedMessage[],
  tools: readonly Tool[] | undefined,
  { model, profile }: { model: string; profile: Profile },
): Issue[] {
  const found = [
    ...checkFiles(messages, { model, profile }),
    ...checkRoles(messages),
    ...checkNames(messages),
    ...checkToolCalls(messages, tools ?? []),
    ...checkTexts(messages, tools),
  ];
  return found.filter((issue, index) => found.findIndex((other) => other.message === issue.message) === index);
}

interface Place {
  model: string;
  profile: Profile;
}

/** The files that go into the line, in order. */
function filesOf(messages: readonly ResolvedMessage[]): PreparedFile[] {
  return messages.flatMap(({ parts }) => parts.flatMap((part) => ('file' in part ? [part.file] : [])));
}

function checkFiles(messages: readonly ResolvedMessage[], at: Place): Issue[] {
  const files = filesOf(messages);
  const images = files.filter(({ kind }) => kind === 'image');
  const most = at.profile.maxImagesPerExample.value;
  const tooMany = images.length > most ? [issues.tooManyImages(images.length, at.profile)] : [];
  return [...files.flatMap((file) => checkFile(file, at)), ...tooMany];
}

function checkFile(file: PreparedFile, { model, profile }: Place): Issue[] {
  if (file.kind !== 'image') return [issues.kindUnsupported(file.kind)];
  if (!takesImages(model, profile)) return [issues.imagesUnsupported(model, profile)];
  if (!IMAGE_TYPES.some((type) => type === file.mime)) return [issues.imageTypeUnsupported(file.mime)];
  return file.bytes > MAX_IMAGE_BYTES ? [issues.imageTooLarge(file.name, file.bytes)] : [];
}

function checkRoles(messages: readonly ResolvedMessage[]): Issue[] {
  const found: Issue[] = [];
  const answers = messages.filter(({ role }) => role === 'assistant');
  if (messages.at(-1)?.role !== 'assistant') {
    found.push(issues.role('the chat does not end with an assistant turn', 'End it with the answer to be learned.'));
  }
  if (answers.length > 0 && answers.every(({ weight }) => weight === 0)) {
    found.push(
      issues.role('every assistant turn has the weight 0: there is nothing to learn', 'Give one the weight 1.'),
    );
  }
  if (answers.some(({ parts, toolCalls }) => parts.length === 0 && (toolCalls ?? []).length === 0)) {
    found.push(issues.role('an assistant turn is empty', 'Give it a text or a tool call.'));
  }
  for (const { role, parts } of messages) {
    if (role === 'user' || !parts.some((part) => 'file' in part)) continue;
    found.push(issues.role(`the ${role} turn holds a file; OpenAI takes files in user turns only`, 'Move it there.'));
  }
  return found;
}

/** The chat API's error names this pattern for speakers, too (jekalmin/extended_openai_conversation#251, 2024-08). */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** A tool turn's name is not written. */
function checkNames(messages: readonly ResolvedMessage[]): Issue[] {
  return messages.flatMap(({ role, name }, index) => {
    if (role === 'tool' || name === undefined || NAME.test(name)) return [];
    return [issues.participantName(name, placeOf(role, index))];
  });
}

function placeOf(role: string, index: number): string {
  return `message ${index + 1} (${role})`;
}

function checkToolCalls(messages: readonly ResolvedMessage[], tools: readonly Tool[]): Issue[] {
  const found = tools.length > MAX_TOOLS ? [issues.tooManyTools(tools.length)] : [];
  const calls = new Set<string>();
  for (const { role, toolCalls, toolCallId } of messages) {
    for (const { id } of toolCalls ?? []) calls.add(id);
    if (role !== 'tool' || (toolCallId !== undefined && calls.has(toolCallId))) continue;
    found.push(
      issues.toolCall(
        'a tool turn answers a call that no turn before it made',
        'Repeat the id of the call as tool_call_id.',
      ),
    );
  }
  const names = [...tools, ...messages.flatMap(({ toolCalls }) => toolCalls ?? [])].map(({ name }) => name);
  return [...found, ...names.filter((name) => !NAME.test(name)).map((name) => issues.functionName(name))];
}

/** o200k_base and harmony control tokens. A job failed for one: "Example N message contains an invalid token" (johny-b/llmcomp#59, 2026-02). */
const SPECIAL_TOKEN =
  /<\|(?:endoftext|endofprompt|startoftext|fim_prefix|fim_middle|fim_suffix|im_start|im_end|im_sep|start|end|message|channel|return|constrain|call)\|>/;

function checkTexts(messages: readonly ResolvedMessage[], tools: readonly Tool[] | undefined): Issue[] {
  const places = messages.map((message, index) => [placeOf(message.role, index), textsOf(message)] as const);
  const toolTexts = tools === undefined ? [] : [['a tool definition', [JSON.stringify(tools)]] as const];
  return [...places, ...toolTexts].flatMap(([place, texts]) => {
    const token = texts.map((text) => SPECIAL_TOKEN.exec(text)?.[0]).find((found) => found !== undefined);
    return token === undefined ? [] : [issues.specialToken(token, place)];
  });
}

/** Everything in a message that the model reads as text: what is counted, and searched for control tokens. */
export function textsOf({ parts, name, toolCalls }: ResolvedMessage): string[] {
  return [
    ...parts.flatMap((part) => ('text' in part ? [part.text] : [])),
    ...(name === undefined ? [] : [name]),
    ...(toolCalls ?? []).flatMap((call) => [call.name, call.arguments]),
  ];
}
