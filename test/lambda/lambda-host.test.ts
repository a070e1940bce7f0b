import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../lib/local/asl/host.ts';
import { parseStateMachine } from '../../lib/local/asl/parse-state-machine.ts';
import { startExecution } from '../../lib/local/asl/start-execution.ts';
import { virtualClock } from '../../lib/local/asl/virtual-clock.ts';
import type { LambdaFunction } from '../../lib/local/lambda/lambda-function.ts';
import { lambdaHost } from '../../lib/local/lambda/lambda-host.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { useHandlers } from './handlers.ts';

const bench = useHandlers();

const invoke = (functionName: string, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: functionName, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...more,
});

const parse = (states: object) =>
  parseStateMachine(JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Work', States: states }), {});

/** Runs a machine with these functions; waits cost no time. */
async function run(states: object, functions: readonly LambdaFunction[], input: number | string | object = {}) {
  const events: HistoryEvent[] = [];
  const { lambdas } = bench.open(functions);
  const clock = virtualClock(new Date(0));
  const host = lambdaHost(lambdas, {
    clock,
    bucket: () => memoryStore(),
    onEvent: (event) => void events.push(event),
  });
  const result = await startExecution(parse(states), { host, name: 'test', input: JSON.parse(JSON.stringify(input)) });
  return { result, retried: events.filter(({ event }) => event === 'state-retried'), waited: clock.offset() };
}

const RETRY = {
  Retry: [
    { ErrorEquals: ['ObjectChangedError'], MaxAttempts: 0 },
    { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 2 },
  ],
};

describe('lambdaHost', () => {
  it('calls a function by its ARN and goes on with its answer', async () => {
    const adding = await bench.define('export const handler = ({ count }) => ({ count: count + 1 });');
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:work';
    const { result } = await run({ Work: invoke(arn, { End: true }) }, [adding], { count: 1 });
    expect(result).toEqual({ status: 'SUCCEEDED', output: { count: 2 } });
  });

  it("lets Retry and Catch see the name of the handler's error, and its cause as Lambda tells it", async () => {
    const failing = await bench.define(
      'export const handler = () => { throw Object.assign(new Error("another came"), { name: "ObjectChangedError" }); };',
    );
    const states = {
      Work: invoke('work', {
        ...RETRY,
        Catch: [{ ErrorEquals: ['ObjectChangedError'], Output: '{% $states.errorOutput %}', Next: 'Caught' }],
        End: true,
      }),
      Caught: { Type: 'Succeed' },
    };
    const { result, retried } = await run(states, [failing]);
    expect(retried).toEqual([]);
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'ObjectChangedError' } });
    const { Cause } = Object(result.status === 'SUCCEEDED' ? result.output : {});
    expect(JSON.parse(Cause)).toMatchObject({ errorType: 'ObjectChangedError', errorMessage: 'another came' });
  });

  it.each([
    ['process.exit(1);', {}, 'Runtime.ExitError'],
    ['return new Promise(() => { setTimeout(() => {}, 60_000); });', { timeoutSeconds: 1 }, 'Sandbox.Timedout'],
    ['throw Object.assign(new Error("slow down"), { name: "ThrottlingException" });', {}, 'ThrottlingException'],
  ])('tries %s again, each time later', async (code, settings, errorName) => {
    const failing = await bench.define(`export const handler = () => { ${code} };`, settings);
    const { result, retried, waited } = await run({ Work: invoke('work', { ...RETRY, End: true }) }, [failing]);
    expect(result).toMatchObject({ status: 'FAILED', error: errorName });
    expect(retried.map(({ error, delaySeconds }) => [error, delaySeconds])).toEqual([
      [errorName, 2],
      [errorName, 4],
    ]);
    expect(waited).toBe(6000);
  });

  it('says what the service refuses with its own names', async () => {
    const sleeping = await bench.define(
      'export const handler = () => new Promise((resolve) => setTimeout(resolve, 500, 1));',
      { reservedConcurrency: 1 },
    );
    const { lambdas } = bench.open([sleeping]);
    const host = lambdaHost(lambdas, { clock: virtualClock(new Date(0)), bucket: () => memoryStore() });
    const context = { executionId: 'one', stateName: 'Work', attempt: 0, signal: AbortSignal.timeout(20_000) };
    const first = host.invoke('work', {}, context);
    await expect(host.invoke('work', {}, context)).rejects.toMatchObject({
      errorName: 'Lambda.TooManyRequestsException',
    });
    await expect(host.invoke('work', 'x'.repeat(6 * 1024 ** 2), context)).rejects.toMatchObject({
      errorName: 'Lambda.RequestEntityTooLargeException',
    });
    await expect(host.invoke('other', {}, context)).rejects.toMatchObject({
      errorName: 'Lambda.ResourceNotFoundException',
    });
    expect(await first).toBe(1);
  });

  it('reads items from the bucket and writes results there', async () => {
    const store = memoryStore();
    await store.write('items.jsonl', '{"a":1}\n{"a":2}\n');
    const { lambdas } = bench.open([]);
    const host = lambdaHost(lambdas, { clock: virtualClock(new Date(0)), bucket: () => store });
    const items: unknown[] = [];
    for await (const item of host.readItems({ Bucket: 'results', Key: 'items.jsonl' }, { InputType: 'JSONL' }))
      items.push(item);
    expect(items).toEqual([{ a: 1 }, { a: 2 }]);
    await host.writeObject?.({ Bucket: 'results', Key: 'out.json' }, '[]');
    expect(await store.head('out.json')).toMatchObject({ size: 2 });
  });
});
