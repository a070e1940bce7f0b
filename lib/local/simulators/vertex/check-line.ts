import { isObject, type JsonObject, own, unknownKey } from '../json-value.ts';
import { textTokens } from './text-tokens.ts';

/** A file that a line names, with the resolution that its part asks for. */
interface NamedFile {
  mimeType: string;
  uri: string;
  resolution: string | null;
}

/** A sound line: what it holds, not yet whether its files are there. */
export interface LineContent {
  contents: readonly JsonObject[];
  files: NamedFile[];
  inputCharacters: number;
  outputCharacters: number;
  /** Of texts alone; not yet rounded. */
  inputTokens: number;
  outputTokens: number;
  resolution: string | null;
}

/** Spellings: protobuf's JSON takes camel case and snake case, as Google's own samples mix them. */
const LINE_KEYS = [
  'systemInstruction',
  'system_instruction',
  'contents',
  'tools',
  'generationConfig',
  'generation_config',
];
const DATA_KEYS = ['text', 'fileData', 'functionCall', 'functionResponse'] as const;
const PART_KEYS = [...DATA_KEYS, 'mediaResolution'];
const RESOLUTIONS = ['MEDIA_RESOLUTION_LOW', 'MEDIA_RESOLUTION_MEDIUM', 'MEDIA_RESOLUTION_HIGH'];
const PART_RESOLUTIONS = [...RESOLUTIONS, 'MEDIA_RESOLUTION_ULTRA_HIGH'];

/** Reads one line of a tuning file; a string says what is wrong with it. */
export function readLineContent(line: JsonObject, generation: 2 | 3): LineContent | string {
  const unknown = unknownKey(line, LINE_KEYS);
  if (unknown !== null) return `unknown field "${unknown}"`;
  const content: LineContent = {
    contents: [],
    files: [],
    inputCharacters: 0,
    outputCharacters: 0,
    inputTokens: 0,
    outputTokens: 0,
    resolution: null,
  };
  const fault =
    readSystem(own(line, 'systemInstruction') ?? own(line, 'system_instruction'), content) ??
    readTools(own(line, 'tools'), content) ??
    readGenerationConfig(own(line, 'generationConfig') ?? own(line, 'generation_config'), content) ??
    readContents(own(line, 'contents'), content);
  // [2] A part's own resolution came with Gemini 3.
  if (fault === null && generation === 2 && content.files.some(({ resolution }) => resolution !== null)) {
    return 'a part has a mediaResolution, which this model does not support';
  }
  return fault ?? content;
}

function readSystem(value: unknown, content: LineContent): string | null {
  if (value === undefined) return null;
  const parts = isObject(value) ? own(value, 'parts') : null;
  if (!isObject(value) || !Array.isArray(parts) || parts.length === 0) return 'systemInstruction must have parts';
  if (unknownKey(value, ['role', 'parts']) !== null) return 'systemInstruction has an unknown field';
  for (const part of parts) {
    const text = isObject(part) && unknownKey(part, ['text']) === null ? own(part, 'text') : null;
    if (typeof text !== 'string') return 'systemInstruction takes text parts only';
    count(text, 'user', content);
  }
  return null;
}

function readTools(value: unknown, content: LineContent): string | null {
  if (value === undefined) return null;
  const isSound = Array.isArray(value) && value.every((tool) => isObject(tool) && isDeclarations(tool));
  if (!isSound) return 'tools must be a list of objects with functionDeclarations';
  count(JSON.stringify(value), 'user', content);
  return null;
}

function isDeclarations(tool: JsonObject): boolean {
  const declarations = own(tool, 'functionDeclarations') ?? own(tool, 'function_declarations');
  return Array.isArray(declarations) && declarations.every((it) => isObject(it) && isName(own(it, 'name')));
}

function readGenerationConfig(value: unknown, content: LineContent): string | null {
  if (value === undefined) return null;
  if (!isObject(value)) return 'generationConfig must be an object';
  const unknown = unknownKey(value, ['mediaResolution']);
  if (unknown !== null) return `generationConfig.${unknown} is not supported for tuning`;
  const resolution = own(value, 'mediaResolution');
  if (resolution === undefined) return null;
  if (typeof resolution !== 'string' || !RESOLUTIONS.includes(resolution))
    return 'mediaResolution has an unknown value';
  content.resolution = resolution;
  return null;
}

