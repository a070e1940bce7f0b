import { rowCodes } from './finding-code.ts';

/** JSON and JSON Lines as such, and the chats in them. */
export const CHATS = {
  JSON_SYNTAX: {
    severity: 'error',
    summary: 'The text is no JSON.',
    remedy: 'Mend the place that the message names, best by writing the file with a JSON library.',
    example: "syntax.jsonl, row 2: line 2, column 2, near \"{'role': 'user'}\": a key in double quotes must stand here",
  },
  JSON_TOO_LARGE: {
    severity: 'error',
    summary: 'One value is larger than what is read at once.',
    remedy: 'Put its media into an archive instead of data URIs.',
    example: 'line 1: the value is larger than 268435456 bytes',
  },
  JSON_DEPTH: {
    severity: 'error',
    summary: 'Objects and arrays lie too deep in one another.',
    remedy: 'Write the chat without the levels that are not needed.',
    example:
      'deep.jsonl, row 1: line 1, column 161, near "{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}}}}}}}}}}": objects and arrays lie more than 32 deep in one another',
  },
  JSON_KEYS: {
    severity: 'error',
    summary: 'An object has too many keys.',
    remedy: 'Leave out what is no part of the chat.',
    example:
      'keys.jsonl, row 1: line 1, column 3220, near "1, "key254": 1, "key255": 1, "key256": 1}": an object has more than 256 keys',
  },
  JSON_VALUES: {
    severity: 'error',
    summary: 'One value holds too many parts.',
    remedy: 'Write each chat as a line of its own.',
    example:
      'values.jsonl, row 1: line 1, column 2000011, near "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}": the value holds more than 1000000 parts',
  },
  JSON_KEY: {
    severity: 'error',
    summary: 'A key is one that changes objects themselves in some programs, such as `__proto__`.',
    remedy: 'Rename the key.',
    example: 'key.jsonl, row 1: line 1: the key "__proto__" is not allowed',
  },
  JSON_ENCODING: {
    severity: 'error',
    summary: 'Bytes in the file are no valid UTF-8.',
    remedy: 'Save the file as UTF-8.',
    example:
      'latin.jsonl, row 1: line 1, column 38, near "": "user", "content": "Wie hei�t das?"}]": these bytes are no valid UTF-8',
  },
  JSON_BOM: {
    severity: 'error',
    summary: 'A byte order mark stands in the middle of the file.',
    remedy: 'Remove it; files were joined with their marks.',
    example:
      'joined.jsonl, row 2: line 2, column 1, near "{"messages": []}": there is a byte order mark in the middle of the file',
  },
  JSON_NUL: {
    severity: 'error',
    summary: 'The file or a text in it holds the character U+0000.',
    remedy: 'Remove it.',
    example:
      'nul.jsonl, row 1: line 1, column 42, near "user", "content": "What is it?\\u0000"}]": the text holds a NUL character (\\u0000)',
  },
  JSON_SURROGATE: {
    severity: 'error',
    summary: 'A text holds half of a surrogate pair.',
    remedy: 'Write the character whole: it was cut in two.',
    example:
      'emoji.jsonl, row 1: line 1, column 37, near "e": "user", "content": "Is it \\ud83e?"}]": the text holds half a character (a lone surrogate)',
  },
  JSON_NUMBER: {
    severity: 'error',
    summary: 'A number is too large to be kept.',
    remedy: 'Write it as a string.',
    example:
      'number.jsonl, row 1: line 1, column 26, near "{"messages": [], "seed": 1e999}": the number is too large to be kept',
  },
  JSON_NUMBER_ROUNDED: {
    severity: 'warning',
    summary: 'A whole number beyond 2^53 was rounded.',
    remedy: 'Write it as a string if each digit counts.',
    example:
      'id.jsonl, row 1: line 1, column 122, near "."}], "split": "train", "id": 9007199254740993}": a whole number beyond 2^53 was rounded',
  },
  JSON_CONTROL: {
    severity: 'warning',
    summary: 'A text holds an escaped control character.',
    remedy: 'Remove it if it is not meant to be learned.',
    example:
      'control.jsonl, row 1: line 1, column 38, near "": "user", "content": "What is\\u0007 it?"}, {"role": "assistan": the text holds an escaped control character',
  },
  JSON_DUPLICATE_KEY: {
    severity: 'warning',
    summary: 'A key stands twice in one object; the last one counts.',
    remedy: 'Remove the one that is not meant.',
    example:
      'twice.jsonl, row 1: line 1, column 35, near "ole": "user", "content": "a", "content": "b"}, {"role": "assis": the key "content" stands twice in one object; the last one counts',
  },
  JSON_TRAILING_COMMA: {
    severity: 'warning',
    summary: 'A comma too many was passed over.',
    remedy: 'Remove it, so that other programs can read the file too.',
    example: 'commas.json, row 1: line 1: a comma behind the value passed over',
  },
  JSON_MISSING_COMMA: {
    severity: 'warning',
    summary: 'A comma is missing between two values of a list.',
    remedy: 'Write it, so that other programs can read the file too.',
    example: 'missing.json, row 1: line 1: a comma is missing behind the value',
  },
  ...rowCodes({
    CHAT_SHAPE: {
      remedy: 'Write a list of messages: [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].',
      example: 'shape.jsonl, row 1: the value has prompt and completion instead of messages',
    },
    CHAT_RAW: {
      remedy: 'Replace "raw" by "example", followed by the mended chat as JSON.',
      example: 'rejected.jsonl, row 1: the line is still no JSON: [{',
    },
    CHAT_KEY_IGNORED: {
      remedy: 'Rename it if it is meant to be read; otherwise nothing needs to be done.',
      example: 'keys.jsonl, row 1: the key "splitt" is not known and not read',
    },
    CHAT_ROLE: {
      remedy: 'Write one of the roles that the message names.',
      example: 'roles.jsonl, row 1: message 1: the role "usr" is not known',
    },
    CHAT_ALIAS: {
      remedy: 'Nothing needs to be done if it was read as you meant it.',
      example: 'gemini.jsonl, row 1: the role "model" was read as "assistant"',
    },
    CHAT_CONTENT: {
      remedy: 'Write a text, or a list of parts: [{"type": "text", "text": "…"}].',
      example: 'content.jsonl, row 1: message 1: its content is an object',
    },
    CHAT_EMPTY: {
      remedy: 'Write a text, name a file, or leave the message out.',
      example: 'empty.jsonl, row 1: message 1: the user turn is empty',
    },
    CHAT_EMPTY_SYSTEM: {
      remedy: 'Write its text, or leave it out.',
      example: 'empty.jsonl, row 2: message 1: the system message is empty and was left out',
    },
    CHAT_NO_ANSWER: {
      remedy: 'End the chat with what the assistant should answer, and give it no weight of 0.',
      example: 'unanswered.jsonl, row 1: the chat ends in a user turn',
    },
    CHAT_MEDIA_ROLE: {
      remedy: 'Move the file into a user message; answers are text.',
      example: 'answers.jsonl, row 1: message 2, part 1: an assistant turn cannot carry files',
    },
    CHAT_PART: {
      remedy: 'Write the part as the hint shows it.',
      example: 'parts.jsonl, row 1: message 1, part 1: its text is missing',
    },
    CHAT_PART_TYPE: {
      remedy: 'Write one of the types that the hint names.',
      example: 'parts.jsonl, row 2: message 1, part 1: the type "image_ulr" is not known',
    },
    CHAT_FILE_ID: {
      remedy: 'Put the file into the archive and write its name, or write it as a data URI.',
      example: 'ids.jsonl, row 1: message 1, part 1: it names a file by the id "file-1", which only its provider knows',
    },
    CHAT_DETAIL: {
      remedy: 'Write auto, low or high.',
      example: 'detail.jsonl, row 1: message 1, part 1: its detail is "max", none of auto, low, high; it is not read',
    },
    CHAT_WEIGHT: {
      remedy: 'Write 0 (context only) or 1 (learned).',
      example: 'weights.jsonl, row 1: message 2: its weight is 0.5',
    },
    CHAT_WEIGHT_IGNORED: {
      remedy: 'Remove it: only what the assistant says is learned.',
      example: 'weights.jsonl, row 2: message 1: a weight means nothing at a user turn; it is not read',
    },
    CHAT_TOOL: {
      remedy: 'Write the tool as the hint shows it.',
      example: 'tools.jsonl, row 1: tool 1: its type is not "function"',
    },
    CHAT_TOOL_CALL: {
      remedy: 'Write the call with an id, and the answer with the id of its call.',
      example: 'calls.jsonl, row 1: message 2: tool_call_id: "c9" is the id of no earlier call',
    },
    CHAT_TOOL_ARGUMENTS: {
      remedy: 'Write them as a JSON object, unless the model is to learn calls like this one.',
      example: 'calls.jsonl, row 2: message 2, tool call 1: its arguments are no JSON object: owl',
    },
  }),
} as const;
