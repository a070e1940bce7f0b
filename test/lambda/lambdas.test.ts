import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { processStart } from '../../lib/local/process-identity.ts';
import { useHandlers } from './handlers.ts';

const bench = useHandlers();

describe('invoke', () => {
  it('hands the event over as JSON and takes the answer as JSON', async () => {
    const echo = await bench.define(
      'export const handler = async (event) => ({ event, date: new Date(0), none: undefined });',
    );
    const { lambdas } = bench.open([echo]);
    expect(await lambdas.invoke('work', { when: new Date(1), gone: undefined, text: 'é\u2028"' })).toEqual({
      value: { event: { when: '1970-01-01T00:00:00.001Z', text: 'é\u2028"' }, date: '1970-01-01T00:00:00.000Z' },
    });
  });

  it('answers null where the handler gives nothing', async () => {
    const { lambdas } = bench.open([await bench.define('export const handler = async () => {};')]);
    expect(await lambdas.invoke('work', undefined)).toEqual({ value: null });
  });

  it.each([
    ['functions/work.js', '"use strict"; exports.handler = () => "commonjs";', 'commonjs'],
    ['functions/work.cjs', 'exports.handler = () => "cjs";', 'cjs'],
    ['functions/work.mjs', 'const late = await Promise.resolve("esm"); export const handler = () => late;', 'esm'],
  ])('loads %s', async (file, code, value) => {
    const { lambdas } = bench.open([await bench.define(code, { file })]);
    expect(await lambdas.invoke('work', {})).toEqual({ value });
  });

  it('keeps an environment warm for the next event, and opens others for events that come at once', async () => {
    const counting = await bench.define(`let count = 0;
      export const handler = async ({ ms }) => {
        count += 1;
        await new Promise((resolve) => setTimeout(resolve, ms));
        return { count, pid: process.pid };
      };`);
    const { lambdas, reports } = bench.open([counting]);
    const first = await lambdas.invoke('work', { ms: 0 });
    expect(await lambdas.invoke('work', { ms: 0 })).toEqual({
      value: { ...('value' in first ? Object(first.value) : {}), count: 2 },
    });
    const both = await Promise.all([lambdas.invoke('work', { ms: 300 }), lambdas.invoke('work', { ms: 300 })]);
    expect(both.map((answer) => ('value' in answer ? Object(answer.value).count : answer))).toEqual([3, 1]);
    expect(reports.map(({ loadMilliseconds }) => loadMilliseconds !== null)).toEqual([true, false, false, true]);
  });

  it('lets events wait for their turn where the machine is busy', async () => {
    const slow = await bench.define(`export const handler = async () => {
      const started = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return [started, Date.now()];
    };`);
    const { lambdas } = bench.open([slow], { atOnce: 1 });
    const answers = await Promise.all([1, 2, 3].map((event) => lambdas.invoke('work', event)));
    const spans = answers.map((answer) => ('value' in answer ? (answer.value as [number, number]) : [0, 0]));
    for (const [index, [started = 0]] of spans.entries())
      expect(started).toBeGreaterThanOrEqual(spans[index - 1]?.[1] ?? 0);
  });

  it('refuses what is beyond the reserved concurrency', async () => {
    const slow = await bench.define(
      'export const handler = () => new Promise((resolve) => setTimeout(resolve, 300, 1));',
      { reservedConcurrency: 1 },
    );
    const { lambdas } = bench.open([slow]);
    const first = lambdas.invoke('work', {});
    await expect(lambdas.invoke('work', {})).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    expect(await first).toEqual({ value: 1 });
    expect(await lambdas.invoke('work', {})).toEqual({ value: 1 });
  });

  it('knows no other functions', async () => {
    const { lambdas } = bench.open([]);
    await expect(lambdas.invoke('work', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('limits', () => {
  it('refuses an event over 6 MB and takes one of exactly 6 MB', async () => {
    const { lambdas } = bench.open([await bench.define('export const handler = (event) => event.length;')]);
    expect(await lambdas.invoke('work', 'x'.repeat(6 * 1024 ** 2 - 2))).toEqual({ value: 6 * 1024 ** 2 - 2 });
    await expect(lambdas.invoke('work', 'x'.repeat(6 * 1024 ** 2 - 1))).rejects.toThrow(
      '6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)',
    );
  });

  it('fails an answer over 6 MB', async () => {
    const { lambdas } = bench.open([await bench.define('export const handler = (bytes) => "x".repeat(bytes - 2);')]);
    expect(await lambdas.invoke('work', 6_291_556)).toHaveProperty('value');
    expect(await lambdas.invoke('work', 6_291_557)).toMatchObject({
      failure: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });

  it('kills a function that outlives its time, and opens a new environment for the next event', async () => {
    const code = `export const handler = ({ hang }) => hang ? new Promise(() => { for (;;); }) : process.pid;`;
    const { lambdas } = bench.open([await bench.define(code, { timeoutSeconds: 1 })]);
    const before = await lambdas.invoke('work', {});
    expect(await lambdas.invoke('work', { hang: true })).toEqual({
      failure: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
      },
    });
    expect('value' in before && processStart(Number(before.value))).toBeNull();
    expect(await lambdas.invoke('work', {})).toHaveProperty('value');
  });

  it.runIf(process.platform === 'linux')('kills a function that takes more memory than it has', async () => {
    const code = `const kept = [];
      export const handler = async ({ megabytes }) => {
        for (let taken = 0; taken < megabytes; taken += 16) {
          kept.push(Buffer.alloc(16 * 1024 ** 2, 1));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        return 'done';
      };`;
    const { lambdas, reports } = bench.open([await bench.define(code, { memoryMegabytes: 256 })]);
    expect(await lambdas.invoke('work', { megabytes: 32 })).toEqual({ value: 'done' });
    expect(await lambdas.invoke('work', { megabytes: 400 })).toEqual({
      failure: {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/Error: Runtime exited with error: signal: killed$/),
      },
    });
    expect(reports[0]?.peakBytes).toBeLessThan(256 * 1024 ** 2);
    expect(reports[1]?.peakBytes).toBeGreaterThan(256 * 1024 ** 2);
  });

  it('gives the heap its share of the memory', async () => {
    const code = `import { getHeapStatistics } from 'node:v8';
      export const handler = () => getHeapStatistics().heap_size_limit;`;
    const { lambdas } = bench.open([await bench.define(code, { memoryMegabytes: 256 })]);
    const answer = await lambdas.invoke('work', {});
    expect(Number('value' in answer ? answer.value : 0) / 1024 ** 2).toBeGreaterThan(200);
    expect(Number('value' in answer ? answer.value : 0) / 1024 ** 2).toBeLessThan(300);
  });
});

describe('failures', () => {
  const failing = (code: string) => bench.define(`export const handler = async () => { ${code} };`);

  it('tells a thrown error by its name', async () => {
    const { lambdas } = bench.open([
      await failing('throw Object.assign(new Error("gone"), { name: "ObjectChangedError" });'),
    ]);
    expect(await lambdas.invoke('work', {})).toEqual({
      failure: {
        errorType: 'ObjectChangedError',
        errorMessage: 'gone',
        trace: expect.arrayContaining(['ObjectChangedError: gone']),
      },
    });
  });

  it.each([
    ['throw "words";', 'string', 'words'],
    ['throw undefined;', 'undefined', 'undefined'],
    ['return 1n;', 'Runtime.MarshalError', 'Unable to stringify response body'],
    ['process.exit(7);', 'Runtime.ExitError', 'exit status 7'],
    ['process.exit(0);', 'Runtime.ExitError', 'Runtime exited without providing a reason'],
    [
      'setTimeout(() => { throw new RangeError("late"); }, 1); await new Promise((done) => setTimeout(done, 1000));',
      'RangeError',
      'late',
    ],
    [
      'Promise.reject(new Error("lost")); await new Promise((done) => setTimeout(done, 1000));',
      'Runtime.UnhandledPromiseRejection',
      'lost',
    ],
  ])('%s ends as %s', async (code, errorType, words) => {
    const { lambdas } = bench.open([await failing(code)]);
    expect(await lambdas.invoke('work', {})).toEqual({
      failure: expect.objectContaining({ errorType, errorMessage: expect.stringContaining(words) }),
    });
  });

  it.each([
    ['import "nowhere";', {}, 'Runtime.ImportModuleError'],
    ['export const handler = (;', {}, 'Runtime.UserCodeSyntaxError'],
    ['export const other = 1;', {}, 'Runtime.HandlerNotFound'],
    ['throw new TypeError("no start");', {}, 'TypeError'],
    ['', { handler: 'functions/none.handler' }, 'Runtime.ImportModuleError'],
    ['', { handler: '../work.handler' }, 'Runtime.MalformedHandlerName'],
    ['', { handler: 'work' }, 'Runtime.MalformedHandlerName'],
  ])('a package with %j %j fails each call with %s', async (code, settings, errorType) => {
    const { lambdas } = bench.open([await bench.define(code, settings)]);
    expect(await lambdas.invoke('work', {})).toMatchObject({ failure: { errorType } });
    expect(await lambdas.invoke('work', {})).toMatchObject({ failure: { errorType } });
  });

  it('tells of an environment that is killed from outside, and goes on with another', async () => {
    const hanging = await bench.define(
      'export const handler = ({ ms }) => new Promise((done) => setTimeout(done, ms, 1));',
    );
    const { lambdas } = bench.open([hanging]);
    const call = lambdas.invoke('work', { ms: 5000 });
    while (lambdas.busy('work').length === 0) await sleep(10);
    for (const { pid } of lambdas.busy('work')) process.kill(pid, 'SIGKILL');
    expect(await call).toMatchObject({ failure: { errorType: 'Runtime.ExitError' } });
    expect(await lambdas.invoke('work', { ms: 0 })).toEqual({ value: 1 });
  });
});
