import { isObject, type JsonObject, own, unknownKey } from '../json-value.ts';
import { type ContentReading, readContent, readText } from './check-content.ts';
import { MAXIMUM_FUNCTIONS, SERVICES } from './rules.ts';

/** Counts of a sound example, or the end of the sentence "Example N ...". */
export type ExampleReading = ContentReading;

const EXAMPLE_KEYS = ['messages', 'tools', 'parallel_tool_calls', 'functions'];

/** The keys of a message besides `role` and `content`. */
const MESSAGE_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['system', ['name']],
  ['user', ['name']],
  ['assistant', ['name', 'weight', 'refusal', 'tool_calls', 'function_call']],
  ['tool', ['tool_call_id']],
  ['function', ['name']],
]);

/** Checks one training line of the chat format for supervised tuning. */
export function readExample(
  example: JsonObject,
  imagesPerExample: number = SERVICES.openai.imagesPerExample,
): ExampleReading {
  const stray = unknownKey(example, EXAMPLE_KEYS);
  if (stray !== null) return { fault: `has the unknown key "${stray}"` };
  const toolFault =
    checkTools(own(example, 'tools'), own(example, 'parallel_tool_calls')) ?? checkFunctions(own(example, 'functions'));
  if (toolFault !== null) return { fault: toolFault };
  const messages = own(example, 'messages');
  if (!Array.isArray(messages) || messages.length === 0) return { fault: 'has no list of messages' };
  return readMessages(messages, imagesPerExample);
}

function checkTools(tools: unknown, parallel: unknown): string | null {
  if (parallel !== undefined && typeof parallel !== 'boolean') return 'has a parallel_tool_calls that is not a boolean';
  if (tools === undefined) return null;
  if (!Array.isArray(tools) || !tools.every(isFunctionTool)) return 'has tools that are not a list of functions';
  if (tools.length > MAXIMUM_FUNCTIONS) return `has ${tools.length} tools, at most ${MAXIMUM_FUNCTIONS} are allowed`;
  return readText(JSON.stringify(tools)).fault;
}

/** The deprecated form of tools. */
function checkFunctions(functions: unknown): string | null {
  if (functions === undefined) return null;
  const isList = Array.isArray(functions) && functions.length >= 1 && functions.length <= MAXIMUM_FUNCTIONS;
  return isList && functions.every((one) => isObject(one) && isFunctionName(own(one, 'name')))
    ? null
    : `has functions that are not a list of 1 to ${MAXIMUM_FUNCTIONS}`;
}

function isFunctionTool(tool: unknown): boolean {
  if (!isObject(tool) || own(tool, 'type') !== 'function') return false;
  const definition = own(tool, 'function');
  return isObject(definition) && isFunctionName(own(definition, 'name'));
}

function isFunctionName(name: unknown): boolean {
  return typeof name === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(name);
}

function readMessages(messages: unknown[], imagesPerExample: number): ExampleReading {
  let images = 0;
  let characters = 0;
  let trained = false;
  const callIds = new Set<string>();
  for (const message of messages) {
    const reading = readMessage(message, callIds);
    if (reading.fault !== null) return reading;
    images += reading.images;
    characters += reading.characters;
    trained ||= isObject(message) && own(message, 'role') === 'assistant' && own(message, 'weight') !== 0;
  }
  const last = messages.at(-1);
  if (!isObject(last) || own(last, 'role') !== 'assistant')
    return { fault: 'must end with a message from the assistant' };
  if (!trained) return { fault: 'has no message from the assistant with a weight of 1' };
  if (images <= imagesPerExample) return { fault: null, images, characters };
  return { fault: `has ${images} images, at most ${imagesPerExample} are allowed` };
}

function readMessage(message: unknown, callIds: Set<string>): ContentReading {
  if (!isObject(message)) return { fault: 'message is not a dictionary' };
  const role = own(message, 'role');
  const keys = typeof role === 'string' ? MESSAGE_KEYS.get(role) : undefined;
  if (typeof role !== 'string' || keys === undefined) {
    return { fault: `message has the unsupported role ${JSON.stringify(role) ?? 'undefined'}` };
  }
  const stray = unknownKey(message, ['role', 'content', ...keys]);
  if (stray !== null) return { fault: `message has the unknown key "${stray}"` };
  const fault =
    checkName(message, role) ??
    (role === 'assistant' ? checkAssistant(message, callIds) : checkReply(message, role, callIds));
  if (fault !== null) return { fault: `message ${fault}` };
  const reading = readMessageContent(message, role);
  return reading.fault === null ? reading : { fault: `message ${reading.fault}` };
}

function readMessageContent(message: JsonObject, role: string): ContentReading {
  const content = own(message, 'content');
  if (content !== undefined && content !== null) return readContent(content, role);
  if (role === 'function' && content === null) return readText('');
  const calls = own(message, 'tool_calls') ?? own(message, 'function_call') ?? own(message, 'refusal');
  return role === 'assistant' && calls !== undefined ? readText('') : { fault: 'has no content' };
}

/** The chat API tells the pattern of names in its errors. */
function checkName(message: JsonObject, role: string): string | null {
  const name = own(message, 'name');
  if (name === undefined) return role === 'function' ? 'has no name' : null;
  return isFunctionName(name) ? null : "has a name that does not match the pattern '^[a-zA-Z0-9_-]+$'";
}

function checkAssistant(message: JsonObject, callIds: Set<string>): string | null {
  const weight = own(message, 'weight');
  if (weight !== undefined && weight !== 0 && weight !== 1) return 'has a weight that is neither 0 nor 1';
  const calls = own(message, 'tool_calls');
  if (calls === undefined) return null;
  if (!Array.isArray(calls) || calls.length === 0) return 'has tool_calls that are not a list';
  for (const call of calls) {
    const fault = checkToolCall(call);
    if (fault !== null) return fault;
    if (isObject(call)) callIds.add(String(own(call, 'id')));
  }
  return null;
}

function checkToolCall(call: unknown): string | null {
  if (!isObject(call) || typeof own(call, 'id') !== 'string') return 'has a tool call without an id';
  const called = own(call, 'type') === 'function' ? own(call, 'function') : undefined;
  if (!isObject(called) || !isFunctionName(own(called, 'name'))) return 'has a tool call without a function name';
  const given = own(called, 'arguments');
  return typeof given === 'string' ? readText(given).fault : 'has a tool call whose arguments are not a string';
}

function checkReply(message: JsonObject, role: string, callIds: ReadonlySet<string>): string | null {
  if (role !== 'tool') return null;
  const id = own(message, 'tool_call_id');
  return typeof id === 'string' && callIds.has(id) ? null : 'answers a tool call that was not made';
}
