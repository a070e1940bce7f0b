import type { Message, Part } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { partReference } from './chat-part.ts';
import { type ChatReading, tellChat, tellUnread } from './chat-reading.ts';
import { isJsonObject, type JsonObject, kindOf, own } from './json-value.ts';
import { videoIssue } from './media-issues.ts';
import { resolveReference } from './resolve.ts';
import { checkText } from './text.ts';

interface At {
  place: string;
  role: Message['role'];
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['text', 'input_text', 'output_text']);
const VIDEO_TYPES: ReadonlySet<string> = new Set(['video', 'video_url', 'input_video']);
const MEDIA_TYPES: ReadonlySet<string> = new Set([
  ...['image_url', 'image', 'input_image', 'input_audio', 'audio', 'audio_url', 'file', 'input_file', 'file_url'],
  ...['document', 'document_url', 'input_document', 'media', ...VIDEO_TYPES],
]);
const TYPES = [...TEXT_TYPES, ...MEDIA_TYPES];

const TEXT_KEYS: ReadonlySet<string> = new Set(['type', 'text', 'annotations', 'cache_control']);
const MEDIA_KEYS: ReadonlySet<string> = new Set([
  ...['type', 'detail', 'url', 'uri', 'path', 'file_path', 'source', 'data', 'file_data', 'format', 'filename', 'name'],
  ...['media_type', 'mime_type', 'mimeType', 'file_id', 'title', 'cache_control', ...MEDIA_TYPES],
]);

/** Reads the content of a message: a text, nothing, or parts; media only in user turns. */
export function readContent(chat: ChatReading, content: unknown, at: At): Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return textPart(chat, content, at.place);
  if (Array.isArray(content)) {
    return content.flatMap((part: unknown, index) =>
      readPart(chat, part, { ...at, place: `${at.place}, part ${index + 1}` }),
    );
  }
  const hint = 'Write a text, or a list of parts: [{"type": "text", "text": "…"}]';
  tellChat(chat, 'CHAT_CONTENT', { place: at.place, message: `its content is ${kindOf(content)}`, hint });
  return [];
}

function textPart(chat: ChatReading, text: string, place: string): Part[] {
  for (const { code, message, hint, severity } of checkText(text, 'the text')) {
    chat.draft.tell({ code, severity, message: `${place}: ${message}`, ...(hint === undefined ? {} : { hint }) });
  }
  return text === '' ? [] : [{ text }];
}

function readPart(chat: ChatReading, part: unknown, at: At): Part[] {
  if (typeof part === 'string') return textPart(chat, part, at.place);
  if (!isJsonObject(part)) {
    const message = `it is ${kindOf(part)}, not an object with a type`;
    tellChat(chat, 'CHAT_PART', { place: at.place, message, hint: 'Write {"type": "text", "text": "…"}' });
    return [];
  }
  const type = own(part, 'type');
  if (typeof type === 'string' && TEXT_TYPES.has(type)) return readText(chat, part, at);
  if (typeof type === 'string' && MEDIA_TYPES.has(type)) return readMedia(chat, part, { ...at, type });
  tellChat(chat, 'CHAT_PART_TYPE', { place: at.place, ...typeFault(part, type) });
  return [];
}

function typeFault(part: JsonObject, type: unknown): { message: string; hint: string } {
  if (typeof type === 'string') {
    const hint = `Known types: ${TYPES.slice(0, 8).join(', ')}.${didYouMean(type, TYPES)}`;
    return { message: `the type "${excerpt(type)}" is not known`, hint };
  }
  const meant = TYPES.find((each) => Object.hasOwn(part, each)) ?? 'text';
  return { message: `its type is ${kindOf(type)}`, hint: `Add "type": "${meant}".` };
}

function readText(chat: ChatReading, part: JsonObject, { place }: At): Part[] {
  tellUnread(chat, part, { place, read: TEXT_KEYS });
  const text = own(part, 'text');
  if (typeof text === 'string') return textPart(chat, text, place);
  tellChat(chat, 'CHAT_PART', {
    place,
    message: `its text is ${kindOf(text)}`,
    hint: 'Write {"type": "text", "text": "…"}',
  });
  return [];
}

function readMedia(chat: ChatReading, part: JsonObject, at: At & { type: string }): Part[] {
  const { place, role, type } = at;
  tellUnread(chat, part, { place, read: MEDIA_KEYS });
  if (role !== 'user') {
    const message = `${role === 'assistant' ? 'an' : 'a'} ${role} turn cannot carry files`;
    tellChat(chat, 'CHAT_MEDIA_ROLE', { place, message, hint: 'Move the file into a user turn; answers are text.' });
    return [];
  }
  const written = partReference(part, type);
  if ('code' in written) {
    const { code, message, hint } = written;
    tellChat(chat, code, { place, message, hint });
    return [];
  }
  // A name may be a folder of frames; anything else that calls itself a video is one.
  if (VIDEO_TYPES.has(type) && written.kind !== 'name') {
    const [message, options] = videoIssue('the file', 'clip.mp4');
    tellChat(chat, 'VIDEO_UNSUPPORTED', { place, message, hint: options.hint });
    return [];
  }
  const detail = detailOf(chat, part, at);
  return resolveReference(chat.draft, written).map((media) => ({ media, ...detail }));
}

const DETAILS = ['auto', 'low', 'high'] as const;

function detailOf(
  chat: ChatReading,
  part: JsonObject,
  at: { place: string; type: string },
): { detail?: 'auto' | 'low' | 'high' } {
  const inner = own(part, at.type);
  const said = (isJsonObject(inner) ? own(inner, 'detail') : undefined) ?? own(part, 'detail');
  if (said === undefined || said === null) return {};
  const detail = DETAILS.find((known) => known === said);
  if (detail) return { detail };
  const shown = typeof said === 'string' ? `"${excerpt(said)}"` : kindOf(said);
  const message = `its detail is ${shown}, none of ${DETAILS.join(', ')}; it is not read`;
  tellChat(chat, 'CHAT_DETAIL', { place: at.place, message });
  return {};
}
