import type { Services } from '../../lib/pipeline/services.ts';
import { openai } from '../../lib/providers/openai/index.ts';
import { operatorOf, targetOf } from '../factories.ts';
import { tableOf } from '../pipeline/memory-run.ts';
import { dropped, type Mistake, proveExamples, type WrongDrop } from './told.ts';

/** A sound dataset beside a job spec, which alone names the targets. */
const asking = (spec: string, change: Omit<WrongDrop, 'files'> = {}): Mistake =>
  dropped(() => ({
    files: { 'train.csv': tableOf(12), 'finedrop.yaml': spec },
    ...change,
    request: { targets: undefined, ...change.request },
  }));

const NOVA_2 = 'amazon.nova-2-lite-v1:0:256k';
/** Jobs that cost money. */
const LIVE: Partial<Services> = { simulated: false, settings: () => ({ simulated: false, values: {} }) };
const LONG_AGO = new Date('2026-09-23T09:00:00Z');

proveExamples('job-spec', [
  asking('policy: {maxRejcted: 3}\n'),
  dropped(() => ({ files: { 'train.csv': tableOf(12), 'finedrop.yaml': '{}', 'finedrop.json': '{}' } })),
  asking('targets: [openia]\n'),
  asking('targets: ["openai:gpt-0"]\n'),
  asking('targets: [vertex]\n', { change: { operator: operatorOf({ targets: ['openai'] }) } }),
  asking('policy: {maxRejected: 3}\n', { request: { command: 'run' }, change: LIVE }),
  asking('targets: [openai]\n', {
    request: { command: 'run' },
    change: { ...LIVE, missingSettings: () => ['OPENAI_API_KEY'] },
  }),
  asking('targets: ["vertex:gemini-2.5-flash"]\n', { change: LIVE }),
  asking('targets: ["vertex:gemini-2.5-flash"]\n', { change: { ...LIVE, now: () => LONG_AGO } }),
  asking('targets: [{provider: openai, hyperparameters: {epochs: 3}}]\n'),
  asking('targets: [{provider: openai, hyperparameters: {n_epochs: 51}}]\n'),
  asking(`targets: [{provider: bedrock, model: "${NOVA_2}", limits: {maxImages: 20}}]\n`),
  asking(`targets: [{provider: bedrock, model: "${NOVA_2}", limits: {minRows: 7}}]\n`),
  asking(`targets: [{provider: bedrock, model: "${NOVA_2}", limits: {minRows: 8}}]\n`),
  asking('targets: [{provider: vertex, tags: {Team: Owls}}]\n'),
  asking(`targets: [{provider: openai, tags: {${Array.from({ length: 17 }, (_, at) => `tag${at}: a`).join(', ')}}}]\n`),
  asking('targets: [{provider: vertex, model: gemini-3.5-flash-lite, retrain: {from: last}}]\n'),
  // The schema of job specs is stricter.
  async () => openai.checkTarget(targetOf({ suffix: 'owl'.repeat(22) })),
  asking('targets: [{provider: bedrock, suffix: owls!}]\n'),
  asking('targets: [{provider: vertex, adapt: {pdfPages: 3}}]\n'),
  asking('targets: [{provider: openai, adapt: {frames: 11}}]\n'),
  dropped(() => ({
    files: {
      'train.csv': 'prompt,completion,files\nWhat does it say?,An owl.,owl.txt\n',
      'owl.txt': 'An owl sat in a tree.',
      'finedrop.yaml': 'targets: [{provider: openai, adapt: none}]\n',
    },
    request: { targets: undefined },
  })),
]);
