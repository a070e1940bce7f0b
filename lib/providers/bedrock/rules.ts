import type { Tool } from '../../domain/example.ts';
import type { Issue } from '../../domain/finding.ts';
import { type PreparedFile, type ResolvedMessage, textsOf } from '../resolved-messages.ts';
import { issues } from './codes.ts';
import { checkFiles } from './files.ts';
import type { Limits } from './limits.ts';
import { findReservedWord } from './reserved.ts';
import { isNova2 } from './spec.ts';
import { checkTools, isDescribed } from './tools.ts';
import type { Conversation } from './turns.ts';

interface Row {
  messages: readonly ResolvedMessage[];
  conversation: Conversation;
  tools: readonly Tool[] | undefined;
  model: string;
  limits: Limits;
  refusesDocuments: boolean;
}

/** Why Bedrock cannot take an example; empty when it can. Tokens are judged later. */
export function checkExample(row: Row): Issue[] {
  const { messages, conversation, tools } = row;
  const found = [
    ...checkFiles(filesByTurn(conversation), row),
    ...checkPlaces(messages),
    ...checkTurns(conversation, messages),
    ...checkTools(messages, tools),
    ...checkReserved(messages, tools),
  ];
  return found.filter((issue, index) => found.findIndex((other) => other.message === issue.message) === index);
}

/** The validator counts the files of a line's turns: several turns of one role have become one there. */
function filesByTurn({ turns }: Conversation): PreparedFile[][] {
  return turns.map(({ blocks }) => blocks.flatMap((block) => ('file' in block ? [block.file] : [])));
}

/** What is worth telling of an example that is taken. */
export function remarksOn({ messages, tools, model }: Pick<Row, 'messages' | 'tools' | 'model'>): Issue[] {
  const names = new Set(messages.flatMap(({ role, name }) => (role === 'tool' || name === undefined ? [] : [name])));
  const undescribed = (tools ?? []).filter((tool) => !isDescribed(tool));
  const usesTools = (tools ?? []).length > 0 || messages.some(({ toolCalls }) => (toolCalls ?? []).length > 0);
  return [
    ...[...names].map(issues.nameDropped),
    ...(messages.some(({ weight }) => weight === 0) ? [issues.weightIgnored()] : []),
    ...undescribed.map(({ name }) => issues.toolDescription(name)),
    ...(usesTools ? [isNova2(model) ? issues.toolsDisputed() : issues.toolsUndocumented(model)] : []),
  ];
}

function checkPlaces(messages: readonly ResolvedMessage[]): Issue[] {
  return messages.flatMap(({ role, parts }) => {
    if (role === 'user' || !parts.some((part) => 'file' in part)) return [];
    return [issues.role(`the ${role} turn holds a file; Bedrock takes files in user turns only`, 'Move it there.')];
  });
}

function checkTurns({ turns }: Conversation, messages: readonly ResolvedMessage[]): Issue[] {
  const found: Issue[] = [];
  if (turns[0]?.role !== 'user') {
    found.push(issues.role('the chat does not begin with a user turn', 'Put what the assistant answers to before it.'));
  }
  if (turns.at(-1)?.role !== 'assistant') {
    found.push(issues.role('the chat does not end with an assistant turn', 'End it with the answer to be learned.'));
  }
  const answers = messages.filter(({ role }) => role === 'assistant');
  if (answers.length > 0 && answers.every(({ weight }) => weight === 0)) {
    found.push(
      issues.role('every assistant turn has the weight 0: nothing is to be learned', 'Give one the weight 1.'),
    );
  }
  for (const { role, blocks } of turns) {
    if (blocks.length > 0) continue;
    const missing = role === 'user' ? 'a text or an image' : 'a text or a tool call';
    found.push(issues.role(`the ${role} turn is empty`, `Give it ${missing}.`));
  }
  return found;
}

function checkReserved(messages: readonly ResolvedMessage[], tools: readonly Tool[] | undefined): Issue[] {
  const places = messages.map(
    (message, index) => [`message ${index + 1} (${message.role})`, textsOf(message)] as const,
  );
  const descriptions = ['a tool’s description', (tools ?? []).map(({ description }) => description ?? '')] as const;
  return [...places, descriptions].flatMap(([place, texts]) => {
    const found = texts.map(findReservedWord).find((word) => word !== null);
    return found ? [issues.reservedWord(found.word, place, found.instead)] : [];
  });
}
