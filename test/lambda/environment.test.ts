import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processStart } from '../../lib/local/process-identity.ts';
import { useHandlers } from './handlers.ts';

const bench = useHandlers();

describe('environment of a function', () => {
  it('holds what Lambda and the template set, and nothing of the caller', async () => {
    process.env['FINEDROP_TEST_CANARY'] = 'mine';
    try {
      const telling = await bench.define('export const handler = () => process.env;', {
        environment: { RESULTS_BUCKET: 'results' },
      });
      const { lambdas } = bench.open([telling], { place: { region: 'eu-west-1' } });
      const answer = await lambdas.invoke('work', {});
      const found = 'value' in answer ? (answer.value as Record<string, string>) : {};
      expect(found).toMatchObject({
        RESULTS_BUCKET: 'results',
        AWS_REGION: 'eu-west-1',
        AWS_LAMBDA_FUNCTION_NAME: 'work',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
        LAMBDA_TASK_ROOT: telling.folder,
        _HANDLER: 'functions/work.handler',
        TZ: 'UTC',
      });
      const caller = Object.keys(process.env).filter((name) => !/^(PATH|LANG|TZ|HOME|TMPDIR)$/.test(name));
      expect(Object.keys(found).filter((name) => caller.includes(name) && found[name] === process.env[name])).toEqual(
        [],
      );
    } finally {
      delete process.env['FINEDROP_TEST_CANARY'];
    }
  });

  it('tells the handler about the call', async () => {
    const telling = await bench.define(
      'export const handler = (_event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });',
    );
    const { lambdas, reports } = bench.open([telling]);
    const answer = await lambdas.invoke('work', {});
    expect(answer).toEqual({
      value: expect.objectContaining({
        functionName: 'work',
        memoryLimitInMB: '512',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:work',
        awsRequestId: reports[0]?.requestId,
        left: expect.any(Number),
      }),
    });
    const { left } = Object('value' in answer ? answer.value : {});
    expect(left).toBeGreaterThan(15_000);
    expect(left).toBeLessThanOrEqual(20_000);
  });

  it('shows another time where one is given, in each way to ask for it', async () => {
    const telling = await bench.define(`export const handler = (_event, context) => ({
      now: Date.now(),
      made: new Date().getTime(),
      text: new Date(Date()).getTime(),
      given: new Date(5).getTime(),
      utc: Date.UTC(1970, 0, 2),
      isDate: new Date() instanceof Date,
      left: context.getRemainingTimeInMillis(),
    });`);
    const time = { at: Date.now() + 14 * 86_400_000 };
    const { lambdas } = bench.open([telling], { now: () => new Date(time.at) });
    for (const at of [time.at, time.at + 3_600_000]) {
      time.at = at;
      const answer = await lambdas.invoke('work', {});
      const told = Object('value' in answer ? answer.value : {});
      for (const name of ['now', 'made', 'text']) expect(Math.abs(told[name] - at)).toBeLessThan(5000);
      expect(told).toMatchObject({ given: 5, utc: 86_400_000, isDate: true });
      expect(told.left).toBeLessThanOrEqual(20_000);
      expect(told.left).toBeGreaterThan(15_000);
    }
  });

  it('writes what the function logs, line by line', async () => {
    const talking = await bench.define(
      'export const handler = () => { console.log("one\\ntwo"); console.error("three"); process.stdout.write("half"); };',
    );
    const { lambdas, lines } = bench.open([talking]);
    await lambdas.invoke('work', {});
    await lambdas.close();
    await expect.poll(() => lines.toSorted()).toEqual(['half', 'one', 'three', 'two']);
  });

  it('leaves neither processes nor temporary folders behind', async () => {
    const telling = await bench.define(
      'import { tmpdir } from "node:os"; export const handler = () => [process.pid, tmpdir()];',
    );
    const { lambdas } = bench.open([telling]);
    const answer = await lambdas.invoke('work', {});
    const [pid, folder] = 'value' in answer ? (answer.value as [number, string]) : [0, ''];
    expect(existsSync(folder)).toBe(true);
    await lambdas.close();
    expect(processStart(pid)).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });
});
