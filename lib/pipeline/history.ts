import { type DatasetState, datasetStateSchema, type History, historySchema } from '../domain/history.ts';
import type { ResolvedRetrain } from '../domain/retrain.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { changeJson } from './change-json.ts';
import type { Past, RunReference } from './manifest.ts';
import type { Services } from './services.ts';

/** The accepted states of a dataset, oldest first; none where nothing was accepted yet. */
export async function readHistory(results: ObjectStore, dataset: string): Promise<History> {
  const standing = await readJson(results, keys.history(dataset).head, (value) => historySchema.parse(value));
  return standing ?? emptyHistory(dataset);
}

function emptyHistory(dataset: string): History {
  return { schemaVersion: 1, dataset, states: [] };
}

/**
 * Where a drop stands among the states before it. Data that is the newest state already comes after what that state came after, so that
 * the same drop is the same run, however often it is looked at.
 */
export function pastOf(
  { states }: History,
  { drop, mode }: { drop: string; mode: ResolvedRetrain['history'] },
): Omit<Past, 'isRecorded'> {
  const newest = states.at(-1);
  const isKnown = newest?.drop === drop;
  const before = isKnown ? states.slice(0, -1) : states;
  const after = isKnown ? newest.after : (newest?.snapshot ?? null);
  if (mode === 'replace') return { drop, mode, after, base: [] };
  return { drop, mode, after, base: isKnown && newest.kept ? newest.base : mergedInto(before) };
}

/** The run that accepted the state that one comes after; it tells states apart that were the same more than once. null = it is the first. */
export function followedRun({ states }: History, { drop, after }: Pick<Past, 'drop' | 'after'>): string | null {
  const before = states.at(-1)?.drop === drop ? states.slice(0, -1) : states;
  return before.findLast(({ snapshot }) => snapshot === after)?.run ?? null;
}

/**
 * The kept states that no later one holds in whole, each once, oldest first. A state that is not kept is all that there is, and what was
 * gone there stays away: none before it is merged.
 */
function mergedInto(states: readonly DatasetState[]): string[] {
  const base = new Set<string>();
  for (const { snapshot, kept, isWhole, base: held } of states) {
    if (!kept) {
      base.clear();
      continue;
    }
    if (isWhole) for (const older of held) base.delete(older);
    // A state that came back is the newest again.
    base.delete(snapshot);
    base.add(snapshot);
  }
  return [...base];
}

/** The state that a run has recorded; null = none. */
export function readState(
  { results }: Pick<Services, 'results'>,
  { dataset, run }: RunReference,
): Promise<DatasetState | null> {
  return readJson(results, keys.work(dataset, run).state, (value) => datasetStateSchema.parse(value));
}

/** Adds a state to the history, unless it is the newest already. Of many that add at once none is lost. */
export async function addState(results: ObjectStore, dataset: string, state: DatasetState): Promise<void> {
  await changeJson(results, keys.history(dataset).head, {
    parse: (value) => historySchema.parse(value),
    change: (standing) => {
      const history = standing ?? emptyHistory(dataset);
      const newest = history.states.at(-1);
      if (newest?.snapshot === state.snapshot && newest.drop === state.drop) return null;
      // A step that is tried again late, after newer data was accepted, must not put its own before it.
      const isLate = newest !== undefined && newest.drop !== state.drop;
      if (isLate && history.states.some(({ run, snapshot }) => run === state.run && snapshot === state.snapshot))
        return null;
      return { ...history, states: withinLimit([...history.states, state]) };
    },
  });
}

/** A year of states every quarter of an hour would be 35,000; the snapshots of those that are left out stay where they are. */
const MOST_STATES = 2000;

/** What later runs merge in is never left out. */
function withinLimit(states: DatasetState[]): DatasetState[] {
  if (states.length <= MOST_STATES) return states;
  const needed = new Set(mergedInto(states));
  const firstKept = states.length - MOST_STATES;
  return states.filter(({ snapshot }, index) => index >= firstKept || needed.has(snapshot));
}
