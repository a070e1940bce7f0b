import { canonicalJson } from '../domain/canonical.ts';
import type { Tool, ToolCall } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import { type ChatReading, tellAlias, tellChat } from './chat-reading.ts';
import { isDeeperThan, isJsonObject, type JsonObject, kindOf, own } from './json-value.ts';
import { checkText } from './text.ts';

const DEEPEST = 32;
const PLAIN_NAME = /^[^\p{C}]{1,256}$/u;

/** A short text without controls or broken characters, as names and ids are. */
export function isPlainName(value: unknown): value is string {
  return typeof value === 'string' && PLAIN_NAME.test(value) && value.trim() !== '';
}

/** Reads `tools`, or the older `functions`; undefined when the chat has none. */
export function readTools(chat: ChatReading, object: JsonObject): Tool[] | undefined {
  const tools = listOf(chat, object, 'tools');
  const functions = listOf(chat, object, 'functions');
  if (functions.length > 0) tellAlias(chat, '"functions"', '"tools"');
  const names = new Set<string>();
  const read = [...tools, ...functions].flatMap((value, index) =>
    readTool(chat, value, { place: `tool ${index + 1}`, names }),
  );
  return read.length > 0 ? read : undefined;
}

function listOf(chat: ChatReading, object: JsonObject, key: string): readonly unknown[] {
  const value = own(object, key);
  if (Array.isArray(value)) return value;
  if (value !== undefined && value !== null) {
    const hint = `Write a list, or leave "${key}" out.`;
    tellChat(chat, 'CHAT_TOOL', { place: '', message: `"${key}" is ${kindOf(value)}, not a list`, hint });
  }
  return [];
}

function readTool(chat: ChatReading, value: unknown, { place, names }: { place: string; names: Set<string> }): Tool[] {
  const inner = isJsonObject(value) ? (own(value, 'function') ?? value) : null;
  const type = isJsonObject(value) ? own(value, 'type') : undefined;
  const fault =
    type !== undefined && type !== 'function'
      ? 'its type is not "function"'
      : isJsonObject(inner)
        ? toolFault(inner, names)
        : `it is ${kindOf(value)}, not an object`;
  if (fault !== null || !isJsonObject(inner)) {
    const hint = 'Write {"type": "function", "function": {"name": "…", "description": "…", "parameters": {…}}}';
    tellChat(chat, 'CHAT_TOOL', { place, message: fault ?? 'it is no tool', hint });
    return [];
  }
  const [name, description] = [own(inner, 'name'), own(inner, 'description')];
  const parameters = parametersOf(inner);
  names.add(String(name));
  return [
    {
      name: String(name),
      ...(typeof description === 'string' ? { description } : {}),
      ...(isJsonObject(parameters) ? { parameters: { ...parameters } } : {}),
    },
  ];
}

function toolFault(tool: JsonObject, names: ReadonlySet<string>): string | null {
  const [name, description, parameters] = [own(tool, 'name'), own(tool, 'description') ?? '', parametersOf(tool) ?? {}];
  if (!isPlainName(name)) return `its name is ${typeof name === 'string' ? `"${excerpt(name)}"` : kindOf(name)}`;
  if (names.has(name)) return `another tool has the name "${excerpt(name)}" too`;
  if (typeof description !== 'string') return `its description is ${kindOf(description)}, not a text`;
  if (!isJsonObject(parameters)) return `its parameters are ${kindOf(parameters)}, not a JSON Schema`;
  return isDeeperThan(parameters, DEEPEST) ? `its parameters nest deeper than ${DEEPEST} levels` : null;
}

function parametersOf(tool: JsonObject): unknown {
  return own(tool, 'parameters') ?? own(tool, 'input_schema');
}

/** Reads `tool_calls`, or the older `function_call`, of an assistant turn. */
export function readToolCalls(chat: ChatReading, message: JsonObject, place: string): { toolCalls?: ToolCall[] } {
  const list = own(message, 'tool_calls') ?? [];
  if (!Array.isArray(list)) {
    const hint = 'Write a list, or leave "tool_calls" out.';
    tellChat(chat, 'CHAT_TOOL_CALL', { place, message: `its tool_calls are ${kindOf(list)}, not a list`, hint });
    return {};
  }
  const calls = list.flatMap((call: unknown, index) => readCall(chat, call, `${place}, tool call ${index + 1}`));
  const older = own(message, 'function_call');
  if (isJsonObject(older)) {
    tellAlias(chat, '"function_call"', '"tool_calls"');
    chat.unnamedCall = `call_${chat.calls.size + 1}`;
    calls.push(...readCall(chat, { id: chat.unnamedCall, function: older }, place));
  }
  return calls.length > 0 ? { toolCalls: calls } : {};
}

function readCall(chat: ChatReading, call: unknown, place: string): ToolCall[] {
  const inner = isJsonObject(call) ? own(call, 'function') : undefined;
  const [id, name] = [
    isJsonObject(call) ? own(call, 'id') : undefined,
    isJsonObject(inner) ? own(inner, 'name') : undefined,
  ];
  if (!isJsonObject(inner) || !isPlainName(id) || !isPlainName(name)) {
    const hint = 'Write {"id": "call_1", "type": "function", "function": {"name": "…", "arguments": "{…}"}}';
    tellChat(chat, 'CHAT_TOOL_CALL', { place, message: 'the call needs an id, and a function with a name', hint });
    return [];
  }
  if (chat.calls.has(id)) {
    const hint = 'Give each call an id of its own.';
    tellChat(chat, 'CHAT_TOOL_CALL', { place, message: `an earlier call has the id "${excerpt(id)}" too`, hint });
    return [];
  }
  chat.calls.add(id);
  return [{ id, name, arguments: argumentsOf(chat, own(inner, 'arguments'), place) }];
}

/** JSON text; an object, as some tools write it, becomes text. */
function argumentsOf(chat: ChatReading, value: unknown, place: string): string {
  if (value === undefined || value === null) return '{}';
  if (typeof value !== 'string') {
    if (isJsonObject(value) && !isDeeperThan(value, DEEPEST)) return canonicalJson(value);
    tellChat(chat, 'CHAT_TOOL_CALL', {
      place,
      message: `its arguments are ${kindOf(value)} that is no plain JSON object`,
      hint: 'Write them as a text of JSON: "{\\"place\\": \\"Oslo\\"}"',
    });
    return '{}';
  }
  for (const issue of checkText(value, 'the arguments'))
    chat.draft.tell({ ...issue, message: `${place}: ${issue.message}` });
  if (!isJsonObject(parsed(value))) {
    const message = `its arguments are no JSON object: ${excerpt(value)}`;
    tellChat(chat, 'CHAT_TOOL_ARGUMENTS', {
      place,
      message,
      hint: 'A model that learns this will call tools that way.',
    });
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads which call a tool turn answers. */
export function readAnsweredCall(chat: ChatReading, message: JsonObject, place: string): { toolCallId?: string } {
  const written = own(message, 'tool_call_id') ?? (own(message, 'role') === 'function' ? chat.unnamedCall : undefined);
  if (isPlainName(written) && chat.calls.has(written)) return { toolCallId: written };
  const shown =
    typeof written === 'string' ? `"${excerpt(written)}" is the id of no earlier call` : `it is ${kindOf(written)}`;
  const hint = 'Write the id of the tool call that this turn answers.';
  tellChat(chat, 'CHAT_TOOL_CALL', { place, message: `tool_call_id: ${shown}`, hint });
  return {};
}
