import { type PreparedFile, type ResolvedMessage, textsOf } from '../resolved-messages.ts';
import { isRecord, parseRecord } from './json-record.ts';

/** A part as a line has it; exactly one member is set. */
export type LinePart =
  | { text: string }
  | { fileData: { mimeType: string; fileUri: string }; mediaResolution?: { level: string } }
  | { functionCall: { name: string; args: Record<string, unknown> } }
  | { functionResponse: { name: string; response: Record<string, unknown> } };

export interface Turn {
  role: 'user' | 'model';
  parts: LinePart[];
}

/** The chat as Gemini has it: what the system said, and turns that alternate between user and model. */
export interface Conversation {
  system: string[];
  turns: Turn[];
  adjustments: string[];
}

/** How lines speak of files. */
export interface FileWords {
  fileUri(file: PreparedFile): string;
  /** What each image asks for itself, beyond what the line asks for; null = nothing. */
  imageLevel: string | null;
}

/** Turns messages into Gemini's conversation; consecutive turns of one role become one. Whether it begins and ends well is judged by `rules.ts`. */
export function toConversation(messages: readonly ResolvedMessage[], files: FileWords): Conversation {
  const systems = messages.filter(({ role }) => role === 'system');
  const others = messages.filter(({ role }) => role !== 'system');
  const names = callNames(messages);
  const turns: Turn[] = [];
  let merged = false;
  for (const [index, message] of others.entries()) {
    const turn = toTurn(message, { names, ...files });
    const last = turns.at(-1);
    if (last?.role !== turn.role) {
      turns.push(turn);
      continue;
    }
    last.parts.push(...turn.parts);
    // The answers to parallel calls belong into one turn: that is Gemini's own form, and no adjustment.
    merged ||= message.role !== 'tool' || others[index - 1]?.role !== 'tool';
  }
  const adjustments = [
    ...(systems.length > 1 ? ['system-merged'] : []),
    ...(systems.length === 1 && messages[0]?.role !== 'system' ? ['system-moved'] : []),
    ...(merged ? ['turns-merged'] : []),
  ];
  return { system: toSystem(systems), turns, adjustments };
}

/** One message keeps its parts; several become one text, with an empty line between them. */
function toSystem(messages: readonly ResolvedMessage[]): string[] {
  const texts = messages.map(textsOf).filter((parts) => parts.length > 0);
  return texts.length > 1 ? [texts.map((parts) => parts.join('\n')).join('\n\n')] : (texts[0] ?? []);
}

function callNames(messages: readonly ResolvedMessage[]): ReadonlyMap<string, string> {
  return new Map(messages.flatMap(({ toolCalls }) => (toolCalls ?? []).map(({ id, name }) => [id, name] as const)));
}

interface TurnContext extends FileWords {
  names: ReadonlyMap<string, string>;
}

function toTurn(message: ResolvedMessage, context: TurnContext): Turn {
  if (message.role === 'tool') return { role: 'user', parts: [toResponse(message, context.names)] };
  // Google's samples put media before the question; the order that the row has is the user's data, and it stays.
  const parts = message.parts.map((part) => ('text' in part ? part : toFilePart(part.file, context)));
  const calls = (message.toolCalls ?? []).map(
    (call): LinePart => ({ functionCall: { name: call.name, args: parseRecord(call.arguments) ?? {} } }),
  );
  return message.role === 'assistant' ? { role: 'model', parts: [...parts, ...calls] } : { role: 'user', parts };
}

function toFilePart(file: PreparedFile, { fileUri, imageLevel }: FileWords): LinePart {
  const fileData = { mimeType: file.mime, fileUri: fileUri(file) };
  return imageLevel !== null && file.kind === 'image'
    ? { fileData, mediaResolution: { level: imageLevel } }
    : { fileData };
}

/** The response is an object: a tool's JSON object as it is, anything else under "output", as the proto says. */
function toResponse(message: ResolvedMessage, names: ReadonlyMap<string, string>): LinePart {
  const text = textsOf(message).join('');
  const value = parseRecord(text);
  const response = isRecord(value) ? value : { output: text };
  return { functionResponse: { name: names.get(message.toolCallId ?? '') ?? '', response } };
}
