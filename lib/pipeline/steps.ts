import { collect } from './collect.ts';
import { convert } from './convert.ts';
import { fetchLinks } from './fetch.ts';
import { gate } from './gate.ts';
import { normalize } from './normalize.ts';
import { poll } from './poll.ts';
import { publish } from './publish.ts';
import type { Step } from './services.ts';
import { stage } from './stage.ts';
import { submit } from './submit.ts';
import { survey } from './survey.ts';

/** Every step by the name under which the state machine calls it (`${SurveyFunction}` is `survey`). */
export const STEPS: ReadonlyMap<string, Step> = new Map(
  [survey, normalize, collect, fetchLinks, convert, gate, stage, submit, poll, publish].map((step) => [
    step.name,
    step,
  ]),
);