function readContents(value: unknown, content: LineContent): string | null {
  if (!Array.isArray(value) || value.length === 0) return 'contents must be a list of turns';
  for (const [index, turn] of value.entries()) {
    const fault = readTurn(turn, index % 2 === 0 ? 'user' : 'model', content);
    if (fault !== null) return `contents[${index}]${fault}`;
  }
  if (value.length % 2 === 1) return 'the last turn must have the role "model"';
  content.contents = value;
  return null;
}

function readTurn(turn: unknown, role: 'user' | 'model', content: LineContent): string | null {
  if (!isObject(turn) || own(turn, 'role') !== role) {
    return ` must have the role "${role}": turns alternate between user and model, beginning with user`;
  }
  const parts = own(turn, 'parts');
  if (!Array.isArray(parts) || parts.length === 0) return ' must have parts';
  if (unknownKey(turn, ['role', 'parts']) !== null) return ' has an unknown field';
  for (const [at, part] of parts.entries()) {
    const fault = isObject(part) ? readPart(part, role, content) : 'must be an object';
    if (fault !== null) return `.parts[${at}] ${fault}`;
  }
  return null;
}

function readPart(part: JsonObject, role: 'user' | 'model', content: LineContent): string | null {
  const unknown = unknownKey(part, PART_KEYS);
  if (unknown !== null) return `has the unknown field "${unknown}"`;
  const [kind, ...others] = DATA_KEYS.filter((key) => Object.hasOwn(part, key));
  if (kind === undefined || others.length > 0) return `must have exactly one of ${DATA_KEYS.join(', ')}`;
  const data = own(part, kind);
  if (kind === 'text') return readText(data, role, content);
  if (!isObject(data)) return `has a ${kind} that is no object`;
  if (kind === 'fileData') return role === 'user' ? readFile(part, data, content) : 'is a file in a model turn';
  return readFunction(data, { kind, role, content });
}

function readText(text: unknown, role: 'user' | 'model', content: LineContent): string | null {
  if (typeof text !== 'string' || text === '') return 'must have text that is not empty';
  count(text, role, content);
  return null;
}

function count(text: string, role: 'user' | 'model', content: LineContent): void {
  const side = role === 'user' ? 'input' : 'output';
  content[`${side}Characters`] += text.length;
  content[`${side}Tokens`] += textTokens(text);
}

function readFile(part: JsonObject, data: JsonObject, content: LineContent): string | null {
  const [mimeType, uri] = [own(data, 'mimeType'), own(data, 'fileUri')];
  if (typeof mimeType !== 'string' || typeof uri !== 'string') return 'must have fileData with mimeType and fileUri';
  if (unknownKey(data, ['mimeType', 'fileUri']) !== null) return 'has an unknown field in fileData';
  if (!/^(gs|https?):\/\/[^/]+\/./.test(uri))
    return `names "${uri.slice(0, 80)}", which is no gs:// or http(s) address`;
  const asked = own(part, 'mediaResolution');
  const level = isObject(asked) ? own(asked, 'level') : null;
  if (asked !== undefined && (typeof level !== 'string' || !PART_RESOLUTIONS.includes(level))) {
    return 'has a mediaResolution without a known level';
  }
  content.files.push({ mimeType, uri, resolution: typeof level === 'string' ? level : null });
  return null;
}

interface FunctionPlace {
  kind: 'functionCall' | 'functionResponse';
  role: 'user' | 'model';
  content: LineContent;
}

function readFunction(data: JsonObject, { kind, role, content }: FunctionPlace): string | null {
  const isCall = kind === 'functionCall';
  if ((role === 'model') !== isCall) return `has a ${kind} in a ${role} turn`;
  const field = isCall ? 'args' : 'response';
  if (!isName(own(data, 'name'))) return `has a ${kind} without a name`;
  if (unknownKey(data, ['name', field]) !== null) return `has a ${kind} with an unknown field`;
  const value = own(data, field);
  if (!isObject(value) && (value !== undefined || !isCall)) return `has a ${kind} whose ${field} is no object`;
  count(JSON.stringify(data), role, content);
  return null;
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z_][\w.:-]{0,127}$/.test(value);
}
