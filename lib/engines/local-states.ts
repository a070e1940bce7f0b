import type { Status } from '../domain/run.ts';
import type { HistoryEvent } from '../local/asl/host.ts';

type States = NonNullable<Status['states']>;

/** A run over a large drop has many thousands of events; these tell the story. */
const STATES_KEPT = 2000;
const TOLD = /^state-/;

/** Collects what the machine did, for `status.json`. */
export function recordStates(): { note: (event: HistoryEvent) => void; all: () => States } {
  const states: States = [];
  return {
    note: ({ event, at, state, error, cause }) => {
      if (state === undefined || !TOLD.test(event) || states.length >= STATES_KEPT) return;
      const detail = [error, cause].filter((part) => part !== undefined).join(': ');
      states.push({
        state,
        at: at.toISOString(),
        event: event.slice('state-'.length),
        ...(detail === '' ? {} : { detail: detail.slice(0, 500) }),
      });
    },
    all: () => states,
  };
}
