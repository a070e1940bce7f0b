import { describe, expect, it } from 'vitest';
import { judgeMoney, type Priced } from '../../lib/pipeline/hold.ts';
import type { Manifest } from '../../lib/pipeline/manifest.ts';
import { reserve } from '../../lib/pipeline/spend.ts';
import { keys } from '../../lib/storage/keys.ts';
import { manifestOf, operatorOf, servicesOf } from '../factories.ts';

const PLAN = 'c7bba5234150b052';

function priced(name: string, high: number | null, job: string | null = null): Priced {
  return {
    name,
    billed: { low: 20_000, high: 20_000 },
    epochs: { low: 1, high: 3 },
    usdPerMillionTokens: high === null ? null : 25,
    cost: high === null ? null : { currency: 'USD', low: high / 3, high },
    key: `key of ${name}`,
    job,
  };
}

const judge = (targets: readonly Priced[], manifest: Manifest, services = servicesOf()) =>
  judgeMoney(services, manifest, { plan: PLAN, targets });

function manifestWith(spec: Partial<Manifest['spec']>, change: Partial<Manifest> = {}): Manifest {
  const manifest = manifestOf(change);
  return { ...manifest, spec: { ...manifest.spec, ...spec } };
}

describe('a budget', () => {
  const budget = (usd: number, by: 'drop' | 'operator' = 'drop') => manifestWith({ budget: { usd, by } });

  it.each([
    ['the higher estimates are just within it', [priced('openai', 0.1), priced('vertex', 0.2)], null],
    [
      'they are a cent above',
      [priced('openai', 0.11), priced('vertex', 0.2)],
      /may cost \$0\.31, and budget\.usd is \$0\.30/,
    ],
    [
      'the price of one is not published',
      [priced('openai', 0.1), priced('vertex', null)],
      /no price is known for vertex/,
    ],
    ['what is above it was paid before', [priced('openai', 0.1), priced('vertex', 9, 'job-1')], null],
  ])('of $0.30 where %s', async (_what, targets, reason) => {
    const { held } = await judge(targets, budget(0.3));
    if (reason === null) expect(held).toBeNull();
    else expect(held).toMatch(reason);
  });

  it('shows the arithmetic, and says who set the limit and what to do', async () => {
    const own = await judge([priced('openai', 1.5)], budget(1));
    expect(own.held).toContain('openai $0.50–$1.50 (20,000 tokens x 1–3 epochs x $25.00 a million)');
    expect(own.held).toContain('Raise budget.usd in finedrop.yaml');
    const operators = await judge([priced('openai', 1.5)], budget(1, 'operator'));
    expect(operators.held).toContain('whoever runs finedrop allows $1.00 a run');
    expect(operators.held).toContain('Ask them for more');
  });

  it('of nothing lets nothing be paid', async () => {
    expect((await judge([priced('openai', 0.01)], budget(0))).held).toContain('budget.usd is $0.00');
  });
});

describe('approval', () => {
  const manifest = manifestWith({ approve: true });
  const approved = async (text: string) => {
    const services = servicesOf();
    await services.results.write(keys.control(manifest.dataset, manifest.run, 'approve'), text);
    return (await judge([priced('openai', 1.5)], manifest, services)).held;
  };

  it('is waited for, and the message says how to give it', async () => {
    const { held, reservedOn } = await judge([priced('openai', 1.5)], manifest);
    expect(held).toContain(`finedrop approve ${manifest.dataset} ${manifest.run}`);
    expect(held).toContain(`{"plan": "${PLAN}"}`);
    expect(reservedOn).toBeNull();
  });

  it('of this very plan lets it go on', async () => {
    expect(await approved(JSON.stringify({ plan: PLAN }))).toBeNull();
  });

  it.each([
    [
      'of another plan',
      JSON.stringify({ plan: 'aaaaaaaaaaaaaaaa' }),
      /another plan was approved \("aaaaaaaaaaaaaaaa"\)/,
    ],
    ['of no plan', '{}', /another plan was approved \(""\)/],
    ['that is no JSON', 'yes', /waits/],
    ['that is a number', '{"plan": 7}', /waits/],
  ])('%s does not', async (_what, text, reason) => {
    expect(await approved(text)).toMatch(reason);
  });

  it('does not lift a budget', async () => {
    const services = servicesOf();
    const tight = manifestWith({ approve: true, budget: { usd: 1, by: 'drop' } });
    await services.results.write(keys.control(tight.dataset, tight.run, 'approve'), JSON.stringify({ plan: PLAN }));
    expect((await judge([priced('openai', 1.5)], tight, services)).held).toContain('budget.usd is $1.00');
  });

  it('is not needed for jobs that exist', async () => {
    expect(await judge([priced('openai', 1.5, 'ftjob-1')], manifest)).toEqual({
      held: null,
      heldBy: null,
      reservedOn: null,
    });
  });
});

describe("a day's limit", () => {
  const services = () => servicesOf({ operator: operatorOf({ usdPerDay: 10 }) });

  it.each([
    ['just enough is left', 8.5, null],
    ['a cent too little is left', 8.51, /\$8\.51 of today's \$10\.00 are spent or reserved/],
  ])('holds for all runs together: %s', async (_what, spent, reason) => {
    const day = services();
    await reserve(
      day,
      { dataset: 'cars', run: 'b' },
      { expenses: [{ key: 'b', target: 'openai', usd: spent }], limit: null },
    );
    const { held, reservedOn } = await judge([priced('openai', 1.5)], manifestOf(), day);
    if (reason === null) expect({ held, reservedOn }).toEqual({ held: null, reservedOn: '2026-11-23' });
    else expect(held).toMatch(reason);
  });

  it('cannot be kept where a price is unknown', async () => {
    expect((await judge([priced('openai', null)], manifestOf(), services())).held).toContain(
      'no price is known for openai',
    );
  });

  it('is only looked at by a check', async () => {
    const day = services();
    expect(await judge([priced('openai', 11)], manifestOf({ command: 'check' }), day)).toEqual({
      held: expect.stringContaining("today's $10.00"),
      heldBy: 'day',
      reservedOn: null,
    });
    expect((await judge([priced('openai', 9)], manifestOf(), day)).held).toBeNull();
  });
});
