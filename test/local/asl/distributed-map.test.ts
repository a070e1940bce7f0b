import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../lib/local/asl/json.ts';
import { fails, pass, run, secondsSince, task, testHost } from './harness.ts';

function distributed(states: JsonObject, more: JsonObject = {}, ExecutionType: string = 'STANDARD'): JsonObject {
  const [StartAt = ''] = Object.keys(states);
  const ItemProcessor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType }, StartAt, States: states };
  return { Type: 'Map', ItemProcessor, End: true, ...more };
}

const through = { Type: 'Pass', End: true };
const numbers = (count: number): Json[] => Array.from({ length: count }, (_, index) => index);
/** Fails for odd numbers. */
const evenOnly = { even: (payload: Json) => (Number(payload) % 2 === 1 ? fails('Odd', 'an odd number')() : payload) };
const evenTask = task('even', { Output: '{% $states.result.Payload %}' });
const succeeds = { E: { Type: 'Succeed' } };

describe('a distributed Map', () => {
  it('runs each item as an execution of its own, in order', async () => {
    const host = testHost();
    const states = {
      P: pass({ id: '{% $states.context.Execution.Id %}', input: '{% $states.context.Execution.Input %}' }),
    };
    const result = await run({ M: distributed(states, { Label: 'each' }) }, ['a', 'b'], host);
    expect(result).toMatchObject({ output: [{ input: 'a' }, { input: 'b' }] });
    const children = host.events.filter(
      ({ event, parentExecutionId }) => event === 'execution-succeeded' && parentExecutionId !== undefined,
    );
    expect(children.map(({ index }) => index)).toEqual([0, 1]);
    expect(new Set(children.map(({ executionId }) => executionId)).size).toBe(2);
    expect(children[0]?.executionId).toMatch(
      /^arn:aws:states:local:000000000000:execution:finedrop\/each:[0-9a-f-]{36}$/,
    );
  });

  it('fails at the first failed item when nothing is tolerated', async () => {
    const host = testHost(evenOnly);
    const state = distributed({ T: evenTask }, { MaxConcurrency: 1 });
    const result = await run({ M: state }, [0, 1, 2], host);
    expect(result).toEqual({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded.',
      state: 'M',
    });
    expect(host.calls).toHaveLength(2);
  });

  it.each<[JsonObject, number, 'SUCCEEDED' | 'FAILED']>([
    [{ ToleratedFailureCount: 2 }, 4, 'SUCCEEDED'],
    [{ ToleratedFailureCount: 1 }, 4, 'FAILED'],
    [{ ToleratedFailureCount: '{% $states.input[2] %}' }, 4, 'SUCCEEDED'],
    [{ ToleratedFailurePercentage: 50 }, 4, 'SUCCEEDED'],
    [{ ToleratedFailurePercentage: 49.9 }, 4, 'FAILED'],
    [{ ToleratedFailurePercentage: 100 }, 5, 'SUCCEEDED'],
    [{ ToleratedFailurePercentage: 100, ToleratedFailureCount: 1 }, 4, 'FAILED'],
    [{ ToleratedFailurePercentage: 10, ToleratedFailureCount: 4 }, 4, 'FAILED'],
  ])('tolerates what %j says of %s items: %s', async (tolerance, count, status) => {
    const state = distributed({ T: evenTask }, tolerance);
    expect(await run({ M: state }, numbers(count), testHost(evenOnly))).toMatchObject({ status });
  });

  it('puts the record of a tolerated failure where its result would be', async () => {
    const state = distributed({ T: evenTask }, { ToleratedFailureCount: 1 });
    const result = await run({ M: state }, [0, 1, 2], testHost(evenOnly));
    expect(result).toMatchObject({
      output: [
        0,
        { Status: 'FAILED', Error: 'Odd', Cause: '{"errorType":"Odd","errorMessage":"an odd number"}', Input: '1' },
        2,
      ],
    });
  });

  it('reads its items from storage, up to MaxItems', async () => {
    const host = testHost({}, { 'work/rows.jsonl': numbers(50) });
    const ItemReader = {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSONL', MaxItems: 3 },
      Arguments: { Bucket: 'work', Key: '{% $states.input.key %}' },
    };
    const state = distributed(
      { P: through },
      { ItemReader, ItemSelector: { row: '{% $states.context.Map.Item.Value %}' } },
    );
    expect(await run({ M: state }, { key: 'rows.jsonl' }, host)).toMatchObject({
      output: [{ row: 0 }, { row: 1 }, { row: 2 }],
    });
  });

  it('fails with States.ItemReaderFailed, which can be caught, when the object cannot be read', async () => {
    const ItemReader = {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Arguments: { Bucket: 'work', Key: 'none.json' },
    };
    const Catch = [{ ErrorEquals: ['States.ItemReaderFailed'], Next: 'E', Output: '{% $states.errorOutput.Cause %}' }];
    const result = await run({ M: distributed({ P: through }, { ItemReader, Catch }), ...succeeds });
    expect(result).toMatchObject({
      output: 'Cannot read the items of s3://work/none.json: The specified key does not exist.',
    });
  });

  it('pulls items only as they are needed', async () => {
    let pulled = 0;
    const host = testHost(evenOnly);
    host.readItems = async function* () {
      for (;;) {
        yield pulled;
        pulled += 1;
      }
    };
    const ItemReader = {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSONL' },
      Arguments: { Bucket: 'b', Key: 'k' },
    };
    const state = distributed({ T: evenTask }, { ItemReader, MaxConcurrency: 2, ToleratedFailureCount: 3 });
    expect(await run({ M: state }, {}, host)).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
    expect(pulled).toBeLessThan(15);
  });

  it('puts a failing child’s items, not its executions, against the budget', async () => {
    const host = testHost({ bad: fails('Broken') });
    const more = { ItemBatcher: { MaxItemsPerBatch: 2 }, ToleratedFailureCount: 3 };
    expect(await run({ M: distributed({ T: task('bad') }, more) }, numbers(4), host)).toMatchObject({
      status: 'FAILED',
    });
    expect(
      await run({ M: distributed({ T: task('bad') }, { ...more, ToleratedFailureCount: 4 }) }, numbers(4), host),
    ).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('ends Express children after five minutes', async () => {
    const host = testHost();
    const wait = { W: { Type: 'Wait', Seconds: '{% $states.input %}', End: true } };
    const state = distributed(wait, { ToleratedFailureCount: 1 }, 'EXPRESS');
    const result = await run({ M: state }, [299, 900], host);
    expect(result).toMatchObject({ output: [299, { Status: 'FAILED', Error: 'States.Timeout' }] });
    expect(secondsSince(host.clock)).toBe(300);
  });

  describe('with a ResultWriter', () => {
    const written = new Map<string, string>();
    const runWriter = async (config: JsonObject, items: Json[], states: JsonObject = { T: evenTask }) => {
      written.clear();
      const host = {
        ...testHost(evenOnly),
        writeObject: async ({ Bucket, Key }: { Bucket: string; Key: string }, body: string) =>
          void written.set(`${Bucket}/${Key}`, body),
      };
      const ResultWriter = {
        Resource: 'arn:aws:states:::s3:putObject',
        Arguments: { Bucket: 'results', Prefix: '{% "runs/" & $string($count($states.input)) %}' },
        ...config,
      };
      const state = distributed(states, { ResultWriter, ToleratedFailureCount: 1, Label: 'L' });
      const result = await run({ M: state }, items, host);
      const output = (result.status === 'SUCCEEDED' ? result.output : {}) as JsonObject;
      return { result, output, name: String(output['MapRunArn']).split(':').at(-1) ?? '' };
    };
    const compact = { WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' } };

    it('writes what children gave, in order, and hands on where it lies, as AWS does', async () => {
      const { output, name } = await runWriter(compact, [0, 1, 2]);
      const folder = `runs/3/${name}`;
      expect(output).toEqual({
        MapRunArn: `arn:aws:states:local:000000000000:mapRun:finedrop/L:${name}`,
        ResultWriterDetails: { Bucket: 'results', Key: `${folder}/manifest.json` },
      });
      expect(written.get(`results/${folder}/SUCCEEDED_0.jsonl`)).toBe('0\n2\n');
      expect(JSON.parse(written.get(`results/${folder}/FAILED_0.jsonl`) ?? '')).toMatchObject({
        Error: 'Odd',
        Input: '1',
      });
      expect(JSON.parse(written.get(`results/${folder}/manifest.json`) ?? '')).toEqual({
        DestinationBucket: 'results',
        MapRunArn: output['MapRunArn'],
        ResultFiles: {
          FAILED: [{ Key: `${folder}/FAILED_0.jsonl`, Size: expect.any(Number) }],
          PENDING: [],
          SUCCEEDED: [{ Key: `${folder}/SUCCEEDED_0.jsonl`, Size: 4 }],
        },
      });
    });

    it('writes whole records as one JSON array when nothing else is asked for', async () => {
      const { name } = await runWriter({}, [0]);
      expect(JSON.parse(written.get(`results/runs/1/${name}/SUCCEEDED_0.json`) ?? '')).toMatchObject([
        { Input: '0', Output: '0', Status: 'SUCCEEDED' },
      ]);
    });

    it('carries results that together are larger than a payload, which fail a Map without one', async () => {
      const large = { P: pass("{% $pad('', 1000, 'x') %}") };
      expect((await runWriter(compact, numbers(300), large)).result.status).toBe('SUCCEEDED');
      const plain = await run({ M: distributed(large) }, numbers(300));
      expect(plain).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    });

    it('fails with States.ResultWriterFailed, which can be caught, when the objects cannot be written', async () => {
      const host = {
        ...testHost(evenOnly),
        writeObject: async () => {
          throw new Error('Access Denied');
        },
      };
      const ResultWriter = { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'results' } };
      const Catch = [
        { ErrorEquals: ['States.ResultWriterFailed'], Next: 'E', Output: '{% $states.errorOutput.Cause %}' },
      ];
      const result = await run({ M: distributed({ T: evenTask }, { ResultWriter, Catch }), ...succeeds }, [0], host);
      expect(result).toMatchObject({ output: 'Cannot write the results to s3://results: Access Denied' });
    });
  });
});

describe('ItemBatcher', () => {
  const batches = async (ItemBatcher: JsonObject, items: Json[]) => {
    const result = await run({ M: distributed({ P: through }, { ItemBatcher }) }, items);
    return 'output' in result ? result.output : result;
  };

  it('groups items by number', async () => {
    expect(await batches({ MaxItemsPerBatch: 2 }, [1, 2, 3])).toEqual([{ Items: [1, 2] }, { Items: [3] }]);
  });

  it('adds BatchInput to each batch', async () => {
    const batcher = {
      MaxItemsPerBatch: '{% $count($states.input) - 1 %}',
      BatchInput: { of: '{% $count($states.input) %}' },
    };
    expect(await batches(batcher, [1, 2, 3])).toEqual([
      { BatchInput: { of: 3 }, Items: [1, 2] },
      { BatchInput: { of: 3 }, Items: [3] },
    ]);
  });

  it('never makes an input larger than MaxInputBytesPerBatch, and fills it as far as it goes', async () => {
    const output = await batches({ MaxInputBytesPerBatch: 24 }, ['aaaa', 'bbbb', 'cccc']);
    expect(output).toEqual([{ Items: ['aaaa'] }, { Items: ['bbbb'] }, { Items: ['cccc'] }]);
    const wider = await batches({ MaxInputBytesPerBatch: 25 }, ['aaaa', 'bbbb', 'cccc']);
    expect(wider).toEqual([{ Items: ['aaaa', 'bbbb'] }, { Items: ['cccc'] }]);
    expect(JSON.stringify({ Items: ['aaaa', 'bbbb'] })).toHaveLength(25);
  });

  it('fails on an item that fits no batch', async () => {
    expect(await batches({ MaxInputBytesPerBatch: 20 }, ['x', 'a long long long item'])).toMatchObject({
      error: 'States.DataLimitExceeded',
    });
  });
});
