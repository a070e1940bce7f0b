import { join } from 'node:path';
import { type JobPlan, jobPlanSchema } from '../domain/job-plan.ts';
import { type Report, reportSchema } from '../domain/report.ts';
import type { RunStatus } from '../domain/run.ts';
import { startExecution } from '../local/asl/start-execution.ts';
import { clearWork } from '../pipeline/basis.ts';
import type { Request, RunReference } from '../pipeline/manifest.ts';
import type { Services } from '../pipeline/services.ts';
import { keyToPath } from '../storage/folder-keys.ts';
import { keys, type WorkKeys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { noteAsked } from './local-asked.ts';
import { findDrop } from './local-drop.ts';
import { openEnvironment } from './local-environment.ts';
import { localHost } from './local-host.ts';
import { checkLive } from './local-live.ts';
import { loadMachine } from './local-machine.ts';
import type { LocalOptions } from './local-options.ts';
import { recordStates } from './local-states.ts';
import { UsageError } from './usage-error.ts';

export interface LocalResult {
  report: Report;
  /** The folder with this run's results. */
  folder: string;
  /** How the run itself ended; a duplicate's report says `duplicate`, its run ended otherwise. */
  ended: RunStatus;
  /** What the run would submit, or has, and what that costs; null = it ended before that was known. */
  plan: JobPlan | null;
}

/** Runs one drop through the state machine in this process, with simulated providers unless `live`. */
export async function runLocal(options: LocalOptions): Promise<LocalResult> {
  const drop = await findDrop(options.paths, options.exclude ?? options.out);
  const machine = await loadMachine();
  const environment = await openEnvironment(options, drop);
  try {
    const services = options.decorate?.(environment.services) ?? environment.services;
    const request = await makeRequest(options, drop.dataset);
    if (options.live === true) await checkLive(services, request);
    const states = recordStates();
    const result = await startExecution(machine, {
      host: localHost(services, { clock: environment.clock, onEvent: states.note }),
      name: services.holder.execution,
      input: { request: JSON.parse(JSON.stringify(request)) },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.status === 'ABORTED')
      throw new UsageError('stopped. Run the same command again to go on where it stopped.');
    if (result.status !== 'SUCCEEDED') throw new MachineError(result.state, result.error, result.cause);
    return await readResult(services, options, { output: result.output, states: states.all() });
  } finally {
    await environment.close();
  }
}

/** A state that failed with no run to report it in: a broken machine or a broken disk, not bad data. */
export class MachineError extends Error {
  override name = 'MachineError';
  constructor(state: string | undefined, error: string, cause: string) {
    super(
      `[machine] ${state === undefined ? 'the run' : `the state "${state}"`} failed: ${error}: ${readableCause(cause)}`,
    );
  }
}

async function makeRequest(
  { command, targets, spec, again, anew, control, retrain, mediaBase }: LocalOptions,
  dataset: string,
): Promise<Request> {
  return {
    dataset,
    command,
    ...(targets === undefined || targets.length === 0 ? {} : { targets: [...targets] }),
    ...(spec === undefined ? {} : { spec: await readSpec(spec) }),
    ...(again === true ? { again } : {}),
    ...(anew === true ? { anew } : {}),
    ...(control === undefined ? {} : { control }),
    ...(retrain === undefined ? {} : { retrain }),
    ...(mediaBase === undefined ? {} : { mediaBase: bySchemes(mediaBase) }),
  };
}

async function readSpec(path: string): Promise<{ name: string; text: string }> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`--spec: there is no readable file "${path}".`);
  });
  return { name: path.replaceAll('\\', '/').split('/').at(-1) ?? path, text };
}

function bySchemes(bases: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    bases.map((base) => {
      const scheme = /^(gs|s3):\/\/[^/]+/.exec(base)?.[1];
      if (scheme === undefined)
        throw new UsageError(`--media-base takes gs://bucket/prefix or s3://bucket/prefix, not "${base}".`);
      return [scheme, base.replace(/\/+$/, '')];
    }),
  );
}

interface Ended {
  output: unknown;
  states: ReturnType<ReturnType<typeof recordStates>['all']>;
}

interface MachineOutput {
  dataset: string;
  run: string;
  outcome?: string;
  status: RunStatus;
}

async function readResult(services: Services, options: LocalOptions, { output, states }: Ended): Promise<LocalResult> {
  const { dataset, run, outcome } = output as MachineOutput;
  if (outcome === 'superseded')
    throw new UsageError(
      `the drop "${dataset}" has changed since that run, so that its plan is of the past. Run it again.`,
    );
  const { results } = services;
  const run_ = keys.run(dataset, run);
  if (outcome !== 'duplicate') {
    await addStates(results, run_.status, states);
    await noteAsked(results, { dataset, run }, options);
  }
  const report = await readJson(results, run_.report, (value) => reportSchema.parse(value));
  if (outcome !== 'duplicate' && options.keepWork !== true)
    await clearWork(services, { dataset, run }, keptFor(report, keys.work(dataset, run)));
  const folder = placeOf(options, { dataset, run });
  if (report === null)
    throw new UsageError(
      `run ${run} of "${dataset}" is still going on elsewhere; its status is in ${join(folder, 'status.json')}.`,
    );
  return {
    report: outcome === 'duplicate' ? asDuplicate(report) : report,
    folder,
    ended: report.status,
    plan: await readJobPlan(results, { dataset, run }),
  };
}

/** The plan that a run has written, or null. */
export function readJobPlan(results: ObjectStore, { dataset, run }: RunReference): Promise<JobPlan | null> {
  return readJson(results, keys.run(dataset, run).plan, (value) => jobPlanSchema.parse(value));
}

/** Where people find the run's results: a folder, or an `s3://` URI. */
export function placeOf(
  { out, results }: Pick<LocalOptions, 'out' | 'results'>,
  { dataset, run }: RunReference,
): string {
  return results === undefined
    ? keyToPath(out, `${dataset}/${run}`)
    : `${results.replace(/\/+$/, '')}/${dataset}/${run}`;
}

/** The report of the run that stands, as this one's answer: nothing was done, and nothing paid. */
function asDuplicate(report: Report): Report {
  const targets = report.targets.map((target) =>
    target.job === null ? target : { ...target, job: { ...target.job, adopted: true } },
  );
  return { ...report, status: 'duplicate', duplicateOf: report.run, targets };
}

async function addStates(results: ObjectStore, key: string, states: Ended['states']): Promise<void> {
  const status = await readJson(results, key, (value) => value as Record<string, unknown>);
  if (status !== null) await results.write(key, `${JSON.stringify({ ...status, states }, null, 2)}\n`);
}

/** A run that goes on later needs the very files that its jobs were paid for; links and buckets may bring others by then. */
function keptFor(report: Report | null, { links, objects, basis }: WorkKeys): (key: string) => boolean {
  if (report?.status === 'held') return () => true;
  const isPaid = report?.targets.some(({ job }) => job !== null) === true;
  const goesOn = isPaid && report.status !== 'completed';
  return (key) => goesOn && (key.startsWith(links) || key.startsWith(objects) || key === basis);
}

function readableCause(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    return typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed
      ? String(parsed.errorMessage)
      : cause;
  } catch {
    return cause;
  }
}
