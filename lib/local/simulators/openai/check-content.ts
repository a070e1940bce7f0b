import { isObject, type JsonObject, own, unknownKey } from '../json-value.ts';
import { checkImageUrl } from './check-image.ts';
import { SPECIAL_TOKENS } from './rules.ts';

/** What one message holds, or the first thing that is wrong with it. */
export type ContentReading = { fault: string } | { fault: null; images: number; characters: number };

const SOUND = { fault: null, images: 0, characters: 0 } as const;

/** Reads a content that is a string or an array of parts; images are for `user` only, refusals for `assistant`. */
export function readContent(content: unknown, role: string): ContentReading {
  if (typeof content === 'string') return readText(content);
  if (!Array.isArray(content)) return { fault: 'has a content that is neither text nor a list of parts' };
  if (content.length === 0) return { fault: 'has an empty list of parts' };
  let images = 0;
  let characters = 0;
  for (const part of content) {
    const reading = readPart(part, role);
    if (reading.fault !== null) return reading;
    images += reading.images;
    characters += reading.characters;
  }
  const refusals = content.filter((part) => isObject(part) && own(part, 'type') === 'refusal').length;
  if (refusals > 0 && content.length > 1) return { fault: 'has a refusal beside other parts' };
  return { fault: null, images, characters };
}

/** Reads a text, in which special tokens are refused. */
export function readText(text: string): ContentReading {
  const token = SPECIAL_TOKENS.find((special) => text.includes(special));
  if (token !== undefined) return { fault: `contains an invalid token: ${token}` };
  return { ...SOUND, characters: text.length };
}

function readPart(part: unknown, role: string): ContentReading {
  if (!isObject(part)) return { fault: 'has a part that is not an object' };
  const type = own(part, 'type');
  if (type === 'text') return readTextPart(part, 'text');
  if (type === 'refusal' && role === 'assistant') return readTextPart(part, 'refusal');
  if (type === 'image_url')
    return role === 'user' ? readImagePart(part) : { fault: `has an image in the role ${role}` };
  return { fault: `has a part of the unsupported type ${JSON.stringify(type) ?? 'undefined'}` };
}

function readTextPart(part: JsonObject, key: string): ContentReading {
  const stray = unknownKey(part, ['type', key]);
  if (stray !== null) return { fault: `has a part with the unknown key "${stray}"` };
  const text = own(part, key);
  return typeof text === 'string' ? readText(text) : { fault: `has a part whose "${key}" is not a string` };
}

function readImagePart(part: JsonObject): ContentReading {
  const stray = unknownKey(part, ['type', 'image_url']);
  if (stray !== null) return { fault: `has a part with the unknown key "${stray}"` };
  const image = own(part, 'image_url');
  if (!isObject(image)) return { fault: 'has an image_url that is not an object' };
  const strayDetail = unknownKey(image, ['url', 'detail']);
  if (strayDetail !== null) return { fault: `has an image_url with the unknown key "${strayDetail}"` };
  const detail = own(image, 'detail');
  if (detail !== undefined && !['auto', 'low', 'high'].some((known) => known === detail)) {
    return { fault: 'has an image_url whose detail is none of auto, low, high' };
  }
  const url = own(image, 'url');
  if (typeof url !== 'string') return { fault: 'has an image_url without a url' };
  const fault = checkImageUrl(url);
  return fault === null ? { ...SOUND, images: 1 } : { fault };
}
