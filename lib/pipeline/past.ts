import { type Finding, findingAt } from '../domain/finding.ts';
import type { ResolvedRetrain } from '../domain/retrain.ts';
import { keys } from '../storage/keys.ts';
import type { Drop } from './drop.ts';
import { followedRun, pastOf, readHistory } from './history.ts';
import type { DatasetFile, Past, Request } from './manifest.ts';
import { keptFile } from './read-kept.ts';
import type { Services } from './services.ts';

/** Where a drop stands among the states before it, and what that adds to it. */
interface ReadPast {
  past: Past;
  /** Rows of earlier states that are merged in, as files among the drop's own. */
  kept: DatasetFile[];
  /** One that is gone is told, and ends the run. */
  findings: Finding[];
  /** What of it makes another run. */
  identity: object;
}

/** Reads where the drop stands in its history. What somebody only looks at does not become a state of it. */
export async function readPast(
  { results }: Pick<Services, 'results'>,
  { dataset, data }: Pick<Drop, 'dataset' | 'data'>,
  { command, minute, retrain }: Request,
  { history: mode, replaceBy }: ResolvedRetrain,
): Promise<ReadPast> {
  const history = await readHistory(results, dataset);
  const before = pastOf(history, { drop: data, mode });
  const isAsked = minute !== undefined || retrain !== undefined;
  const past: Past = { ...before, isRecorded: command === 'run' || (command === 'check' && isAsked) };
  const files = await Promise.all(past.base.map((snapshot) => keptFile({ results }, { dataset, snapshot })));
  const missing = past.base.filter((_snapshot, index) => files[index] === null);
  const follows = followedRun(history, past);
  const identity = {
    mode,
    after: past.after,
    base: past.base,
    // A drop that comes back, and again, is a new state each time: its model is to be current then.
    ...(follows === null ? {} : { follows }),
    // Once they are back it is another run: what was refused for their sake is no last word.
    ...(missing.length === 0 ? {} : { missing }),
    ...(mode === 'append' ? { replaceBy } : {}),
  };
  const kept = files.filter((file) => file !== null);
  return { past, kept, findings: missing.map((snapshot) => historyMissing(dataset, snapshot)), identity };
}

function historyMissing(dataset: string, snapshot: string): Finding {
  const { kept } = keys.history(dataset);
  return findingAt(
    {
      code: 'HISTORY_MISSING',
      severity: 'error',
      message: `the rows of an earlier state are missing: "${kept(snapshot)}" is not in the results`,
      hint: 'Restore it, or train on what the drop holds now with retrain: {history: replace}.',
    },
    {},
  );
}
