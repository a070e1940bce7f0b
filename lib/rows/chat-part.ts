import { excerpt } from '../domain/excerpt.ts';
import { EXTENSIONS } from '../domain/media.ts';
import type { RowCode } from './codes.ts';
import { isJsonObject, type JsonObject, kindOf, own, ownText } from './json-value.ts';
import { classifyReference, type WrittenReference } from './reference.ts';

/** Why a part names no file. */
export interface PartFault {
  code: RowCode;
  message: string;
  hint: string;
}

// Where the chat formats keep a file: OpenAI's two APIs, Anthropic's `source`, and what people write from memory.
const REFERENCE_KEYS = [
  ...['url', 'uri', 'path', 'image_url', 'audio_url', 'file_url', 'document_url', 'file_path', 'source'],
];
const DATA_KEYS = ['file_data', 'data'];
const TYPE_KEYS = ['media_type', 'mime_type', 'mimeType', 'format'];

const MIME_OF: ReadonlyMap<string, string> = new Map([
  ...Object.entries(EXTENSIONS).map(([mime, extension]) => [extension, mime] as const),
  ['jpeg', 'image/jpeg'],
]);

/** Finds what a media part names, wherever its format keeps that: a link, a data URI, base64 with a type beside it, or a name. */
export function partReference(part: JsonObject, type: string): WrittenReference | PartFault {
  const inner = own(part, type);
  if (typeof inner === 'string') return written(inner, part);
  if (isJsonObject(inner)) return referenceIn(inner, type);
  if (inner !== undefined && inner !== null) {
    return { code: 'CHAT_PART', message: `its ${type} is ${kindOf(inner)}`, hint: partHint(type) };
  }
  return referenceIn(part, type);
}

function referenceIn(source: JsonObject, type: string, isInner: boolean = false): WrittenReference | PartFault {
  for (const key of REFERENCE_KEYS) {
    const value = own(source, key);
    if (typeof value === 'string') return written(value, source);
    if (isJsonObject(value) && !isInner) return referenceIn(value, type, true);
  }
  for (const key of DATA_KEYS) {
    const value = own(source, key);
    if (typeof value === 'string') return dataReference(value, source, type);
  }
  const name = ownText(source, 'filename') ?? ownText(source, 'name');
  if (name !== undefined && !Object.hasOwn(source, 'file_id')) return written(name, source);
  return nothingNamed(source, type);
}

function written(text: string, source: JsonObject): WrittenReference | PartFault {
  if (text.trim() !== '') return classifyReference(text);
  const id = own(source, 'file_id');
  if (id !== undefined && id !== null) return nothingNamed(source, 'file');
  return {
    code: 'CHAT_PART',
    message: 'it names no file',
    hint: 'Write a link, a data URI, or a name in the archive.',
  };
}

function nothingNamed(source: JsonObject, type: string): PartFault {
  if (!Object.hasOwn(source, 'file_id'))
    return { code: 'CHAT_PART', message: 'it names no file', hint: partHint(type) };
  return {
    code: 'CHAT_FILE_ID',
    message: `it names a file by the id "${excerpt(String(own(source, 'file_id')))}", which only its provider knows`,
    hint: 'Put the file into the archive and write its name, or write it as a data URI.',
  };
}

function partHint(type: string): string {
  if (type === 'input_audio')
    return 'Write {"type": "input_audio", "input_audio": {"data": "<base64>", "format": "mp3"}}';
  if (type === 'file' || type === 'input_file') {
    return 'Write {"type": "file", "file": {"file_data": "data:application/pdf;base64,…"}}';
  }
  return 'Write {"type": "image_url", "image_url": {"url": "…"}} with a link, a data URI, or a name in the archive.';
}

/** Base64 alone becomes a data URI by the type that stands beside it. */
function dataReference(data: string, source: JsonObject, type: string): WrittenReference | PartFault {
  const isWhole = /^\s*(?:data:|[a-z][a-z0-9+.-]{0,30}:\/\/)/i.test(data);
  if (isWhole || data.trim() === '') return written(data, source);
  const mime = declaredType(source, type);
  if (mime !== null) return { kind: 'data-uri', text: `data:${mime};base64,${data}` };
  const hint = 'Write it as a data URI: data:application/pdf;base64,…';
  return { code: 'CHAT_PART', message: 'its data does not say of which type it is', hint };
}

function declaredType(source: JsonObject, type: string): string | null {
  const said = TYPE_KEYS.map((key) => ownText(source, key)).find((value) => value !== undefined);
  if (said?.includes('/')) return said.trim();
  if (said !== undefined)
    return MIME_OF.get(said.trim().toLowerCase()) ?? (type === 'input_audio' ? `audio/${said}` : null);
  const name = ownText(source, 'filename') ?? '';
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return MIME_OF.get(extension) ?? null;
}
