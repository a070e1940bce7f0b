import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../lib/domain/history.ts';
import { newYearWorld, type YearWorld } from './year-world.ts';

/** Rows with ids b<from> to b<to>; `changed` have another answer than they had. */
function birds(to: number, { changed = [], more = '' }: { changed?: readonly number[]; more?: string } = {}): string {
  const rows = Array.from({ length: to }, (_, index) => index + 1).map((bird) => {
    const answer = changed.includes(bird) ? `It is the corrected bird ${bird}.` : `It is bird ${bird}.`;
    return `b${bird},Which bird is number ${bird}?,${answer}\n`;
  });
  return `id,prompt,completion\n${rows.join('')}${more}`;
}

function jobSpec(target: string, more = '', triggers = ''): string {
  return `targets: ["${target}"]\n${more}retrain:\n  schedule: cron(0 6 * * MON)\n  beforeModelEnds: 14\n${triggers}`;
}

const NOVA = 'bedrock:amazon.nova-lite-v1:0:300k';
const CORRECTED = { changed: [1, 2, 3, 4, 5] };
const DOUBLES = {
  ...CORRECTED,
  more: 'd1,Which bird is number 9?,It is bird 9.\nd2,Which bird is number 9?,It is bird 9.\n',
};

interface Event {
  at: string;
  what: string;
  happens: (world: YearWorld) => Promise<unknown>;
  /** The word that was said of it; null = none. */
  decision: Decision['decision'] | null;
  by?: Decision['by'];
  because?: RegExp;
  /** What the providers were paid for so far. */
  jobs: { openai: number; bedrock: number };
  /** The events whose models are current now. */
  current: Record<string, string>;
  /** Rows of the newest model. */
  rows?: number;
}

const tick = (world: YearWorld) => world.tick();
const upload = (files: Parameters<YearWorld['upload']>[0]) => (world: YearWorld) => world.upload(files);
/** What an upload starts, and the tick a little later. */
const uploadThenTick = (files: Parameters<YearWorld['upload']>[0]) => async (world: YearWorld) => {
  await world.upload(files);
  await world.tick();
};

/** Mondays on which nothing has changed since the training that `current` names. */
function quietMondays(from: string, to: string, { jobs, current }: Pick<Event, 'jobs' | 'current'>): Event[] {
  const WEEK_MS = 7 * 24 * 3600 * 1000;
  const weeks = Math.round((Date.parse(to) - Date.parse(from)) / WEEK_MS) + 1;
  return Array.from({ length: weeks }, (_, week) => ({
    at: new Date(Date.parse(from) + week * WEEK_MS).toISOString(),
    what: 'nothing has changed',
    happens: tick,
    decision: 'skipped',
    by: 'schedule',
    because: /^nothing has changed since run/,
    jobs,
    current,
  }));
}

