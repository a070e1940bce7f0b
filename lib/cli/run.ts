import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Command } from '../domain/run.ts';
import { type LocalResult, runLocal } from '../engines/local.ts';
import type { LocalOptions } from '../engines/local-options.ts';
import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { datasetOfWord } from './dataset-word.ts';
import { exitCodeOf, HELD } from './exit-code.ts';
import { planText } from './plan-text.ts';
import { openProgress } from './progress.ts';
import { summaryText } from './summary.ts';

const DEFAULT_OUT = 'finedrop-results';

/** `run`, `check` and `convert`: progress on stderr, the result on stdout. */
export function runCommand(command: Command): (words: Arguments) => Promise<number> {
  return async (words) => {
    const result = await follow(words, async (following) =>
      runLocal({ ...following, ...(await dropOptions(words)), command }),
    );
    return tellReport(words, result);
  };
}

/** `approve` and `cancel`: as a run ends. */
export function controlCommand(word: 'approve' | 'cancel'): (words: Arguments) => Promise<number> {
  return async (words) => {
    const [path, run, ...others] = words.paths;
    const dataset = datasetOfWord(path);
    if (dataset === undefined || others.length > 0)
      throw new UsageError(`name a dataset, and a run if it has several: finedrop ${word} museum 3f0c9a1d5b7e2c48.`);
    const { controlRun } = await import('../engines/local-control.ts');
    const result = await follow(words, (following) =>
      controlRun({ ...following, ...resultsOption(words), word, dataset, ...optional('run', run) }),
    );
    return tellReport(words, result);
  };
}

/** `plan`: what the jobs would cost, side by side, before anything is staged. */
export async function planCommand(words: Arguments): Promise<number> {
  const result = await follow(words, async (following) =>
    runLocal({ ...following, ...(await dropOptions(words)), command: 'check', anew: true }),
  );
  const { report, ended, plan } = result;
  if (plan === null) return tellReport(words, result);
  process.stdout.write(words.flags['json'] === true ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
  const code = exitCodeOf(report, ended);
  return code === 0 && plan.held !== null ? HELD : code;
}

function tellReport({ flags }: Arguments, { report, folder, ended, plan }: LocalResult): number {
  // Whoever is asked to decide sees what about.
  const isHeld = report.targets.some(({ status }) => status === 'held');
  const text = `${summaryText(report, folder)}${isHeld && plan !== null ? planText({ ...plan, held: null }) : ''}`;
  process.stdout.write(flags['json'] === true ? `${JSON.stringify(report, null, 2)}\n` : text);
  return exitCodeOf(report, ended);
}

type Following = Pick<LocalOptions, 'out' | 'signal' | 'progress' | 'log'>;

/** Shows progress while the work goes on, and stops it between steps when it is told to. */
export async function follow<Result>(
  { flags, values }: Arguments,
  work: (following: Required<Following>) => Promise<Result>,
): Promise<Result> {
  const progress = openProgress({ debug: flags['debug'] === true });
  const stop = stopOnSignals();
  try {
    const out = values['out']?.[0] ?? DEFAULT_OUT;
    return await work({ out, signal: stop.signal, progress: progress.add, log: progress.log });
  } finally {
    progress.end();
    stop.release();
  }
}

export async function dropOptions(words: Arguments): Promise<Omit<LocalOptions, 'command' | 'out'>> {
  const { paths, flags, values } = words;
  return {
    paths,
    live: flags['live'] === true,
    again: flags['again'] === true,
    keepWork: flags['keep-work'] === true,
    ...optional(
      'targets',
      values['target']?.flatMap((word) => word.split(',')),
    ),
    ...optional('spec', values['spec']?.[0]),
    ...optional('allowHosts', values['allow-host']),
    ...optional('mediaBase', values['media-base']),
    ...resultsOption(words),
    ...optional('faults', await readFaults(values['faults']?.[0])),
  };
}

function resultsOption({ values }: Arguments): { results?: string } {
  return optional('results', values['results']?.[0]);
}

/** An option that was not given is absent, not undefined. */
function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: Value };
}

/** The content of a faults file, if one was named; what is in it is checked by the simulators. */
export async function readFaults(path: string | undefined): Promise<unknown> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`--faults: there is no readable file "${path}".`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--faults: "${path}" is not JSON.`);
  }
}

/** The first Ctrl-C stops between steps, and the run can be taken up again; the second ends the process at once. */
function stopOnSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(128 + (constants.signals[name] ?? 0));
    process.stderr.write('\nfinedrop: stopping…\n');
    controller.abort(new Error(`stopped by ${name}`));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, release: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
}
