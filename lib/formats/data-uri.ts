import { excerpt, type Fault } from './fault.ts';

/** The bytes of a data URI, with its declared type in lower case and without parameters. */
export interface DataUri {
  mime: string;
  bytes: Buffer;
  warnings: Fault[];
}

// RFC 6838 restricted names for the type, RFC 2045 tokens for parameters. Bounded, so that no header costs more than a few KB of scanning.
const NAME = '[a-z0-9][a-z0-9!#$&^_.+-]{0,126}';
const PARAMETER = `;(?!base64,)[a-z0-9!#$&^_.+-]{1,127}=(?:[a-z0-9!#$%&'*^_\`|~.+-]{1,255}|"[^"\\\\\\r\\n]{0,255}")`;
const HEADER = `data:(${NAME}/${NAME})(?:${PARAMETER}){0,16};base64,`;
const OUTSIDE_ALPHABET = /[^A-Za-z0-9+/]/g;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LONGEST_HEADER = 8192;

/**
 * Reads `data:type/subtype[;name=value]*;base64,payload` by the strict grammar: what two decoders could read differently is a fault.
 * Sizes are checked against `maxBytes` before anything is decoded.
 */
export function parseDataUri(text: string, options: { maxBytes?: number } = {}): DataUri | { fault: Fault } {
  const trimmed = text.trim();
  const header = headerAt(trimmed, 0);
  if (header === null) return { fault: headerFault(trimmed) };
  const payload = trimmed.slice(header.end);
  const fault = sizeFault(payload, options.maxBytes ?? Number.POSITIVE_INFINITY) ?? payloadFault(payload);
  if (fault) return { fault };
  const warnings = trimmed.length < text.length ? [SPACE_AROUND] : [];
  return { mime: header.mime, bytes: Buffer.from(payload, 'base64'), warnings };
}

/**
 * The index after the data URI that begins at `start`, or -1 when none does. The payload reaches to the first character outside of the
 * base64 alphabet (and over up to two `=`), so a comma behind it separates; whether it decodes is for {@link parseDataUri} to say.
 */
export function scanDataUri(text: string, start: number): number {
  const header = headerAt(text, start);
  if (header === null) return -1;
  let end = endOfAlphabet(text, header.end);
  for (let padding = 0; padding < 2 && text[end] === '='; padding += 1) end += 1;
  return end;
}

const SPACE_AROUND: Fault = { code: 'DATA_URI_SPACE_AROUND', message: 'white space around the data URI was ignored' };

function headerAt(text: string, start: number): { mime: string; end: number } | null {
  const pattern = new RegExp(HEADER, 'iy');
  pattern.lastIndex = start;
  const mime = pattern.exec(text)?.[1];
  return mime === undefined ? null : { mime: mime.toLowerCase(), end: pattern.lastIndex };
}

function endOfAlphabet(text: string, start: number): number {
  const pattern = new RegExp(OUTSIDE_ALPHABET);
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}

function headerFault(text: string): Fault {
  const comma = text.slice(0, LONGEST_HEADER).indexOf(',');
  const header = text.slice(0, comma < 0 ? LONGEST_HEADER : comma);
  const shown = excerpt(header, 60);
  if (!/^data:/i.test(header)) {
    return { code: 'DATA_URI_HEADER', message: `"${shown}" does not begin with "data:"`, hint: EXAMPLE };
  }
  if (comma < 0) {
    return { code: 'DATA_URI_HEADER', message: `the data URI "${shown}" has no comma before its data`, hint: EXAMPLE };
  }
  if (!/;\s*base64\s*$/i.test(header)) {
    return {
      code: 'DATA_URI_ENCODING',
      message: `the data URI "${shown}" is not marked as base64`,
      hint: `Encode the file as base64. ${EXAMPLE}`,
    };
  }
  return { code: 'DATA_URI_HEADER', message: `the data URI's header "${shown}" names no valid type`, hint: EXAMPLE };
}

const EXAMPLE = 'Write it like data:image/png;base64,iVBORw0…';

function sizeFault(payload: string, maxBytes: number): Fault | null {
  const bytes = Math.floor((payload.length * 3) / 4) - (payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0);
  if (bytes <= maxBytes) return null;
  return {
    code: 'DATA_URI_TOO_LARGE',
    message: `the data URI holds ${bytes} bytes, more than the ${maxBytes} allowed`,
    hint: 'Put the file into the archive or behind a link instead.',
  };
}

function payloadFault(payload: string): Fault | null {
  if (payload === '') {
    return { code: 'DATA_URI_EMPTY', message: 'the data URI has no data after its comma', hint: EXAMPLE };
  }
  const dataEnd = endOfAlphabet(payload, 0);
  const padding = payload.slice(dataEnd, dataEnd + 3);
  const onlyPadding = dataEnd + padding.length === payload.length && /^={0,2}$/.test(padding);
  if (!onlyPadding) return characterFault(payload, dataEnd);
  if (payload.length % 4 !== 0) {
    return {
      code: 'DATA_URI_LENGTH',
      message: `the base64 text is ${payload.length} characters long, which is no multiple of 4`,
      hint: 'It was cut short, or its "=" padding is missing.',
    };
  }
  return paddingBitsFault(payload, dataEnd, padding.length);
}

// "QQ==" and "QR==" decode to the same byte; only the first is canonical (RFC 4648, 3.5), and a hash must not depend on the spelling.
function paddingBitsFault(payload: string, dataEnd: number, padding: number): Fault | null {
  const unusedBits = padding === 0 ? 0 : padding === 1 ? 0b11 : 0b1111;
  if ((ALPHABET.indexOf(payload[dataEnd - 1] ?? 'A') & unusedBits) === 0) return null;
  return {
    code: 'DATA_URI_PADDING',
    message: `the base64 text ends in "${payload.slice(-4)}", whose unused bits are not zero`,
    hint: 'It was cut or changed; encode the file again.',
  };
}

function characterFault(payload: string, index: number): Fault {
  const character = payload[index] ?? '';
  const place = `at character ${index + 1} of the base64 text`;
  if (character === '-' || character === '_') {
    return {
      code: 'DATA_URI_URL_SAFE',
      message: `"${character}" ${place} belongs to the URL-safe alphabet`,
      hint: 'Use standard base64, with "+" and "/".',
    };
  }
  if (character === '%') {
    return {
      code: 'DATA_URI_PERCENT',
      message: `the base64 text is percent-encoded (${place})`,
      hint: 'Write "+", "/" and "=" as they are.',
    };
  }
  if (/\s/.test(character)) {
    return {
      code: 'DATA_URI_WHITE_SPACE',
      message: `there is white space ${place}`,
      hint: 'Write the base64 text on one line, without spaces.',
    };
  }
  if (character === '=') {
    const message = `there is a "=" ${place} that is no padding at the end`;
    return {
      code: 'DATA_URI_PADDING',
      message,
      hint: 'Several files may have been joined; write one data URI for each.',
    };
  }
  const hint = /^\{\w+\}/.test(payload) ? 'Replace the placeholder by the base64 text of the file.' : EXAMPLE;
  const shown = excerpt(String.fromCodePoint(payload.codePointAt(index) ?? 0));
  return { code: 'DATA_URI_ALPHABET', message: `"${shown}" ${place} is no base64 character`, hint };
}
