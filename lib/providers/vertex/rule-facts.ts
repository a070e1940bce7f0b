import type { Fact } from '../facts.ts';
import {
  API_READ,
  API_REFERENCE,
  DATA_PAGE,
  IMAGE_PAGE,
  MEDIA_PAGES,
  page,
  TUNING_PAGE,
  VIDEO_PAGE,
} from './sources.ts';
import * as spec from './spec.ts';

/** Rules of a model that are no number of `ModelFacts`, in a sentence each. */
export function statedRules(model: string): Fact<string>[] {
  return [...COMMON, ...(spec.isThirdGeneration(model) ? THIRD_GENERATION : SECOND_GENERATION)];
}

const COMMON: readonly Fact<string>[] = [
  page(
    'Turns alternate between user and model: the first is the user’s, the last the model’s, and none is empty.',
    DATA_PAGE,
  ),
  page('There is one system instruction, of text; several system messages become one.', DATA_PAGE),
  page('The model’s turns are text or function calls; files stand in the user’s.', IMAGE_PAGE),
  page('Every model turn is learned: there are no weights.', DATA_PAGE),
  page(`The audio of an example lasts at most ${spec.MAX_AUDIO_SECONDS / 60} minutes.`, MEDIA_PAGES),
  page(`The documents of an example have at most ${spec.MAX_PAGES} pages together.`, MEDIA_PAGES),
  page(
    `Google drops examples over these limits, and fails the job where they are more than ${spec.MAX_DROPPED_SHARE * 100}%; finedrop leaves such rows out itself, so that none is dropped.`,
    VIDEO_PAGE,
    'stated for video; the API’s own description names tokens and images as well',
  ),
  page('Ask the tuned model with the system instruction and the mediaResolution that it was trained with.', DATA_PAGE),
  {
    value: `A tuned model’s name has at most ${spec.MAX_NAME_CHARACTERS} characters; labels are of lower-case letters, digits, _ and -.`,
    source: API_REFERENCE,
    asOf: API_READ,
  },
  page('A project may run one job at a time unless its quota says more; others wait.', TUNING_PAGE),
];

const THIRD_GENERATION: readonly Fact<string>[] = [
  page(
    'adapt.mediaResolution may be low, medium, high or, for images, ultra_high; without it images are seen in high.',
    IMAGE_PAGE,
  ),
  page('Keys of one’s own for encryption (CMEK) are not supported.', TUNING_PAGE),
];

const SECOND_GENERATION: readonly Fact<string>[] = [
  page('adapt.mediaResolution may be low, medium or high; without it images are seen in high.', IMAGE_PAGE),
  page('No list of regions is given; the location "global" is refused.', TUNING_PAGE),
];
