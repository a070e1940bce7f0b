import { beforeEach, describe, expect, it } from 'vitest';
import { loadProvider } from '../../lib/providers/registry.ts';
import { type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const GENERIC = { OPENAI_PROFILE: 'generic' };

let world: MemoryWorld;
let asked: string[];
let staged: string[];

/** A world of real money, on 2026-11-23; whatever is staged is noted. */
async function openWorld(environment: Readonly<Record<string, string>> = GENERIC): Promise<void> {
  world = await newMemoryWorld(
    { 'train.csv': tableOf(12) },
    { simulated: false, provider: (name) => loadProvider(name, environment) },
  );
  asked = [];
  staged = [];
  const { client } = world.provider;
  const { stageFile } = client;
  client.stageFile = (split, ...more) => {
    staged.push(split);
    return stageFile(split, ...more);
  };
}

/** What the provider's own API says of its models. */
function tell(answer: () => string | null): void {
  world.provider.client.modelEndsOn = async (model) => {
    asked.push(model);
    return answer();
  };
}

beforeEach(() => openWorld());

async function endsTold() {
  const { status, findings } = await runInMemory(world);
  const ends = findings.filter(({ code }) => code.startsWith('MODEL_END'));
  return { status, ends: ends.map(({ code, severity, message }) => `${severity} ${code}: ${message}`) };
}

describe('a model whose end the provider’s own API tells', () => {
  it.each([
    ['2020-01-01', 'rejected', [/^error MODEL_ENDED: .* is shut down, as .* itself says, since 2020-01-01$/]],
    ['2026-11-23', 'rejected', [/^error MODEL_ENDED/]],
    ['2026-11-24', 'completed', [/^warning MODEL_ENDING: .* from 2026-11-24: 1 days from now$/]],
    ['2027-01-22', 'completed', [/^warning MODEL_ENDING: .*: 60 days from now$/]],
    ['2027-01-23', 'completed', []],
    [null, 'completed', []],
  ])('is judged by %s: %s', async (end, status, words) => {
    tell(() => end);
    const told = await endsTold();
    expect(told.status).toBe(status);
    expect(told.ends).toEqual(words.map((word) => expect.stringMatching(word)));
    expect(asked).toEqual(['gpt-4o-2024-08-06']);
    expect(staged).toEqual(status === 'rejected' ? [] : ['train']);
    expect(world.provider.jobs).toHaveLength(status === 'rejected' ? 0 : 1);
  });

  it('is trained where the API cannot be asked', async () => {
    tell(() => {
      throw new Error('[openai] could not look at the model: HTTP 500.');
    });
    expect(await endsTold()).toEqual({ status: 'completed', ends: [] });
    expect(asked).toHaveLength(1);
  });

  it('is asked for by no rehearsal, and by no check', async () => {
    tell(() => '2020-01-01');
    await runInMemory(world, { command: 'check' });
    world.change = { ...world.change, simulated: true };
    expect((await endsTold()).status).toBe('completed');
    expect(asked).toEqual([]);
  });

  it.each([
    ['later than the data’s', '2027-01-14', [/^warning MODEL_ENDING: .* takes no new jobs from 2027-01-06/]],
    ['that of the data', '2027-01-06', [/^warning MODEL_ENDING: .* takes no new jobs from 2027-01-06/]],
    [
      'earlier than the data’s',
      '2026-12-01',
      [
        /^warning MODEL_ENDING: .* is shut down, as OpenAI itself says, from 2026-12-01/,
        /^warning MODEL_ENDING: .* takes no new jobs from 2027-01-06/,
      ],
    ],
  ])('is told by the stricter word where its end is %s', async (_what, end, words) => {
    await openWorld({});
    tell(() => end);
    expect((await endsTold()).ends).toEqual(words.map((word) => expect.stringMatching(word)));
  });

  it('is asked for by the step that may read secrets, where the first may not', async () => {
    world.change = { ...world.change, surveyHasNoSecrets: true };
    tell(() => '2020-01-01');
    const { report } = await runInMemory(world);
    expect(report?.targets).toMatchObject([
      {
        status: 'failed',
        message: expect.stringContaining('is shut down, as an OpenAI-compatible server itself says'),
      },
    ]);
    expect([staged, world.provider.jobs]).toEqual([[], []]);
    expect(new Set(asked)).toEqual(new Set(['gpt-4o-2024-08-06']));
  });

  it('is asked for once, whichever step does', async () => {
    world.change = { ...world.change, surveyHasNoSecrets: true };
    tell(() => '2026-12-01');
    expect((await runInMemory(world)).status).toBe('completed');
    expect(asked).toEqual(['gpt-4o-2024-08-06']);
  });

  it('does not keep a run from the job that an earlier attempt may have made', async () => {
    let end: string | null = null;
    tell(() => end);
    world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds: 0 });
    world.before = (step, event) => {
      const isAfterCreate = world.provider.creates.length > 0 && 'target' in event;
      if (step === 'submit' && isAfterCreate && world.executions === 1) throw new Error('the process died');
    };
    await runInMemory(world);
    end = '2020-01-01';
    expect(await endsTold()).toEqual({ status: 'completed', ends: [] });
    expect(world.provider.jobs).toHaveLength(1);
  });
});
