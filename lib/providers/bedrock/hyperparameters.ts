import type { HyperparameterFact } from '../facts.ts';
import { AS_OF, SOURCES } from './sources.ts';

/** The page names Micro, Lite and Pro; for Nova 2 Lite no ranges are published, and these are assumed. */
const SOURCE = SOURCES.hyperparameters;

/** The hyperparameters of supervised tuning; they travel as strings. There is no batch size for Nova. */
export const hyperparameterFacts: readonly HyperparameterFact[] = [
  { name: 'epochCount', type: 'integer', min: 1, max: 5, source: SOURCE, asOf: AS_OF },
  { name: 'learningRate', type: 'number', min: 1e-6, max: 1e-4, source: SOURCE, asOf: AS_OF },
  { name: 'learningRateWarmupSteps', type: 'integer', min: 0, max: 100, source: SOURCE, asOf: AS_OF },
];
