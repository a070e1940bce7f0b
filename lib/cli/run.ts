import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Command } from '../domain/run.ts';
import { runLocal } from '../engines/local.ts';
import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { exitCodeOf } from './exit-code.ts';
import { openProgress } from './progress.ts';
import { summaryText } from './summary.ts';

const DEFAULT_OUT = 'finedrop-results';

/** `run`, `check` and `convert`: progress on stderr, the result on stdout. */
export function runCommand(command: Command): (words: Arguments) => Promise<number> {
  return async ({ paths, flags, values }) => {
    const progress = openProgress({ debug: flags['debug'] === true });
    const stop = stopOnSignals();
    try {
      const { report, folder, ended } = await runLocal({
        command,
        paths,
        out: values['out']?.[0] ?? DEFAULT_OUT,
        signal: stop.signal,
        progress: progress.add,
        log: progress.log,
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
        ...optional('results', values['results']?.[0]),
        ...optional('faults', await readFaults(values['faults']?.[0])),
      });
      progress.end();
      process.stdout.write(
        flags['json'] === true ? `${JSON.stringify(report, null, 2)}\n` : summaryText(report, folder),
      );
      return exitCodeOf(report, ended);
    } finally {
      progress.end();
      stop.release();
    }
  };
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
