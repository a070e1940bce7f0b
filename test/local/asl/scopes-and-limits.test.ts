import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../lib/local/asl/json.ts';
import { pass, run, task, testHost } from './harness.ts';

describe('variables', () => {
  it('are seen from the next state on, not by the state that assigns them', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Output: '{% $n %}', Next: 'C' },
      C: pass(['{% $states.input %}', '{% $n %}']),
    };
    expect(await run(states)).toMatchObject({ output: [1, 2] });
  });

  it('are assigned all from the same scope', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Next: 'C' },
      C: pass(['{% $x %}', '{% $y %}']),
    };
    expect(await run(states)).toMatchObject({ output: [2, 1] });
  });

  it('of a state that failed are not set', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { x: 'before' }, Next: 'T' },
      T: task('fine', {
        Assign: { x: 'after', y: '{% $states.result.missing %}' },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
        Next: 'C',
      }),
      C: pass('{% $x %}'),
    };
    expect(await run(states, {}, testHost({ fine: () => 1 }))).toMatchObject({ output: 'before' });
  });

  it.each(['INLINE', 'DISTRIBUTED'])('of a Map’s iterations stay apart and end with them: %s', async (Mode) => {
    const states = {
      M: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode, ...(Mode === 'DISTRIBUTED' && { ExecutionType: 'STANDARD' }) },
          StartAt: 'Set',
          States: {
            Set: { Type: 'Pass', Assign: { own: '{% $states.input %}' }, Next: 'W' },
            W: { Type: 'Wait', Seconds: 1, Next: 'Get' },
            Get: pass('{% $own %}'),
          },
        },
        End: true,
      },
    };
    expect(await run(states, [1, 2, 3])).toMatchObject({ output: [1, 2, 3] });
  });

  it('of the outer scope can be read in inline iterations and branches', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { outer: 'o' }, Output: [1], Next: 'M' },
      M: {
        Type: 'Map',
        ItemProcessor: {
          StartAt: 'P',
          States: {
            P: { Type: 'Parallel', Branches: [{ StartAt: 'G', States: { G: pass('{% $outer %}') } }], End: true },
          },
        },
        End: true,
      },
    };
    expect(await run(states)).toMatchObject({ output: [['o']] });
  });

  it('of a distributed child may be called like outer ones', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { name: 'outer' }, Output: [1], Next: 'M' },
      M: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Set',
          States: { Set: { Type: 'Pass', Assign: { name: 'inner' }, Next: 'Get' }, Get: pass('{% $name %}') },
        },
        Output: ['{% $states.result %}', '{% $name %}'],
        End: true,
      },
    };
    expect(await run(states)).toMatchObject({ output: [['inner'], 'outer'] });
  });

  it.each([
    ['one variable', { big: "{% $pad('', 262143, 'x') %}" }],
    ['one Assign', { a: "{% $pad('', 150000, 'x') %}", b: "{% $pad('', 150000, 'x') %}" }],
  ])('are limited to 256 KiB: %s', async (_title, Assign) => {
    const result = await run({ A: { Type: 'Pass', Assign, End: true } });
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('are limited to 10 MiB together', async () => {
    const loop = (limit: number) => {
      const chain: JsonObject = {};
      for (let n = 0; n < limit; n += 1) {
        chain[`S${n}`] = {
          Type: 'Pass',
          Assign: { [`v${n}`]: "{% $pad('', 262000, 'x') %}" },
          ...(n + 1 < limit ? { Next: `S${n + 1}` } : { End: true }),
        };
      }
      return run(chain);
    };
    expect(await loop(40)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await loop(41)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded', state: 'S40' });
  });
});

describe('the payload limit of 256 KiB', () => {
  const long = (bytes: number) => 'x'.repeat(bytes - 2);
  const LIMIT = 256 * 1024;

  it('lets exactly that much through', async () => {
    expect(await run({ P: { Type: 'Pass', End: true } }, long(LIMIT))).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each<[string, JsonObject, Json, string]>([
    ['an input', { Type: 'Pass', End: true }, long(LIMIT + 1), 'an input'],
    ['an output', pass("{% $pad('', 262143, 'x') %}"), {}, 'an output'],
    ['arguments', task('echo'), long(LIMIT - 20), 'arguments'],
    ['a task result', task('large', { Output: 1 }), {}, 'a task result'],
  ])('holds for %s', async (_title, state, input, what) => {
    const host = testHost({ echo: () => 1, large: () => long(LIMIT) });
    const result = await run({ S: state }, input, host);
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(result).toHaveProperty('cause', expect.stringContaining(`The state 'S' has ${what} of`));
  });

  it('counts bytes, not characters', async () => {
    expect(await run({ P: { Type: 'Pass', End: true } }, 'é'.repeat(LIMIT / 2))).toMatchObject({
      error: 'States.DataLimitExceeded',
    });
  });

  it('holds for the result of a Map', async () => {
    const half = { P: pass("{% $pad('', 131072, 'x') %}") };
    const map = { Type: 'Map', ItemProcessor: { StartAt: 'P', States: half }, End: true };
    expect(await run({ M: map }, [1])).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run({ M: map }, [1, 2])).toMatchObject({ error: 'States.DataLimitExceeded', state: 'M' });
  });

  it('is not caught by States.ALL, but by its name', async () => {
    const large = (ErrorEquals: string[]) =>
      run(
        { T: task('large', { Catch: [{ ErrorEquals, Next: 'E', Output: 'caught' }] }), E: { Type: 'Succeed' } },
        {},
        testHost({ large: () => long(LIMIT) }),
      );
    expect(await large(['States.ALL'])).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(await large(['States.DataLimitExceeded'])).toMatchObject({ output: 'caught' });
  });
});

describe('the history limit of 25,000 events', () => {
  /** Two events for each Loop and Again, as on AWS; six for the last Loop, Out, and the execution itself. */
  const loop = (rounds: number): JsonObject => ({
    Loop: {
      Type: 'Choice',
      Choices: [{ Condition: `{% $states.input >= ${rounds} %}`, Next: 'Out' }],
      Default: 'Again',
    },
    Again: { Type: 'Pass', Output: '{% $states.input + 1 %}', Next: 'Loop' },
    Out: { Type: 'Succeed' },
  });

  it('lets a loop of 24,998 events end, and no longer one', async () => {
    const quiet = testHost();
    delete quiet.onEvent;
    expect(await run(loop(6248), 0, quiet)).toMatchObject({ status: 'SUCCEEDED', output: 6248 });
    expect(await run(loop(6249), 0, quiet)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });

  it('cannot be caught, but leaves the parent of a distributed child alive', async () => {
    const child = {
      Type: 'Map',
      Items: [0, 24_000],
      ToleratedFailureCount: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Loop',
        States: loop(12_000),
      },
      End: true,
    };
    const quiet = testHost();
    delete quiet.onEvent;
    expect(await run({ M: child }, {}, quiet)).toMatchObject({
      status: 'SUCCEEDED',
      output: [{ Error: 'States.Runtime' }, 24_000],
    });
    const inline = {
      M: {
        Type: 'Map',
        Items: [0],
        ItemProcessor: { StartAt: 'Loop', States: loop(12_000) },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }],
        End: true,
      },
      E: { Type: 'Succeed' },
    };
    expect(await run(inline, {}, quiet)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('counts a task as scheduled, started and ended', async () => {
    const events = async (rounds: number) => {
      const states = {
        T: task('count', { Output: '{% $states.input + 1 %}', Next: 'C' }),
        C: { Type: 'Choice', Choices: [{ Condition: `{% $states.input >= ${rounds} %}`, Next: 'Out' }], Default: 'T' },
        Out: { Type: 'Succeed' },
      };
      const host = testHost({ count: () => 1 });
      delete host.onEvent;
      return run(states, 0, host);
    };
    // 7 events a round and 4 around them: 3570 rounds are 24,994.
    expect(await events(3570)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await events(3571)).toMatchObject({ error: 'States.Runtime' });
  });
});
