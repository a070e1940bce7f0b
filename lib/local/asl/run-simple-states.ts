import { StateFailure } from './errors.ts';
import { evaluateField, queryFailure, type Visit } from './execution.ts';
import { numberField, textField } from './field-values.ts';
import { kindOf } from './fields.ts';
import { finish, type Step } from './finish.ts';
import { WAIT_SECONDS } from './limits.ts';
import type { ChoiceState, FailState, WaitState } from './machine.ts';
import { isTimestamp } from './timestamp.ts';

/** The first rule whose condition is true, with its own Output and Assign; else Default with the state's. */
export async function runChoice(state: ChoiceState, visit: Visit): Promise<Step> {
  for (const rule of state.rules) {
    const met = await evaluateField(rule.condition, visit);
    if (typeof met !== 'boolean') {
      throw queryFailure(
        visit,
        `The value of the field '${rule.path}/Condition' must be a boolean, not ${kindOf(met)}.`,
      );
    }
    if (met) return finish(visit, rule, { next: rule.next, fallback: visit.input });
  }
  if (state.otherwise === undefined) {
    throw new StateFailure(
      'States.NoChoiceMatched',
      `No rule of the Choice state '${state.name}' matched, and it has no Default.`,
    );
  }
  return finish(visit, state, { next: state.otherwise, fallback: visit.input });
}

export async function runWait(state: WaitState, visit: Visit): Promise<Step> {
  const { clock } = visit.frame.execution.host;
  const ms = state.seconds
    ? 1000 * (await numberField(state.seconds, visit, { path: 'Seconds', rule: WAIT_SECONDS }))
    : (await timestampOf(state, visit)) - clock.now().getTime();
  if (ms > 0) await clock.sleep(ms, visit.frame.signal);
  return finish(visit, state, { next: state.next, fallback: visit.input });
}

async function timestampOf(state: WaitState, visit: Visit): Promise<number> {
  const text = state.timestamp ? await textField(state.timestamp, visit, 'Timestamp') : '';
  if (isTimestamp(text)) return Date.parse(text);
  throw queryFailure(visit, `The value of the field 'Timestamp', '${text}', is no RFC 3339 time.`);
}

/** Ends the execution, or the iteration, with the state's error. */
export async function runFail(state: FailState, visit: Visit): Promise<never> {
  const error = state.error ? await textField(state.error, visit, 'Error') : '';
  const cause = state.cause ? await textField(state.cause, visit, 'Cause') : '';
  throw new StateFailure(error, cause);
}
