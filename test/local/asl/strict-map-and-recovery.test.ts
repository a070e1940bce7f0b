import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../lib/local/asl/json.ts';
import { parseStateMachine } from '../../../lib/local/asl/parse-state-machine.ts';
import { startExecution } from '../../../lib/local/asl/start-execution.ts';
import { machineText, map, pass, refused, task, testHost } from './harness.ts';

const reader = (config: Json = { InputType: 'JSONL' }, more: JsonObject = {}) => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: config,
    Arguments: { Bucket: 'b', Key: 'k' },
    ...more,
  },
});

describe('Retry and Catch', () => {
  it.each<[string, JsonObject, string]>([
    ['no errors', { Retry: [{}] }, 'field "Retry[0]/ErrorEquals": must be an array'],
    ['an empty list', { Retry: [] }, 'field "Retry": must not be empty'],
    ['an unknown field', { Retry: [{ ErrorEquals: ['E'], MaxAttempt: 1 }] }, 'Did you mean "MaxAttempts"?'],
    [
      'an interval of 0',
      { Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 0 }] },
      'field "Retry[0]/IntervalSeconds": must be a whole number from 1',
    ],
    ['an expression', { Retry: [{ ErrorEquals: ['E'], IntervalSeconds: '{% 1 %}' }] }, 'not a string'],
    ['negative attempts', { Retry: [{ ErrorEquals: ['E'], MaxAttempts: -1 }] }, 'from 0 to 99999999'],
    [
      'a shrinking backoff',
      { Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.9 }] },
      'field "Retry[0]/BackoffRate": must be a number from 1',
    ],
    [
      'a long delay',
      { Retry: [{ ErrorEquals: ['E'], MaxDelaySeconds: 31_622_400 }] },
      'field "Retry[0]/MaxDelaySeconds"',
    ],
    [
      'another jitter',
      { Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'full' }] },
      'field "Retry[0]/JitterStrategy": must be FULL or NONE',
    ],
    [
      'States.ALL with others',
      { Retry: [{ ErrorEquals: ['States.ALL', 'E'] }] },
      '"States.ALL" must stand alone, in the last entry',
    ],
    [
      'States.ALL before others',
      { Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] },
      'in the last entry',
    ],
    ['a misspelt name', { Retry: [{ ErrorEquals: ['States.TimeOut'] }] }, 'Did you mean "States.Timeout"?'],
    ['States.Runtime', { Retry: [{ ErrorEquals: ['States.Runtime'] }] }, 'can be neither retried nor caught'],
    ['a catcher without Next', { Catch: [{ ErrorEquals: ['E'] }] }, 'field "Catch[0]/Next": this field is missing'],
    [
      'a catcher with ResultPath',
      { Catch: [{ ErrorEquals: ['E'], Next: 'A', ResultPath: '$.e' }] },
      'field "Catch[0]/ResultPath": this field belongs to JSONPath',
    ],
  ])('are refused with %s', (_title, more, message) => {
    expect(refused({ A: task('f', more) })).toContain(message);
  });
});

const writer = (WriterConfig: JsonObject) => ({
  ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b' }, WriterConfig },
});

