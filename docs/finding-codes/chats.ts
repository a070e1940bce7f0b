import { rowCodes } from './finding-code.ts';

/** JSON and JSON Lines as such, and the chats in them. */
export const CHATS = {
  JSON_SYNTAX: {
    severity: 'error',
    summary: 'The text is no JSON.',
    remedy: 'Mend the place that the message names, best by writing the file with a JSON library.',
  },
  JSON_TOO_LARGE: {
    severity: 'error',
    summary: 'One value is larger than what is read at once.',
    remedy: 'Put its media into an archive instead of data URIs.',
  },
  JSON_DEPTH: {
    severity: 'error',
    summary: 'Objects and arrays lie too deep in one another.',
    remedy: 'Write the chat without the levels that are not needed.',
  },
  JSON_KEYS: {
    severity: 'error',
    summary: 'An object has too many keys.',
    remedy: 'Leave out what is no part of the chat.',
  },
  JSON_VALUES: {
    severity: 'error',
    summary: 'One value holds too many parts.',
    remedy: 'Write each chat as a line of its own.',
  },
  JSON_KEY: {
    severity: 'error',
    summary: 'A key is one that changes objects themselves in some programs, such as `__proto__`.',
    remedy: 'Rename the key.',
  },
  JSON_ENCODING: {
    severity: 'error',
    summary: 'Bytes in the file are no valid UTF-8.',
    remedy: 'Save the file as UTF-8.',
  },
  JSON_BOM: {
    severity: 'error',
    summary: 'A byte order mark stands in the middle of the file.',
    remedy: 'Remove it; files were joined with their marks.',
  },
  JSON_NUL: {
    severity: 'error',
    summary: 'The file or a text in it holds the character U+0000.',
    remedy: 'Remove it.',
  },
  JSON_SURROGATE: {
    severity: 'error',
    summary: 'A text holds half of a surrogate pair.',
    remedy: 'Write the character whole: it was cut in two.',
  },
  JSON_NUMBER: {
    severity: 'error',
    summary: 'A number is too large to be kept.',
    remedy: 'Write it as a string.',
  },
  JSON_NUMBER_ROUNDED: {
    severity: 'warning',
    summary: 'A whole number beyond 2^53 was rounded.',
    remedy: 'Write it as a string if each digit counts.',
  },
  JSON_CONTROL: {
    severity: 'warning',
    summary: 'A text holds an escaped control character.',
    remedy: 'Remove it if it is not meant to be learned.',
  },
  JSON_DUPLICATE_KEY: {
    severity: 'warning',
    summary: 'A key stands twice in one object; the last one counts.',
    remedy: 'Remove the one that is not meant.',
  },
  JSON_TRAILING_COMMA: {
    severity: 'warning',
    summary: 'A comma too many was passed over.',
    remedy: 'Remove it, so that other programs can read the file too.',
  },
  JSON_MISSING_COMMA: {
    severity: 'warning',
    summary: 'A comma is missing between two values of a list.',
    remedy: 'Write it, so that other programs can read the file too.',
  },
  ...rowCodes({
    CHAT_SHAPE: 'Write a list of messages: [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].',
    CHAT_RAW: 'Replace "raw" by "example", followed by the mended chat as JSON.',
    CHAT_KEY_IGNORED: 'Rename it if it is meant to be read; otherwise nothing needs to be done.',
    CHAT_ROLE: 'Write one of the roles that the message names.',
    CHAT_ALIAS: 'Nothing needs to be done if it was read as you meant it.',
    CHAT_CONTENT: 'Write a text, or a list of parts: [{"type": "text", "text": "…"}].',
    CHAT_EMPTY: 'Write a text, name a file, or leave the message out.',
    CHAT_EMPTY_SYSTEM: 'Write its text, or leave it out.',
    CHAT_NO_ANSWER: 'End the chat with what the assistant should answer, and give it no weight of 0.',
    CHAT_MEDIA_ROLE: 'Move the file into a user message; answers are text.',
    CHAT_PART: 'Write the part as the hint shows it.',
    CHAT_PART_TYPE: 'Write one of the types that the hint names.',
    CHAT_FILE_ID: 'Put the file into the archive and write its name, or write it as a data URI.',
    CHAT_DETAIL: 'Write auto, low or high.',
    CHAT_WEIGHT: 'Write 0 (context only) or 1 (learned).',
    CHAT_WEIGHT_IGNORED: 'Remove it: only what the assistant says is learned.',
    CHAT_TOOL: 'Write the tool as the hint shows it.',
    CHAT_TOOL_CALL: 'Write the call with an id, and the answer with the id of its call.',
    CHAT_TOOL_ARGUMENTS: 'Write them as a JSON object, unless the model is to learn calls like this one.',
  }),
} as const;
