import { describe, expect, it } from 'vitest';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { withWayBack } from '../../lib/providers/continuing.ts';
import type { Capabilities } from '../../lib/providers/facts.ts';
import { openai } from '../../lib/providers/openai/index.ts';
import type { CreateOutcome } from '../../lib/providers/provider.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';
import { targetOf } from '../factories.ts';

const FROM = 'ft:gpt-4o-2024-08-06:museum::9abcDEF0';
const refused = (message: string): CreateOutcome => ({ outcome: 'refused', code: 'model_not_available', message });
const of = (outcome: CreateOutcome, from?: string) =>
  withWayBack(outcome, { target: targetOf(from === undefined ? {} : { from }) });

describe('withWayBack', () => {
  it.each([
    'HTTP 400 model_not_available Model ft:x is not available for fine-tuning or does not exist',
    'HTTP 400 ValidationException The provided model identifier is invalid.',
    'HTTP 400 INVALID_ARGUMENT 1.Field: tuning_job.pre_tuned_model.tuned_model_name; Message: it is none',
  ])('tells what to do where a tuned model cannot go on: %s', (message) => {
    expect(of(refused(message), FROM)).toEqual(
      refused(
        `${message.replace(/\.$/, '')}. Training was to go on from ${FROM}: if that model was deleted, or belongs to another account or region, begin from scratch with retrain: {from: base}.`,
      ),
    );
  });

  it.each<[string, CreateOutcome, string | undefined]>([
    ['a training from scratch', refused('Model gpt-0 does not exist'), undefined],
    ['a refusal of something else', refused('HTTP 403 the key may not do that'), FROM],
    ['a create that may have made a job', { outcome: 'unknown', message: 'the model is silent' }, FROM],
    ['one that must wait', { outcome: 'later', afterSeconds: 9, message: 'the model is busy' }, FROM],
  ])('leaves %s as it is', (_name, outcome, from) => {
    expect(of(outcome, from)).toBe(outcome);
  });
});

describe('the fact that a tuned model can be trained further', () => {
  const capabilities = [openai, vertex, bedrock].flatMap((provider) => [
    provider.capabilities,
    ...(provider.otherCapabilities ?? []),
  ]);
  const those = ({ models }: Capabilities, continues: boolean) =>
    models.filter((facts) => (facts.continues?.value === true) === continues).map(({ model }) => model);

  it.each(capabilities.map((one) => [one.profile ?? one.provider, one] as const))(
    'is there for each model of %s of which a page says so, with source and day',
    (name, one) => {
      const silent: Record<string, string[]> = { vertex: ['gemini-3.5-flash-lite'], generic: ['gpt-4o-2024-08-06'] };
      expect(those(one, false)).toEqual(silent[name] ?? []);
      for (const { continues } of one.models)
        if (continues !== undefined)
          expect(continues).toMatchObject({
            source: expect.stringMatching(/\./),
            asOf: expect.stringMatching(/^202\d-\d\d-\d\d$/),
          });
    },
  );
});
