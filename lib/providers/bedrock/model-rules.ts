import type { Fact } from '../facts.ts';
import { RESERVED_WORDS } from './reserved.ts';
import { AS_OF, SOURCES } from './sources.ts';
import { type Dialect, MAX_IMAGE_SIDE, MIN_IMAGE_SIDE, TUNING_REGION } from './spec.ts';

/** Rules of tuning a model that are no number, a sentence each. */
export function modelRules(dialect: Dialect): readonly Fact<string>[] {
  return [...CHAT_RULES, ...(dialect === 'nova-1-text' ? [] : MEDIA_RULES), ...DIALECT_RULES[dialect], ...JOB_RULES];
}

const CHAT_RULES = [
  rule('Turns alternate, begin with the user, end with the assistant, and are two at least', SOURCES.validator),
  rule(
    `No text of a chat holds ${RESERVED_WORDS.join(' ')} in any case, not even inside of a word: the whole job fails`,
    SOURCES.dataGuide,
    'with the words that the validator adds, or means to: missing commas in it hide two of them',
  ),
];

const MEDIA_RULES = [
  rule(
    'A dataset holds one kind of media beside texts',
    SOURCES.dataGuide,
    'whether rows without media may stand among rows with images is not said: they are kept, with a warning',
  ),
  rule('Files stand in user turns only', SOURCES.validator),
  rule(
    `Each side of an image has ${MIN_IMAGE_SIDE} to ${MAX_IMAGE_SIDE} pixels`,
    `${SOURCES.forgeChecks}; ${SOURCES.imageTokens}`,
    'the upper bound is one of inference: none is published for training',
  ),
  rule(
    'Lines name media by S3 URIs of letters, digits, "_", "-", "/" and ".", in the bucket of the training file',
    SOURCES.dataGuide,
  ),
];

const NO_TOOLS_PAGE = rule(
  'Training with tools is not documented',
  SOURCES.dataGuide,
  'AWS’s validator takes tools for every model: such rows are kept, with a warning',
);
const WARM_UP = rule(
  'A step of warm-up for each 160 rows is advised at Nova Lite, for 320 at Pro and for 640 at Micro',
  SOURCES.hyperparameters,
  'with few rows and the default of 10 steps the learning rate may never be reached',
);
const VIDEO = 'Video is taken too, but no drop holds one';

const DIALECT_RULES: Readonly<Record<Dialect, readonly Fact<string>[]>> = {
  'nova-1': [
    NO_TOOLS_PAGE,
    rule(VIDEO, SOURCES.dataGuide, 'no page documents PDF or audio for training'),
    WARM_UP,
    tunedOnDemand(),
  ],
  'nova-1-text': [NO_TOOLS_PAGE, WARM_UP, tunedOnDemand()],
  'nova-2': [
    rule(
      'Training with tools is taken by the guide of Nova 2, and refused by a page of Bedrock',
      `${SOURCES.nova2Guide}; ${SOURCES.nova2OnBedrock}`,
      'the page of Bedrock says that tools may make the job fail: such rows are kept, with a warning',
    ),
    rule(VIDEO, SOURCES.nova2Guide, 'no page documents audio for training'),
    rule(
      'A dataset with PDF holds no images; each row has one PDF at most',
      SOURCES.nova2Guide,
      'the page of Bedrock names text, images and video alone; AWS’s validator takes PDF',
    ),
    rule(
      'The tuned model answers by provisioned throughput',
      SOURCES.deployment,
      'the page on deployments by the token names Nova Micro, Lite and Pro',
    ),
  ],
};

function tunedOnDemand(): Fact<string> {
  return rule('The tuned model answers by the token, after CreateCustomModelDeployment', SOURCES.deployment);
}

const JOB_RULES = [
  rule(`The bucket lies in ${TUNING_REGION}, like the job`, SOURCES.models),
  rule('Values of hyperparameters travel as strings; there is no batch size', SOURCES.hyperparameters),
  rule('Without other settings the learning rate is 0.00001 with 10 steps of warm-up', SOURCES.hyperparameters),
  rule(
    'No date is announced from which the model takes no new jobs',
    SOURCES.lifecycle,
    'listed as active on 2026-09-01; AWS gives notice of six months',
  ),
];

function rule(value: string, source: string, note?: string): Fact<string> {
  return { value, source, asOf: AS_OF, ...(note === undefined ? {} : { note }) };
}
