import { CHARACTERS_PER_TOKEN } from './rules.ts';

/** Writing systems whose characters are words or syllables. */
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** A guess, since the service's tokenizer is not public: a character of East Asian writing is a token, of anything else a quarter. */
export function textTokens(text: string): number {
  const dense = text.match(DENSE)?.length ?? 0;
  return dense + (text.length - dense) / CHARACTERS_PER_TOKEN;
}
