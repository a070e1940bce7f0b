import { isObject, type JsonObject, own, unknownKey } from '../json-value.ts';
import type { MediaReference } from './check-media.ts';
import { parseMediaUri } from './names.ts';
import { type ModelRules, RESERVED_WORDS } from './rules.ts';

/** What one content block holds, or what is wrong with it. */
export interface BlockReading {
  fault: string | null;
  kind: string;
  characters: number;
  media: MediaReference | null;
}

const BLOCK_KINDS = ['text', 'image', 'video', 'document', 'reasoningContent', 'toolUse', 'toolResult'];

/** Reads one content block of a message by `role`; `bucket` is the one that holds the training file. */
export function readBlock(block: unknown, role: string, options: { rules: ModelRules; bucket: string }): BlockReading {
  const keys = isObject(block) ? Object.keys(block) : [];
  const [kind = ''] = keys;
  if (!isObject(block) || keys.length !== 1 || !BLOCK_KINDS.includes(kind)) {
    return faulty('', `a content block must have exactly one of the keys ${BLOCK_KINDS.join(', ')}`);
  }
  const misplaced = refusePlace(kind, role, options.rules);
  if (misplaced !== null) return faulty(kind, misplaced);
  const value = own(block, kind);
  if (kind === 'text') return readTextBlock(kind, value);
  if (kind === 'reasoningContent') return readReasoning(value);
  if (kind === 'image' || kind === 'video' || kind === 'document') return readMedia(kind, value, options);
  return readTool(kind, value);
}

/** The reserved word in a text, or null. */
function findReservedWord(text: string): string | null {
  const lower = text.toLowerCase();
  return RESERVED_WORDS.find((word) => lower.includes(word)) ?? null;
}

/** The fault of a text that holds a reserved word, or null. */
export function checkText(text: unknown): string | null {
  if (typeof text !== 'string') return 'a text is not a string';
  const word = findReservedWord(text);
  return word === null ? null : `a text contains the reserved word "${word}"`;
}

function faulty(kind: string, fault: string): BlockReading {
  return { fault, kind, characters: 0, media: null };
}

function refusePlace(kind: string, role: string, rules: ModelRules): string | null {
  const isMedia = kind === 'image' || kind === 'video' || kind === 'document';
  if (role === 'assistant') {
    if (isMedia || kind === 'toolResult') return `the assistant's turn must not have a block of the kind ${kind}`;
    return kind === 'reasoningContent' && !rules.reasoning ? 'the model does not take reasoningContent' : null;
  }
  return kind === 'reasoningContent' || kind === 'toolUse'
    ? `the user's turn must not have a block of the kind ${kind}`
    : null;
}

function readTextBlock(kind: string, text: unknown): BlockReading {
  const fault = checkText(text);
  return { fault, kind, characters: typeof text === 'string' ? text.length : 0, media: null };
}

function readReasoning(value: unknown): BlockReading {
  const inner = isObject(value) && unknownKey(value, ['reasoningText']) === null ? own(value, 'reasoningText') : null;
  if (!isObject(inner)) return faulty('reasoningContent', 'reasoningContent must hold a reasoningText');
  return readTextBlock('reasoningContent', own(inner, 'text'));
}

function readTool(kind: string, value: unknown): BlockReading {
  const id = isObject(value) ? own(value, 'toolUseId') : undefined;
  if (!isObject(value) || typeof id !== 'string' || id.trim() === '') {
    return faulty(kind, `a ${kind} must have a toolUseId`);
  }
  if (kind === 'toolUse' && (typeof own(value, 'name') !== 'string' || !isObject(own(value, 'input')))) {
    return faulty(kind, 'a toolUse must have a name and an input');
  }
  if (kind === 'toolResult' && !isResult(own(value, 'content'))) {
    return faulty(kind, 'a toolResult must have a list of contents, each a text or a json');
  }
  return { fault: null, kind, characters: JSON.stringify(value).length, media: null };
}

function isResult(content: unknown): boolean {
  return Array.isArray(content) && content.length > 0 && content.every(isResultItem);
}

function isResultItem(item: unknown): boolean {
  if (!isObject(item) || Object.keys(item).length !== 1) return false;
  return typeof own(item, 'text') === 'string' || isObject(own(item, 'json'));
}

function readMedia(
  kind: MediaReference['kind'],
  value: unknown,
  { rules, bucket }: { rules: ModelRules; bucket: string },
): BlockReading {
  const formats = { image: rules.images, video: rules.videos, document: rules.documents }[kind];
  if (formats.length === 0) return faulty(kind, `the model does not take blocks of the kind ${kind}`);
  if (!isObject(value) || unknownKey(value, ['format', 'source']) !== null) {
    return faulty(kind, `a block of the kind ${kind} must have format and source only`);
  }
  const format = own(value, 'format');
  if (typeof format !== 'string' || !formats.includes(format)) {
    return faulty(kind, `the format ${JSON.stringify(format) ?? 'undefined'} is none of ${formats.join(', ')}`);
  }
  const location = readSource(own(value, 'source'));
  if (typeof location === 'string') return faulty(kind, location);
  if (location.bucket !== bucket) return faulty(kind, `the ${kind} must lie in the bucket of the dataset, "${bucket}"`);
  return { fault: null, kind, characters: 0, media: { kind, format, location } };
}

function readSource(source: unknown): MediaReference['location'] | string {
  const inner = isObject(source) && unknownKey(source, ['s3Location']) === null ? own(source, 's3Location') : null;
  if (!isObject(inner) || unknownKey(inner as JsonObject, ['uri', 'bucketOwner']) !== null) {
    return 'a source must hold an s3Location with uri and bucketOwner only';
  }
  const owner = own(inner, 'bucketOwner');
  if (owner !== undefined && !(typeof owner === 'string' && /^[0-9]{12}$/.test(owner))) {
    return 'a bucketOwner must have 12 digits';
  }
  const uri = own(inner, 'uri');
  const location = typeof uri === 'string' ? parseMediaUri(uri) : null;
  return location ?? 'a media uri must be s3://bucket/key of letters, digits and _ - / . only';
}
