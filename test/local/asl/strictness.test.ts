import { describe, expect, it } from 'vitest';
import { AslDefinitionError } from '../../../lib/local/asl/errors.ts';
import type { Json, JsonObject } from '../../../lib/local/asl/json.ts';
import { parseStateMachine } from '../../../lib/local/asl/parse-state-machine.ts';
import { startExecution } from '../../../lib/local/asl/start-execution.ts';
import { machineText, pass, run, task, testHost } from './harness.ts';

const end = { Type: 'Succeed' };

function refusal(text: string, substitutions: Record<string, string> = {}): string {
  try {
    parseStateMachine(text, substitutions);
  } catch (error) {
    if (error instanceof AslDefinitionError) return error.message;
    throw error;
  }
  return 'accepted';
}

const refused = (states: JsonObject, top: JsonObject = {}) => refusal(machineText(states, top));

function map(
  more: JsonObject = {},
  config: JsonObject = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  states: JsonObject = { P: pass(1) },
): JsonObject {
  const [StartAt = ''] = Object.keys(states);
  return { Type: 'Map', ItemProcessor: { ProcessorConfig: config, StartAt, States: states }, End: true, ...more };
}

const reader = (config: Json = { InputType: 'JSONL' }, more: JsonObject = {}) => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: config,
    Arguments: { Bucket: 'b', Key: 'k' },
    ...more,
  },
});

describe('the file', () => {
  it.each<[string, string, string]>([
    ['no JSON', '{', '[state machine] the file is not JSON:'],
    ['an array', '[]', 'must be a JSON object, not an array'],
    [
      'no query language',
      JSON.stringify({ StartAt: 'A', States: { A: end } }),
      'field "QueryLanguage": must be "JSONata"',
    ],
    [
      'no StartAt',
      JSON.stringify({ QueryLanguage: 'JSONata', States: { A: end } }),
      'field "StartAt": this field is missing',
    ],
    ['no States', JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A' }), 'field "States": this field is missing'],
    ['empty States', machineText({}, { StartAt: 'A' }), 'field "States": has no state'],
    [
      'an unknown field',
      machineText({ A: end }, { StartsAt: 'A' }),
      'field "StartsAt": unknown or unsupported field. Did you mean "StartAt"?',
    ],
    ['another version', machineText({ A: end }, { Version: '2.0' }), 'field "Version": must be 1.0'],
    [
      'a time limit of nothing',
      machineText({ A: end }, { TimeoutSeconds: 0 }),
      'field "TimeoutSeconds": must be a whole number from 1',
    ],
    [
      'a StartAt that is missing',
      machineText({ Survey: end }, { StartAt: 'Survye' }),
      'field "StartAt": names the state "Survye", which is missing. Did you mean "Survey"?',
    ],
    ['a long name', machineText({ ['x'.repeat(81)]: end }), 'must have 1 to 80 characters'],
  ])('is refused with %s', (_title, text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it('fills substitutions, and names the one that is missing', () => {
    const placeholder = `$\{SurveyFunction}`;
    const text = machineText({ T: task(placeholder) });
    expect(parseStateMachine(text, { SurveyFunction: 'survey' }).functionNames).toEqual(['survey']);
    expect(refusal(text, { SurveyFunctions: 'x' })).toBe(
      `[state machine] field "States/T/Arguments/FunctionName": no value is given for the substitution ${placeholder}. Did you mean "SurveyFunctions"?`,
    );
  });

  it('has one-line messages', () => {
    expect(refusal('{\n"a": x\n}')).not.toContain('\n');
  });
});

describe('the flow', () => {
  it.each<[string, JsonObject, string]>([
    [
      'a missing Next',
      { A: { Type: 'Pass', Next: 'Gatee' }, Gate: end },
      'state "A", field "Next": names the state "Gatee", which is missing here. Did you mean "Gate"?',
    ],
    [
      'a missing Default',
      { A: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'B' }], Default: 'C' }, B: end },
      'state "A", field "Default": names the state "C"',
    ],
    [
      'a missing Next of a rule',
      { A: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'C' }] } },
      'state "A", field "Choices[0]/Next": names the state "C"',
    ],
    [
      'a missing Next of a catcher',
      { A: task('f', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] }) },
      'state "A", field "Catch[0]/Next": names the state "C"',
    ],
    [
      'a Next into another chain',
      { A: map({}, undefined, { P: { Type: 'Pass', Next: 'B' } }), B: end },
      'state "P", field "Next": names the state "B"',
    ],
    ['a state that nothing leads to', { A: end, Lost: end }, 'state "Lost": no state leads here'],
    ['no end', { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } }, 'no state ends this chain'],
    ['neither Next nor End', { A: { Type: 'Pass' } }, 'state "A", field "Next": the state leads nowhere'],
    ['both Next and End', { A: { Type: 'Pass', Next: 'B', End: true }, B: end }, 'Next and End exclude each other'],
    ['an End that is no boolean', { A: { Type: 'Pass', End: 'yes' } }, 'state "A", field "End": must be true or false'],
    ['one name twice', { A: map({}, undefined, { A: pass(1) }) }, 'two states are called "A"'],
    ['a state that is none', { A: 7 }, 'state "A": must be a JSON object, not a number'],
    ['an unknown type', { A: { Type: 'Tsk' } }, 'state "A", field "Type": must be Task or Choice'],
  ])('is refused with %s', (_title, states, message) => {
    expect(refused(states)).toContain(message);
  });
});

