import { type DatasetState, type Decision, type Decisions, decisionsSchema } from '../domain/history.ts';
import type { Report } from '../domain/report.ts';
import type { Claim } from '../domain/run.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { changeJson } from './change-json.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';

/** More than anybody reads back; each run of the past has its own report. */
const MOST_DECISIONS = 500;

/** What was decided of a dataset's runs, oldest first. */
export async function readDecisions(results: ObjectStore, dataset: string): Promise<Decision[]> {
  const key = keys.history(dataset).decisions;
  return (await readJson(results, key, (value) => decisionsSchema.parse(value)))?.decisions ?? [];
}

/** Notes what came of a wish to train, and why: an execution that tells again replaces its own word. */
export async function recordDecision(services: Services, { dataset, run, by }: Manifest, told: Told): Promise<void> {
  const { execution } = services.holder;
  const decision: Decision = { at: services.now().toISOString(), by, ...told, run, execution };
  await changeJson<Decisions>(services.results, keys.history(dataset).decisions, {
    parse: (value) => decisionsSchema.parse(value),
    change: (standing) => {
      const others = (standing?.decisions ?? []).filter((one) => one.execution !== execution);
      return { schemaVersion: 1, dataset, decisions: [...others, decision].slice(-MOST_DECISIONS) };
    },
  });
}

/** What a run that has ended means for the training that was asked for; null where none was. */
export function decisionOf({ command, past, spec }: Manifest, report: Report, state: DatasetState | null): Told | null {
  if (command === 'run') return decisionOfRun(report);
  if (command !== 'check' || !past.isRecorded) return null;
  if (state === null)
    return { decision: NO_REFUSAL.has(report.status) ? 'skipped' : 'refused', reason: report.message };
  const { schedule, minNewRows } = spec.retrain;
  const when = [
    ...(schedule === null ? [] : [schedule]),
    ...(minNewRows === null ? [] : [`${minNewRows} new rows`]),
  ].join(', or with ');
  const changed = `${state.newRows} rows are new and ${state.goneRows} are gone since the last training`;
  return { decision: 'skipped', reason: `${changed}; the next is due by ${when}` };
}

type Told = Pick<Decision, 'decision' | 'reason'>;

/** Ends without a verdict on the data: the drop has changed meanwhile, or is not complete yet. */
const NO_REFUSAL: ReadonlySet<Report['status']> = new Set(['superseded', 'waiting']);

function decisionOfRun({ status, message, targets }: Report): Told {
  const jobs = targets.flatMap(({ name, job }) => (job === null ? [] : [{ name, adopted: job.adopted }]));
  const begun = jobs.filter(({ adopted }) => !adopted).map(({ name }) => name);
  if (begun.length > 0) return { decision: 'submitted', reason: `trained at ${begun.join(', ')}: ${message}` };
  if (status === 'held' || targets.some((target) => target.status === 'held'))
    return { decision: 'held', reason: message };
  if (jobs.length > 0)
    return {
      decision: 'skipped',
      reason: `nothing is new: these data and settings have their jobs already. ${message}`,
    };
  return { decision: NO_REFUSAL.has(status) ? 'skipped' : 'refused', reason: message };
}

/** What a state of the drop that was run already means for it. */
export function decisionOfDuplicate({ run, status }: Claim): Told {
  if (status === 'rejected')
    return { decision: 'refused', reason: `the data is as run ${run} refused it: see its findings` };
  if (status === 'running') return { decision: 'skipped', reason: `run ${run} of the same state is under way` };
  return { decision: 'skipped', reason: `nothing has changed since run ${run}` };
}
