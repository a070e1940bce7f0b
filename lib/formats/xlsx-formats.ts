import { readXml } from './xlsx-xml.ts';

/** What a number format makes of a number. */
export type NumberKind = 'number' | 'date' | 'duration';

/** Built-in formats that show dates and times (ECMA-376 part 1, 18.8.30; 27-36 and 50-58 are those of East Asia). */
const DATE_IDS: ReadonlySet<number> = new Set([
  14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 47, 50, 51, 52, 53, 54, 55, 56, 57,
  58,
]);
const DURATION_ID = 46;

/** Reads the styles part: the kind of number for each cell style, by its index. */
export async function readNumberKinds(part: string, bytes: AsyncIterable<Uint8Array>): Promise<NumberKind[]> {
  const custom = new Map<string, string>();
  const styles: string[] = [];
  let inCellStyles = false;
  await readXml(part, bytes, {
    open(name, attributes) {
      if (name === 'cellXfs') inCellStyles = true;
      else if (name === 'xf' && inCellStyles) styles.push(attributes().get('numFmtId') ?? '0');
      else if (name === 'numFmt') custom.set(attributes().get('numFmtId') ?? '', attributes().get('formatCode') ?? '');
    },
    close(name) {
      if (name === 'cellXfs') inCellStyles = false;
    },
    text: () => undefined,
  });
  return styles.map((id) => {
    const code = custom.get(id);
    return code === undefined ? builtInKind(Number(id)) : numberKind(code);
  });
}

function builtInKind(id: number): NumberKind {
  if (id === DURATION_ID) return 'duration';
  return DATE_IDS.has(id) ? 'date' : 'number';
}

/** Excel cuts format codes at 255 characters; looking at no more keeps the patterns below cheap. */
const CODE_CHARACTERS = 255;

/** Judges a format code by the first of its sections, without what it shows literally. */
function numberKind(code: string): NumberKind {
  const shown = code
    .slice(0, CODE_CHARACTERS)
    .replaceAll(/"[^"]*"|\\.|[_*]./g, '')
    .replaceAll(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .split(';', 1)[0]!
    .replaceAll(/General|AM\/PM|A\/P/gi, '')
    .toLowerCase();
  if (/\[[hms]+\]/.test(shown)) return 'duration';
  return /[ymdhs]/.test(shown) ? 'date' : 'number';
}