describe('fields', () => {
  it.each<[string, JsonObject, string]>([
    ['InputPath', pass(1, { InputPath: '$' }), 'field "InputPath": this field belongs to JSONPath'],
    [
      'ResultPath',
      task('f', { ResultPath: '$.x' }),
      'belongs to JSONPath; with JSONata combine $states.input and $states.result',
    ],
    ['Parameters', task('f', { Parameters: {} }), 'with JSONata write Arguments'],
    ['ResultSelector', task('f', { ResultSelector: {} }), 'belongs to JSONPath'],
    ['Result', pass(1, { Result: 1 }), 'with JSONata write Output'],
    ['a misspelt field', pass(1, { Outptu: 1 }), 'Did you mean "Output"?'],
    ['HeartbeatSeconds', task('f', { HeartbeatSeconds: 5 }), 'field "HeartbeatSeconds": unknown or unsupported field'],
    ['Credentials', task('f', { Credentials: {} }), 'field "Credentials": unknown or unsupported field'],
    ['TimeoutSeconds on a Pass', pass(1, { TimeoutSeconds: 1 }), 'field "TimeoutSeconds"'],
    ['Catch on a Pass', pass(1, { Catch: [] }), 'field "Catch"'],
    ['Assign on a Succeed', { ...end, Assign: { a: 1 } }, 'field "Assign"'],
    ['Next on a Succeed', { ...end, Next: 'A' }, 'field "Next"'],
    ['Output on a Fail', { Type: 'Fail', Output: 1 }, 'field "Output"'],
    ['a comment that is no text', pass(1, { Comment: 1 }), 'field "Comment": must be a string'],
    ['QueryLanguage JSONPath', pass(1, { QueryLanguage: 'JSONPath' }), 'field "QueryLanguage": must be JSONata'],
    ['keys that end in .$', pass({ 'a.$': '$.x' }), 'field "Output/a.$": names that end in ".$" belong to JSONPath'],
  ])('%s is refused by name', (_title, state, message) => {
    expect(refused({ A: state })).toContain('[state machine] state "A", field "');
    expect(refused({ A: state })).toContain(message);
  });

  it('accepts comments, and the query language where it is allowed', () => {
    expect(
      refused(
        { A: pass(1, { Comment: 'why', QueryLanguage: 'JSONata' }) },
        { Comment: 'all', Version: '1.0', TimeoutSeconds: 5 },
      ),
    ).toBe('accepted');
  });
});