const YEAR: readonly Event[] = [
  {
    at: '2026-11-23T09:00:00Z',
    what: 'the first drop trains at once',
    happens: upload({ 'finedrop.yaml': jobSpec('openai'), 'train.csv': birds(120) }),
    decision: 'submitted',
    by: 'drop',
    jobs: { openai: 1, bedrock: 0 },
    current: { openai: '2026-11-23T09:00:00Z' },
    rows: 120,
  },
  {
    at: '2026-11-25T09:00:00Z',
    what: 'ten rows more wait for Monday',
    happens: uploadThenTick({ 'train.csv': birds(130) }),
    decision: 'skipped',
    by: 'drop',
    because: /^10 rows are new and 0 are gone/,
    jobs: { openai: 1, bedrock: 0 },
    current: { openai: '2026-11-23T09:00:00Z' },
  },
  {
    at: '2026-11-30T06:00:00Z',
    what: 'on Monday they are trained',
    happens: tick,
    decision: 'submitted',
    by: 'schedule',
    jobs: { openai: 2, bedrock: 0 },
    current: { openai: '2026-11-30T06:00:00Z' },
    rows: 130,
  },
  {
    at: '2026-12-02T09:00:00Z',
    what: 'a row more waits',
    happens: upload({ 'train.csv': birds(131) }),
    decision: 'skipped',
    by: 'drop',
    because: /^1 rows are new/,
    jobs: { openai: 2, bedrock: 0 },
    current: { openai: '2026-11-30T06:00:00Z' },
  },
  {
    at: '2026-12-07T06:00:00Z',
    what: 'the provider is out for days: nothing is paid, and the old model stays',
    happens: async (world) => {
      world.outage(true);
      await world.tick();
      world.outage(false);
    },
    decision: 'refused',
    by: 'schedule',
    jobs: { openai: 2, bedrock: 0 },
    current: { openai: '2026-11-30T06:00:00Z' },
  },
  {
    at: '2026-12-14T06:00:00Z',
    what: 'a week later the same run is taken up again',
    happens: tick,
    decision: 'submitted',
    by: 'schedule',
    jobs: { openai: 3, bedrock: 0 },
    current: { openai: '2026-12-14T06:00:00Z' },
    rows: 131,
  },
  {
    at: '2026-12-16T09:00:00Z',
    what: 'five rows are corrected',
    happens: upload({ 'train.csv': birds(131, CORRECTED) }),
    decision: 'skipped',
    by: 'drop',
    because: /^5 rows are new and 5 are gone/,
    jobs: { openai: 3, bedrock: 0 },
    current: { openai: '2026-12-14T06:00:00Z' },
  },
  {
    at: '2026-12-21T06:00:00Z',
    what: 'their training goes badly: the model before stays the current one',
    happens: tick,
    decision: 'submitted',
    by: 'schedule',
    jobs: { openai: 4, bedrock: 0 },
    current: { openai: '2026-12-14T06:00:00Z' },
    rows: 131,
  },
  {
    at: '2026-12-22T09:00:00Z',
    what: 'the very same file again is nothing',
    happens: uploadThenTick({ 'train.csv': birds(131, CORRECTED) }),
    decision: null,
    jobs: { openai: 4, bedrock: 0 },
    current: { openai: '2026-12-14T06:00:00Z' },
  },
  {
    at: '2026-12-23T09:00:00Z',
    what: 'two rows are taken out, and the base model ends in fourteen days: they are trained while they can be',
    happens: uploadThenTick({ 'retire.csv': 'id\nb7\nb8\n' }),
    decision: 'submitted',
    by: 'retirement',
    jobs: { openai: 5, bedrock: 0 },
    current: { openai: '2026-12-23T09:00:00Z' },
    rows: 129,
  },
  ...quietMondays('2026-12-28T06:00:00Z', '2027-01-04T06:00:00Z', {
    jobs: { openai: 5, bedrock: 0 },
    current: { openai: '2026-12-23T09:00:00Z' },
  }),
  {
    at: '2027-01-07T09:00:00Z',
    what: 'the base model has ended: a drop for it is refused',
    happens: upload({ 'train.csv': birds(140, CORRECTED) }),
    decision: 'refused',
    by: 'drop',
    because: /takes no new jobs since 2027-01-06/,
    jobs: { openai: 5, bedrock: 0 },
    current: { openai: '2026-12-23T09:00:00Z' },
  },
  {
    at: '2027-01-11T06:00:00Z',
    what: 'and so is the schedule',
    happens: tick,
    decision: 'refused',
    by: 'schedule',
    because: /takes no new jobs since 2027-01-06/,
    jobs: { openai: 5, bedrock: 0 },
    current: { openai: '2026-12-23T09:00:00Z' },
  },
  {
    at: '2027-01-13T09:00:00Z',
    what: 'another model is chosen',
    happens: upload({ 'finedrop.yaml': jobSpec(NOVA) }),
    decision: 'skipped',
    by: 'drop',
    because: /^9 rows are new and 0 are gone/,
    jobs: { openai: 5, bedrock: 0 },
    current: { openai: '2026-12-23T09:00:00Z' },
  },
  {
    at: '2027-01-18T06:00:00Z',
    what: 'and trained on Monday; the old one stays the current of its own target',
    happens: tick,
    decision: 'submitted',
    by: 'schedule',
    jobs: { openai: 5, bedrock: 1 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-01-18T06:00:00Z' },
    rows: 138,
  },
  ...quietMondays('2027-01-25T06:00:00Z', '2027-03-29T06:00:00Z', {
    jobs: { openai: 5, bedrock: 1 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-01-18T06:00:00Z' },
  }),
  {
    at: '2027-03-31T09:00:00Z',
    what: 'fifty rows more are enough not to wait for Monday',
    happens: uploadThenTick({
      'finedrop.yaml': jobSpec(NOVA, '', '  minNewRows: 30\n'),
      'train.csv': birds(190, CORRECTED),
    }),
    decision: 'submitted',
    by: 'rows',
    jobs: { openai: 5, bedrock: 2 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-03-31T09:00:00Z' },
    rows: 188,
  },
  ...quietMondays('2027-04-05T06:00:00Z', '2027-04-12T06:00:00Z', {
    jobs: { openai: 5, bedrock: 2 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-03-31T09:00:00Z' },
  }),
  {
    at: '2027-04-14T09:00:00Z',
    what: 'doubles of a row are few, and wait',
    happens: uploadThenTick({ 'train.csv': birds(190, DOUBLES) }),
    decision: 'skipped',
    by: 'drop',
    because: /^0 rows are new/,
    jobs: { openai: 5, bedrock: 2 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-03-31T09:00:00Z' },
  },
  {
    at: '2027-06-01T12:00:00Z',
    what: 'seven Mondays were missed: one run makes up for them',
    happens: async (world) => {
      expect(await world.tick()).toHaveLength(1);
      expect(await world.tick()).toHaveLength(0);
    },
    decision: 'submitted',
    by: 'schedule',
    jobs: { openai: 5, bedrock: 3 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-06-01T12:00:00Z' },
    rows: 190,
  },
  {
    at: '2027-06-07T06:00:00Z',
    what: 'two ticks and a drop at once pay once',
    happens: (world) => Promise.all([world.tick(), world.tick(), world.upload({ 'train.csv': birds(195, DOUBLES) })]),
    decision: 'submitted',
    by: 'schedule',
    jobs: { openai: 5, bedrock: 4 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-06-07T06:00:00Z' },
    rows: 195,
  },
  {
    at: '2027-06-09T09:00:00Z',
    what: 'a budget that the next training would exceed',
    happens: upload({
      'finedrop.yaml': jobSpec(NOVA, 'budget: {usd: 0}\n'),
      'train.csv': birds(200, DOUBLES),
    }),
    decision: 'skipped',
    by: 'drop',
    jobs: { openai: 5, bedrock: 4 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-06-07T06:00:00Z' },
  },
  {
    at: '2027-06-14T06:00:00Z',
    what: 'holds it',
    happens: tick,
    decision: 'held',
    by: 'schedule',
    jobs: { openai: 5, bedrock: 4 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-06-07T06:00:00Z' },
  },
  {
    at: '2027-06-16T09:00:00Z',
    what: 'the budget is raised, and the drop is to train at once',
    happens: upload({ 'finedrop.yaml': jobSpec(NOVA, 'budget: {usd: 100}\n', '  now: true\n') }),
    decision: 'submitted',
    by: 'drop',
    jobs: { openai: 5, bedrock: 5 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-06-16T09:00:00Z' },
    rows: 200,
  },
  ...quietMondays('2027-06-21T06:00:00Z', '2027-11-22T06:00:00Z', {
    jobs: { openai: 5, bedrock: 5 },
    current: { openai: '2026-12-23T09:00:00Z', bedrock: '2027-06-16T09:00:00Z' },
  }),
];

/** What the world was like after an event. */
interface Seen {
  told: Decision[];
  jobs: Record<string, number>;
  spent: { jobs: number; usd: number };
  current: Record<string, string>;
  rows: number | undefined;
}

// The fourth training at OpenAI is the one that goes badly.
const FAULTS = { rules: [{ provider: 'openai', operation: 'jobs.create', action: 'poor-training', after: 3 }] };

describe('a year of a dataset', () => {
  let world: YearWorld;
  const seen = new Map<string, Seen>();
  const runs = new Map<string, string>();
  beforeAll(async () => {
    world = await newYearWorld('birds', FAULTS);
    for (const { at, happens } of YEAR) {
      await world.until(at);
      const before = new Set((await world.decisions()).map(({ execution }) => execution));
      await happens(world);
      const told = (await world.decisions()).filter(({ execution }) => !before.has(execution));
      const run = told.find(({ decision }) => decision === 'submitted')?.run;
      if (run != null) runs.set(run, at);
      const newest = (await world.models()).at(-1);
      seen.set(at, {
        told,
        jobs: await world.jobs(),
        spent: await world.spent(),
        current: await world.current(),
        rows: newest === undefined ? undefined : newest.rows.train + newest.rows.validation,
      });
    }
  }, 120_000);
  afterAll(() => world.close());

  it.each(YEAR)('$at: $what', ({ at, decision, by, because, jobs, current, rows }) => {
    const now = seen.get(at);
    // Where an upload and a tick met, the tick's word is the later one; the check of an upload says nothing of a training.
    const word = now?.told.findLast((one) => one.by === by) ?? now?.told.at(-1);
    expect(word?.decision ?? null).toBe(decision);
    if (by !== undefined) expect(word?.by).toBe(by);
    if (because !== undefined) expect(word?.reason).toMatch(because);
    expect(now?.jobs).toEqual(jobs);
    expect(
      Object.fromEntries(Object.entries(now?.current ?? {}).map(([target, run]) => [target, runs.get(run)])),
    ).toEqual(current);
    if (rows !== undefined) expect(now?.rows).toBe(rows);
  });

  it('has paid for each job once, and for nothing else', async () => {
    const { jobs } = await world.spent();
    expect(jobs).toBe(10);
    const models = await world.models();
    expect(models.filter(({ cost }) => cost !== null)).toHaveLength(10);
    expect(new Set(models.map(({ key }) => key)).size).toBe(10);
  });

  it('tells of each model the very rows that made it: those that were taken out are in the earlier ones alone', async () => {
    const made = [...runs].map(([run, at]) => ({ run, at }));
    const withRetired: string[] = [];
    for (const { run, at } of made) {
      const rows = await world.lineage(run);
      if (rows.includes('b7') && rows.includes('b8')) withRetired.push(at);
      else expect(rows).not.toContain('b7');
    }
    expect(withRetired).toEqual([
      '2026-11-23T09:00:00Z',
      '2026-11-30T06:00:00Z',
      '2026-12-14T06:00:00Z',
      '2026-12-21T06:00:00Z',
    ]);
  });
});
