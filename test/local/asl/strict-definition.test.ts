import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lib/local/asl/json.ts';
import { parseStateMachine } from '../../../lib/local/asl/parse-state-machine.ts';
import { machineText, map, pass, refusal, refused, task } from './harness.ts';

const end = { Type: 'Succeed' };

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
