import { StateFailure } from './errors.ts';
import { type Json, jsonBytes } from './json.ts';
import { LARGEST_ASSIGN, LARGEST_VARIABLES } from './limits.ts';

/** The variables of one scope; inner scopes of inline Maps and branches read outer ones. */
export interface Variables {
  /** Everything that can be read here, by name. */
  all(): Record<string, Json>;
  /** Sets several at once; fails with States.DataLimitExceeded, setting none, when they are too large. */
  assign(values: ReadonlyMap<string, Json>): void;
  inner(): Variables;
}

/** An empty scope of a new execution. */
export function executionVariables(): Variables {
  return scope(undefined, { bytes: 0 });
}

function scope(outer: Variables | undefined, total: { bytes: number }): Variables {
  const own = new Map<string, { value: Json; bytes: number }>();
  const self: Variables = {
    all: () => ({ ...outer?.all(), ...Object.fromEntries([...own].map(([name, { value }]) => [name, value])) }),
    assign: (values) => {
      const sized = [...values].map(([name, value]) => ({ name, value, bytes: jsonBytes(value) }));
      const added = sized.reduce((sum, { bytes }) => sum + bytes, 0);
      const replaced = sized.reduce((sum, { name }) => sum + (own.get(name)?.bytes ?? 0), 0);
      checkSizes(added, total.bytes + added - replaced);
      total.bytes += added - replaced;
      for (const { name, value, bytes } of sized) own.set(name, { value, bytes });
    },
    inner: () => scope(self, total),
  };
  return self;
}

function checkSizes(assigned: number, total: number): void {
  if (assigned > LARGEST_ASSIGN) {
    throw new StateFailure(
      'States.DataLimitExceeded',
      `Assign sets ${assigned} bytes of variables; the limit is ${LARGEST_ASSIGN}.`,
    );
  }
  if (total > LARGEST_VARIABLES) {
    throw new StateFailure(
      'States.DataLimitExceeded',
      `The variables take ${total} bytes; the limit is ${LARGEST_VARIABLES}.`,
    );
  }
}
