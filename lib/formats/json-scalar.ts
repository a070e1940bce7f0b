import { excerpt } from './fault.ts';
import { LONGEST_SCALAR, type ScanFault, type ScanState } from './json-scan-state.ts';

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const DELIMITERS = new Set(Buffer.from(' \t\r\n,]}:"[{'));
const SAFE_DIGITS = 15;

/** Reads `true`, `false`, `null` or a number; answers the index behind it. */
export function scanScalar(
  bytes: Buffer,
  start: number,
  isLast: boolean,
  notes: ScanState['notes'],
): number | 'more' | ScanFault {
  const limit = Math.min(bytes.length, start + LONGEST_SCALAR);
  let end = start;
  while (end < limit && !DELIMITERS.has(bytes[end] as number)) end += 1;
  if (end === bytes.length && !isLast && end - start < LONGEST_SCALAR) return 'more';
  const token = bytes.toString('latin1', start, end);
  if (token === 'true' || token === 'false' || token === 'null') return end;
  if (!NUMBER.test(token)) return scalarFault(bytes, start, end);
  noteNumber(token, start, notes);
  return end;
}

function noteNumber(token: string, start: number, notes: ScanState['notes']): void {
  const hasExponent = /[eE]/.test(token);
  if (token.length <= SAFE_DIGITS && !hasExponent) return;
  const number = Number(token);
  if (!Number.isFinite(number)) notes.infinite ??= start;
  else if (Number.isInteger(number) && !Number.isSafeInteger(number)) notes.bigNumber ??= start;
}

const HINTS: readonly [RegExp, string][] = [
  [/^[-+]?(?:NaN|Infinity|nan|inf)/, 'JSON has no NaN and no Infinity; use null or leave the key out.'],
  [/^(?:\/\/|\/\*|#)/, 'JSON has no comments; remove them.'],
  [/^'/, 'JSON wants double quotes.'],
  [/^(?:True|False|None)\b/, 'This is Python; write true, false and null, for example with json.dumps.'],
  [/^undefined/, 'JSON has no undefined; use null or leave the key out.'],
  [/^[-+]?[0-9.]/, 'Write numbers like 12, -0.5 or 1e3.'],
  [/^</, 'This looks like HTML or XML, not JSON.'],
];

function scalarFault(bytes: Buffer, start: number, end: number): ScanFault {
  if (bytes.toString('latin1', start, start + 3) === '\u00ef\u00bb\u00bf') {
    const hint = 'Files were joined with their byte order marks; remove the mark here.';
    return { at: start, code: 'JSON_BOM', message: 'there is a byte order mark in the middle of the file', hint };
  }
  if (bytes[start] === 0)
    return {
      at: start,
      code: 'JSON_NUL',
      message: 'there is a NUL character (U+0000)',
      hint: 'Remove it; the file may be UTF-16 or damaged.',
    };
  const token = bytes.toString('utf8', start, Math.max(end, start + 1));
  const hint = HINTS.find(([pattern]) => pattern.test(token))?.[1];
  const message = `"${excerpt(token, 20)}" is no JSON value`;
  return { at: start, code: 'JSON_SYNTAX', message, ...(hint === undefined ? {} : { hint }) };
}