describe('Task, Wait, Choice, Fail and Parallel', () => {
  it.each<[string, JsonObject, string]>([
    [
      'another resource',
      task('f', { Resource: 'arn:aws:states:::sqs:sendMessage' }),
      'the only resource is arn:aws:states:::lambda:invoke',
    ],
    ['no resource', { Type: 'Task', End: true }, 'field "Resource": this field is missing'],
    [
      'no arguments',
      { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true },
      'field "Arguments": this field is missing',
    ],
    [
      'other arguments',
      task('f', { Arguments: { FunctionName: 'f', Payload: {}, InvocationType: 'Event' } }),
      'field "Arguments/InvocationType": unknown',
    ],
    ['no function', task('f', { Arguments: { Payload: {} } }), 'field "Arguments/FunctionName": is missing'],
    ['no payload', task('f', { Arguments: { FunctionName: 'f' } }), 'field "Arguments/Payload": is missing'],
    [
      'a time limit of 0',
      task('f', { TimeoutSeconds: 0 }),
      'field "TimeoutSeconds": must be a whole number from 1 to 99999999, not 0',
    ],
    ['a time limit as text', task('f', { TimeoutSeconds: '60' }), 'not a string'],
    ['a Wait for nothing', { Type: 'Wait', End: true }, 'needs exactly one of Seconds and Timestamp'],
    [
      'a Wait for both',
      { Type: 'Wait', Seconds: 1, Timestamp: '2030-01-01T00:00:00Z', End: true },
      'needs exactly one of',
    ],
    ['a negative Wait', { Type: 'Wait', Seconds: -1, End: true }, 'from 0 to 99999999, not -1'],
    ['half a second', { Type: 'Wait', Seconds: 0.5, End: true }, 'whole number'],
    ['a Wait too long', { Type: 'Wait', Seconds: 100_000_000, End: true }, 'not 100000000'],
    ['a time that is none', { Type: 'Wait', Timestamp: '2030-01-01', End: true }, 'is no RFC 3339 time'],
    ['no choices', { Type: 'Choice' }, 'field "Choices": must be an array, not missing'],
    ['empty choices', { Type: 'Choice', Choices: [] }, 'field "Choices": must not be empty'],
    [
      'a condition that is text',
      { Type: 'Choice', Choices: [{ Condition: 'yes', Next: 'A' }] },
      'field "Choices[0]/Condition": must be a JSONata expression',
    ],
    [
      'a JSONPath rule',
      { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: 1, Next: 'A' }] },
      'field "Choices[0]/Variable": this field belongs to JSONPath',
    ],
    [
      'End on a Choice',
      { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'A' }], End: true },
      'field "End"',
    ],
    ['an error that is no text', { Type: 'Fail', Error: 5 }, 'field "Error": must be a string'],
    ['no branches', { Type: 'Parallel', Branches: [], End: true }, 'field "Branches": must not be empty'],
    [
      'a field of a branch',
      { Type: 'Parallel', Branches: [{ StartAt: 'B', States: { B: pass(1) }, QueryLanguage: 'JSONata' }], End: true },
      'field "Branches[0]/QueryLanguage"',
    ],
  ])('refuse %s', (_title, state, message) => {
    expect(refused({ A: state })).toContain(message);
  });
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
    [
      'a writer’s settings',
      map({
        ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b' }, WriterConfig: {} },
      }),
      'field "ResultWriter/WriterConfig"',
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

describe('expressions', () => {
  it.each<[string, string, string]>([
    ['broken syntax', '{% 1 + %}', 'field "Output": this is no JSONata expression: S0207'],
    ['space around', ' {% 1 %}', 'an expression begins with {% and ends with %}'],
    ['no end', '{% 1 }', 'an expression begins with {% and ends with %}'],
    ['a bare name', '{% phone.number %}', 'reference to "phone" at the top level'],
    ['a bare name inside', '{% $sum([1, total]) %}', 'reference to "total" at the top level'],
    ['$', '{% $ %}', 'reference to "$" at the top level'],
    ['$$', '{% $states.input.a[$$.b] %}', 'reference to "$$" at the top level'],
    ['a bare wildcard', '{% *.a %}', 'reference to "*" at the top level'],
    ['$eval', "{% $eval('1') %}", 'Step Functions has no $eval; use $parse'],
    ['the ?? operator', '{% $states.input.a ?? 1 %}', 'the operator ?? is newer than the JSONata 2.0.6'],
    ['the ?: operator', '{% $states.input.a ?: 1 %}', 'the operator ?: is newer than the JSONata 2.0.6'],
    ['an unknown variable', '{% $missing %}', '$missing is neither a function nor assigned by any state'],
    ['a misspelt function', '{% $lenght($states.input) %}', 'Did you mean "length"?'],
    ['$states alone', '{% $states %}', 'name the part of $states that is meant'],
    ['an unknown part of $states', '{% $states.inputs %}', '$states.inputs does not exist here. Did you mean "input"?'],
    ['a result where there is none', '{% $states.result %}', '$states.result does not exist here'],
    ['an error where there is none', '{% $states.errorOutput.Error %}', '$states.errorOutput does not exist here'],
    ['an unknown part of the context', '{% $states.context.Executions %}', 'Did you mean "Execution"?'],
    [
      'redrives',
      '{% $states.context.Execution.RedriveCount %}',
      '$states.context.Execution.RedriveCount does not exist here',
    ],
    ['task tokens', '{% $states.context.Task.Token %}', '$states.context.Task does not exist here'],
    ['an item outside a Map', '{% $states.context.Map.Item.Value %}', '$states.context.Map does not exist here'],
  ])('are refused: %s', (_title, source, message) => {
    expect(refused({ A: pass(source) })).toContain(message);
  });

  it.each([
    '{% $states.input.a[b = 1].c %}',
    '{% $states.input.a.{"x": y, "z": $.w} %}',
    '{% $states.input.a^(>b).c %}',
    '{% $states.input.a{kind: $sum(n)} %}',
    '{% $map($states.input.list, function($v, $i) { $v.n + $i }) %}',
    '{% ($x := $states.input.a; $f := function($n) { $n * $x }; $f(2)) %}',
    '{% $states.input.a@$l.b#$i.{"l": $l, "i": $i} %}',
    '{% $states.input ~> |a|{"b": c}, ["d"]| %}',
    '{% $states.input.a.%.b %}',
    '{% $states.input.**.b %}',
    "{% $states.input.a ? '??' : '?:' %}",
    '{% $contains($states.input.a, /x(?:y|z)?/i) %}',
    '{% $states.input.a[0].b ~> $string() %}',
    '{% $filter($states.input.a, $exists) %}',
    '{% /* ?? */ 1 %}',
  ])('are accepted: %s', (source) => {
    expect(refused({ A: pass(source) })).toBe('accepted');
  });

  it('see the result in Output and Assign of a Task only', () => {
    expect(refused({ A: task('f', { Arguments: { FunctionName: 'f', Payload: '{% $states.result %}' } }) })).toContain(
      'field "Arguments/Payload": $states.result does not exist here',
    );
    expect(
      refused({ A: task('f', { Catch: [{ ErrorEquals: ['E'], Next: 'A', Output: '{% $states.result %}' }] }) }),
    ).toContain('field "Catch[0]/Output": $states.result does not exist here');
    expect(
      refused({ A: task('f', { Output: '{% $states.result %}', Assign: { a: '{% $states.result.Payload %}' } }) }),
    ).toBe('accepted');
  });

  it('of a distributed child see no Map item', () => {
    const child = { P: pass('{% $states.context.Map.Item.Value %}') };
    expect(refused({ A: map({}, undefined, child) })).toContain(
      'state "P", field "Output": $states.context.Map does not exist here',
    );
    expect(refused({ A: map({}, { Mode: 'INLINE' }, child) })).toBe('accepted');
  });
});

describe('variables', () => {
  it.each<[string, string]>([
    ['states', 'reserved by Step Functions'],
    ['count', "would hide JSONata's function"],
    ['two words', 'is no variable name'],
    ['1st', 'is no variable name'],
    ['x'.repeat(81), 'is no variable name'],
  ])('cannot be called %s', (name, message) => {
    expect(refused({ A: pass(1, { Assign: { [name]: 1 } }) })).toContain(message);
  });

  it('of an outer scope cannot be assigned inside', () => {
    const states = (config: JsonObject) => ({
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'M' },
      M: map({}, config, { P: pass(1, { Assign: { n: 2 } }) }),
    });
    expect(refused(states({ Mode: 'INLINE' }))).toContain(
      'state "P", field "Assign/n": "n" is a variable of an outer scope',
    );
    expect(refused(states({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }))).toBe('accepted');
  });

  it('of the execution cannot be read in a distributed child', () => {
    const states = { A: { Type: 'Pass', Assign: { n: 1 }, Next: 'M' }, M: map({}, undefined, { P: pass('{% $n %}') }) };
    expect(refused(states)).toContain('$n belongs to the execution around this Map');
  });

  it('of a Map’s iterations are unknown outside', () => {
    const states = { M: map({ Output: '{% $n %}' }, { Mode: 'INLINE' }, { P: pass(1, { Assign: { n: 1 } }) }) };
    expect(refused(states)).toContain('$n is neither a function nor assigned');
  });

  it('that are assigned on another path only fail the state that reads them', async () => {
    const states = {
      C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 1 %}', Next: 'A' }], Default: 'B' },
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'B' },
      B: pass('{% $n %}'),
    };
    expect(await run(states, 1)).toMatchObject({ output: 1 });
    expect(await run(states, 2)).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});