describe('Map', () => {
  const inline = { Mode: 'INLINE' };
  it.each<[string, JsonObject, string]>([
    ['no processor', { Type: 'Map', End: true }, 'field "ItemProcessor": this field is missing'],
    ['the old Iterator', map({ Iterator: {} }), 'with JSONata write ItemProcessor'],
    ['another mode', map({}, { Mode: 'distributed' }), 'must be INLINE or DISTRIBUTED'],
    [
      'no execution type',
      map({}, { Mode: 'DISTRIBUTED' }),
      'field "ItemProcessor/ProcessorConfig/ExecutionType": must be STANDARD or EXPRESS, not missing',
    ],
    [
      'an execution type inline',
      map({}, { Mode: 'INLINE', ExecutionType: 'STANDARD' }),
      'only a DISTRIBUTED Map has one',
    ],
    ['an unknown setting', map({}, { Mode: 'INLINE', Modes: 1 }), 'field "ItemProcessor/ProcessorConfig/Modes"'],
    ['a label inline', map({ Label: 'L' }, inline), 'field "Label": works in distributed mode only'],
    ['a reader inline', map(reader(), inline), 'field "ItemReader": works in distributed mode only'],
    ['a tolerance inline', map({ ToleratedFailureCount: 1 }, inline), 'works in distributed mode only'],
    ['items that are text', map({ Items: 'all' }), 'field "Items": must be an array, or an expression'],
    ['items that are an object', map({ Items: { a: 1 } }), 'field "Items": must be an array, or an expression'],
    ['items and a reader', map({ Items: [], ...reader() }), 'Items and ItemReader exclude each other'],
    ['ItemsPath', map({ ItemsPath: '$.a' }), 'with JSONata write Items'],
    ['a fraction of a concurrency', map({ MaxConcurrency: 1.5 }), 'field "MaxConcurrency": must be a whole number'],
    [
      'a percentage over 100',
      map({ ToleratedFailurePercentage: 101 }),
      'field "ToleratedFailurePercentage": must be a number from 0 to 100',
    ],
    ['a label with spaces', map({ Label: 'my label' }), 'field "Label": must be 1 to 40'],
    [
      'CSV',
      map(reader({ InputType: 'CSV' })),
      'field "ItemReader/ReaderConfig/InputType": must be JSON or JSONL, not "CSV"',
    ],
    [
      'a listing',
      map(reader(undefined, { Resource: 'arn:aws:states:::s3:listObjectsV2' })),
      'field "ItemReader/Resource": must be arn:aws:states:::s3:getObject',
    ],
    [
      'another setting of the reader',
      map(reader({ InputType: 'JSON', ItemsPointer: '/a' })),
      'field "ItemReader/ReaderConfig/ItemsPointer"',
    ],
    [
      'a reader without a key',
      map(reader(undefined, { Arguments: { Bucket: 'b' } })),
      'field "ItemReader/Arguments/Key": must be a string',
    ],
    ['a batcher without a limit', map({ ItemBatcher: { BatchInput: {} } }), 'field "ItemBatcher": has no limit'],
    ['a batch of nothing', map({ ItemBatcher: { MaxItemsPerBatch: 0 } }), 'from 1 to 100000000, not 0'],
    ['batches over 256 KiB', map({ ItemBatcher: { MaxInputBytesPerBatch: 262_145 } }), 'from 1 to 262144'],
    ['a writer that says half of how', map(writer({ Transformation: 'COMPACT' })), 'WriterConfig/OutputType": must be'],
    [
      'a writer that flattens',
      map(writer({ Transformation: 'FLATTEN', OutputType: 'JSON' })),
      'WriterConfig/Transformation": must be NONE or COMPACT',
    ],
    [
      'a writer with a setting that nobody knows',
      map(writer({ Transformation: 'NONE', OutputType: 'JSON', Compression: 'gzip' })),
      'WriterConfig/Compression": unknown',
    ],
    [
      'a query language in the processor',
      { ...map(), ItemProcessor: { StartAt: 'P', States: { P: pass(1) }, QueryLanguage: 'JSONata' } },
      'field "ItemProcessor/QueryLanguage"',
    ],
  ])('is refused with %s', (_title, state, message) => {
    expect(refused({ A: state })).toContain(message);
  });

  it('in distributed mode is refused inside Express children', () => {
    const inner = map({}, undefined, { Q: pass(1) });
    const outer = (ExecutionType: string) => map({}, { Mode: 'DISTRIBUTED', ExecutionType }, { Inner: inner });
    expect(refused({ A: outer('EXPRESS') })).toContain(
      'state "Inner": an Express execution cannot start a distributed Map',
    );
    expect(refused({ A: outer('STANDARD') })).toBe('accepted');
  });

  it('needs labels of its own', () => {
    const second = map({ Label: 'L' }, undefined, { Q: pass(1) });
    expect(refused({ A: { ...map({ Label: 'L', Next: 'B' }), End: false }, B: second })).toContain(
      'two Map states are labelled "L"',
    );
  });

  it('with a ResultWriter is refused before anything runs by a host that cannot write', async () => {
    const ResultWriter = { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b' } };
    const machine = parseStateMachine(machineText({ M: map({ ResultWriter }) }), {});
    const host = testHost();
    await expect(startExecution(machine, { host, name: 'n', input: [] })).rejects.toThrow(
      'state "M", field "ResultWriter"',
    );
    expect(host.events).toEqual([]);
  });
});
