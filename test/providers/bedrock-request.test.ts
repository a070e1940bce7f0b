import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hyperparameterFacts } from '../../lib/providers/bedrock/hyperparameters.ts';
import { toJobBody } from '../../lib/providers/bedrock/tuning.ts';
import { bedrockDifferences, missingContract } from '../local/simulators/contract.ts';
import { target } from './bedrock-fixtures.ts';

const skipped = missingContract('bedrock-customization-model.json');
const place = { roleArn: 'arn:aws:iam::123456789012:role/tuning', output: 's3://fine-bucket/finedrop/museum/output/' };

const key = fc.stringMatching(/^[0-9a-f]{40}$/);
const dataset = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
const suffix = fc.option(fc.stringMatching(/^[0-9a-zA-Z](?:[_-]?[0-9a-zA-Z]){0,19}[_-]?$/), { nil: undefined });
const hyperparameters = fc.record(
  Object.fromEntries(
    hyperparameterFacts.map(({ name, type, min = 0, max = 0 }) => [
      name,
      type === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true }),
    ]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, number>>;

const CUSTOM = 'arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/0a1b2c3d4e5f';
const from = fc.constantFrom(undefined, CUSTOM);

const asked = fc.record({ key, dataset, suffix, hyperparameters, from });
const body = asked.map(({ key, dataset, suffix, hyperparameters, from }) => {
  const training = { split: 'train', reference: 's3://fine-bucket/train.jsonl', bytes: 1 } as const;
  const own = target({
    hyperparameters,
    ...(suffix === undefined ? {} : { suffix }),
    ...(from === undefined ? {} : { from }),
  });
  return toJobBody({ key, target: own, dataset, training, validation: null }, place);
});

describe('toJobBody', () => {
  it('makes names, a token, tags and settings that the service’s patterns allow, whatever a dataset is called', () => {
    fc.assert(
      fc.property(body, ({ jobName, customModelName, clientRequestToken, jobTags, hyperParameters = {} }) => {
        expect(jobName).toMatch(/^[A-Za-z0-9][A-Za-z0-9+.-]{0,62}$/);
        expect(customModelName).toMatch(/^(?:[0-9a-zA-Z][_-]?){1,63}$/);
        expect(customModelName.length).toBeLessThanOrEqual(63);
        expect(clientRequestToken).toMatch(/^[a-zA-Z0-9]{1,256}$/);
        for (const tag of jobTags) {
          expect(tag.key).toMatch(/^[a-zA-Z0-9\s._:/=+@-]{1,128}$/);
          expect(tag.value).toMatch(/^[a-zA-Z0-9\s._:/=+@-]{0,256}$/);
        }
        // No exponents: JavaScript writes them below 1e-6, where the range of the smallest setting begins.
        for (const value of Object.values(hyperParameters)) expect(value).toMatch(/^\d+(?:\.\d+)?$/);
      }),
      { seed: 42 },
    );
  });

  it('names a custom model by its ARN in the base model’s place, and changes nothing else', () => {
    const training = { split: 'train', reference: 's3://fine-bucket/train.jsonl', bytes: 1 } as const;
    const request = { key: 'ab'.repeat(20), dataset: 'museum', training, validation: null };
    const base = toJobBody({ ...request, target: target() }, place);
    expect(base.baseModelIdentifier).toBe(target().model);
    expect(toJobBody({ ...request, target: target({ from: CUSTOM }) }, place)).toEqual({
      ...base,
      baseModelIdentifier: CUSTOM,
    });
  });

  it.skipIf(skipped)(`is as the service model says${skipped === null ? '' : ` (skipped: ${skipped})`}`, () => {
    fc.assert(
      fc.property(body, (request) => {
        expect(bedrockDifferences('CreateModelCustomizationJobRequest', request)).toEqual([]);
      }),
      { seed: 42, numRuns: 40 },
    );
  });
});
