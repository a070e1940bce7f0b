import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lib/local/asl/json.ts';
import { map, pass, refused, run, task } from './harness.ts';

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
