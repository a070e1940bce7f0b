import type { Fact } from '../facts.ts';
import { API_SPEC, MAX_SUFFIX_CHARACTERS, MAX_TOOLS, VISION_GUIDE } from './spec.ts';

const SPEC = { source: API_SPEC, asOf: '2026-08-21' } as const;
const VISION = { source: VISION_GUIDE, asOf: '2026-06-27' } as const;

/** What is checked of each example and target besides the numbers, for people to read; `rules.ts` and `check.ts` are what does it. */
export const RULES: readonly Fact<string>[] = [
  { value: 'A training file is JSON Lines in UTF-8: one chat a line.', ...SPEC },
  { value: 'Images stand in user turns only.', ...VISION },
  { value: 'An image has 8-bit RGB or RGBA colours.', ...VISION, note: 'others are re-encoded' },
  {
    value: 'A chat ends with an assistant turn, and not every assistant turn has the weight 0.',
    source: 'github.com/openai/openai-cookbook, examples/Chat_finetuning_data_prep.ipynb at 2e652704',
    asOf: '2026-11-01',
    note: 'taken strictly: OpenAI states it nowhere, and there would be nothing to learn',
  },
  {
    value: 'No text holds a control token of the model, such as <|endoftext|> or <|im_start|>.',
    source: 'github.com/johny-b/llmcomp, issue 59',
    asOf: '2026-02-12',
  },
  {
    value: `A chat declares at most ${MAX_TOOLS} tools; their names have 1 to 64 letters, digits, "_" and "-".`,
    ...SPEC,
  },
  {
    value: 'The name of a speaker has 1 to 64 letters, digits, "_" and "-".',
    source: 'github.com/jekalmin/extended_openai_conversation, issue 251',
    asOf: '2024-08-08',
    note: 'by the error of the chat API; later servers are said to take more',
  },
  { value: 'A tool turn answers a call that was made before it.', ...SPEC },
  { value: `The suffix of the tuned model’s name has 1 to ${MAX_SUFFIX_CHARACTERS} characters.`, ...SPEC },
  {
    value: 'Images with people, faces, children or CAPTCHAs are left out of the training.',
    ...VISION,
    note: 'which ones is not told, and nothing can ask before',
  },
];
