import { readXml } from './xlsx-xml.ts';

/** Reads the shared strings part: one text per index, rich text joined, phonetic guides left out. */
export async function readSharedStrings(part: string, bytes: AsyncIterable<Uint8Array>): Promise<string[]> {
  const strings: string[] = [];
  const text = createTextReader();
  await readXml(part, bytes, {
    open(name) {
      if (name === 'si') text.begin();
      else text.open(name);
    },
    close(name) {
      if (name === 'si') strings.push(text.end());
      else text.close(name);
    },
    text: text.text,
  });
  return strings;
}

/** Gathers the `t` elements of a shared or inline string, those of `rPh` (how kanji are pronounced) aside. */
export interface TextReader {
  begin(): void;
  open(name: string): void;
  close(name: string): void;
  text(piece: string): void;
  end(): string;
}

export function createTextReader(): TextReader {
  let whole = '';
  let run = '';
  let inText = false;
  let inPhonetic = false;
  return {
    begin() {
      whole = '';
      inText = false;
      inPhonetic = false;
    },
    open(name) {
      if (name === 'rPh') inPhonetic = true;
      if (name === 't' && !inPhonetic) {
        inText = true;
        run = '';
      }
    },
    close(name) {
      if (name === 'rPh') inPhonetic = false;
      if (name === 't' && inText) {
        inText = false;
        whole += unescapeText(run);
      }
    },
    text(piece) {
      if (inText) run += piece;
    },
    end: () => whole,
  };
}

/** Undoes `_xHHHH_`, by which Office writes what XML cannot hold (ECMA-376 part 1, 22.9.2.19 ST_Xstring). */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
