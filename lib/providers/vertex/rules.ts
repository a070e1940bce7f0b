import type { Tool } from '../../domain/example.ts';
import type { Issue } from '../../domain/finding.ts';
import type { MediaKind } from '../../domain/media.ts';
import { filesOf, type PreparedFile, type ResolvedMessage } from '../resolved-messages.ts';
import { FILE_LIMITS, issues } from './codes.ts';
import { parseRecord } from './json-record.ts';
import { MAX_AUDIO_SECONDS, MAX_PAGES, MIME_TYPES } from './spec.ts';

/** Why Vertex AI cannot take an example; empty when it can. Token counts are judged later, since they cost more to find. */
export function checkExample(messages: readonly ResolvedMessage[], tools: readonly Tool[] | undefined): Issue[] {
  const found = [...checkFiles(messages), ...checkRoles(messages), ...checkFunctions(messages, tools ?? [])];
  return found.filter((issue, index) => found.findIndex((other) => other.message === issue.message) === index);
}

function checkFiles(messages: readonly ResolvedMessage[]): Issue[] {
  const files = messages.flatMap(filesOf);
  const found = files.flatMap(checkFile);
  for (const kind of ['image', 'audio', 'document'] as const) {
    const count = filesOfKind(files, kind).length;
    if (count > FILE_LIMITS[kind].count) found.push(issues.tooManyFiles(kind, count));
  }
  const pages = filesOfKind(files, 'document').reduce((sum, file) => sum + (file.pages ?? 1), 0);
  return pages > MAX_PAGES ? [...found, issues.tooManyPages(pages)] : found;
}

function filesOfKind(files: readonly PreparedFile[], kind: MediaKind): PreparedFile[] {
  return files.filter((file) => file.kind === kind);
}

function checkFile({ kind, mime, name, bytes, seconds }: PreparedFile): Issue[] {
  if (!MIME_TYPES.some((type) => type === mime)) return [issues.typeUnsupported(kind, mime)];
  if (bytes > FILE_LIMITS[kind].bytes) return [issues.fileTooLarge(kind, name, bytes)];
  return seconds !== undefined && seconds > MAX_AUDIO_SECONDS ? [issues.audioTooLong(name, seconds)] : [];
}

/** Gemini's turns begin with the user, end with the model, and none is empty; the model is taught text and calls only. */
function checkRoles(messages: readonly ResolvedMessage[]): Issue[] {
  const found: Issue[] = [];
  const turns = messages.filter(({ role }) => role !== 'system');
  const answers = turns.filter(({ role }) => role === 'assistant');
  if (turns[0]?.role === 'assistant') {
    found.push(issues.role('the chat begins with an assistant turn', 'Begin it with a user turn.'));
  }
  if (turns.at(-1)?.role !== 'assistant') {
    found.push(issues.role('the chat does not end with an assistant turn', 'End it with the answer to be learned.'));
  }
  if (answers.some(({ weight }) => weight === 0)) found.push(issues.weight());
  for (const { role, parts, toolCalls } of turns) {
    if (role === 'tool' || parts.length > 0 || (toolCalls ?? []).length > 0) continue;
    const hint = role === 'assistant' ? 'Give it a text or a tool call.' : 'Give it a text or a file.';
    found.push(issues.role(`a turn of the ${role} is empty`, hint));
  }
  for (const message of messages) {
    if (message.role === 'user' || filesOf(message).length === 0) continue;
    found.push(
      issues.role(`the ${message.role} turn holds a file; Vertex AI takes files in user turns only`, 'Move it there.'),
    );
  }
  return found;
}

/** FunctionDeclaration.name (aiplatform 6.11.0, tool.proto). */
const FUNCTION_NAME = /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/;

function checkFunctions(messages: readonly ResolvedMessage[], tools: readonly Tool[]): Issue[] {
  const found: Issue[] = [];
  const made = new Set<string>();
  for (const { role, toolCalls, toolCallId } of messages) {
    for (const { id } of toolCalls ?? []) made.add(id);
    if (role !== 'tool' || (toolCallId !== undefined && made.has(toolCallId))) continue;
    found.push(
      issues.toolCall(
        'a tool turn answers a call that no turn before it made',
        'Repeat the id of the call as tool_call_id.',
      ),
    );
  }
  const calls = messages.flatMap(({ toolCalls }) => toolCalls ?? []);
  const names = [...tools, ...calls].map(({ name }) => name).filter((name) => !FUNCTION_NAME.test(name));
  const faulty = calls.filter((call) => parseRecord(call.arguments) === null);
  return [...found, ...names.map(issues.functionName), ...faulty.map(({ name }) => issues.functionArguments(name))];
}
