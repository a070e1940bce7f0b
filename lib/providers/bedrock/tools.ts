import type { Tool } from '../../domain/example.ts';
import { excerpt } from '../../domain/excerpt.ts';
import type { Issue } from '../../domain/finding.ts';
import type { ResolvedMessage } from '../resolved-messages.ts';
import { issues } from './codes.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper than any real call; it keeps hostile ones from exhausting the stack where the line is written. */
const DEEPEST_ARGUMENTS = 64;

/** The arguments of a tool call as an object; null where the text holds none. */
export function readArguments(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
    return isObject(value) && !isDeeperThan(value, DEEPEST_ARGUMENTS) ? value : null;
  } catch {
    return null;
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `toolConfig` as Bedrock's chat has it, or undefined without tools. A missing schema is one that takes nothing. */
export function toToolConfig(tools: readonly Tool[] | undefined): JsonObject | undefined {
  if (tools === undefined || tools.length === 0) return undefined;
  return {
    tools: tools.map((tool) => ({
      toolSpec: {
        name: tool.name,
        description: isDescribed(tool) ? tool.description : tool.name,
        inputSchema: { json: { type: 'object', ...tool.parameters } },
      },
    })),
  };
}

/** Whether a tool says what it is for; blanks say nothing, to Bedrock neither. */
export function isDescribed({ description = '' }: Tool): boolean {
  return description.trim() !== '';
}

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Why Bedrock cannot take an example's tools and calls; empty when it can. */
export function checkTools(messages: readonly ResolvedMessage[], tools: readonly Tool[] | undefined): Issue[] {
  const found: Issue[] = [];
  const names = new Set((tools ?? []).map(({ name }) => name));
  if (names.size < (tools ?? []).length) found.push(twiceFault());
  const calls = messages.flatMap(({ toolCalls }) => toolCalls ?? []);
  for (const name of new Set([...names, ...calls.map((call) => call.name)])) {
    if (!TOOL_NAME.test(name)) found.push(issues.functionName(name));
  }
  for (const { id, name, arguments: text } of calls) {
    if (readArguments(text) === null) found.push(argumentsFault(name));
    if (names.size > 0 && !names.has(name)) found.push(unknownTool(name));
    if (!TOOL_CALL_ID.test(id)) found.push(idFault());
  }
  return [...found, ...checkOrder(messages)];
}

/** Of Bedrock's chat API (Converse, ToolUseBlock). */
const TOOL_CALL_ID = /^[a-zA-Z0-9_.:-]{1,64}$/;

function checkOrder(messages: readonly ResolvedMessage[]): Issue[] {
  const found: Issue[] = [];
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const { role, toolCalls, toolCallId = '' } of messages) {
    for (const { id } of toolCalls ?? []) {
      if (seen.has(id))
        found.push(issues.toolCall('two tool calls have the same id', 'Give each call an id of its own.'));
      seen.add(id);
      open.add(id);
    }
    if (role === 'tool' && !open.delete(toolCallId)) found.push(answerFault(seen.has(toolCallId)));
  }
  return found;
}

function answerFault(isSecond: boolean): Issue {
  return isSecond
    ? issues.toolCall('a tool call is answered twice', 'Join both answers in one tool turn.')
    : issues.toolCall(
        'a tool turn answers a call that no turn before it made',
        'Repeat the id of the call as tool_call_id.',
      );
}

function argumentsFault(name: string): Issue {
  return issues.toolCall(
    `the arguments of a call of "${excerpt(name)}" are no JSON object`,
    'Write them like {"place": "Oslo"}.',
  );
}

function twiceFault(): Issue {
  return issues.toolCall('two tools of the row have the same name', 'Give each tool a name of its own.');
}

function unknownTool(name: string): Issue {
  return issues.toolCall(`the tool "${excerpt(name)}" is called but not among the tools`, 'Add it to the row’s tools.');
}

function idFault(): Issue {
  return issues.toolCall(
    'a tool call has an id that Bedrock does not take',
    'Use 1 to 64 letters, digits, "_" and "-".',
  );
}
