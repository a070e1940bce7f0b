import type { Decision } from '../domain/history.ts';
import { type Retrained, retrainLocal } from '../engines/local-retrain.ts';
import { type ScheduledDecision, scheduleLocal } from '../engines/local-schedule.ts';
import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { datasetOfWord } from './dataset-word.ts';
import { exitCodeOf, HELD, REFUSED } from './exit-code.ts';
import { plainText } from './plain-text.ts';
import { follow } from './run.ts';

/** `retrain`: one dataset, by hand. */
export async function retrainCommand(words: Arguments): Promise<number> {
  const [path, ...others] = words.paths;
  const dataset = datasetOfWord(path);
  if (dataset === undefined || others.length > 0)
    throw new UsageError('name the dataset that is to be trained again: finedrop retrain museum.');
  const { ended, ...told } = await follow(words, (following) =>
    retrainLocal({ ...following, ...resultsOf(words), dataset, dryRun: words.flags['dry-run'] === true }),
  );
  process.stdout.write(words.flags['json'] === true ? `${JSON.stringify(jsonOf(told))}\n` : decisionText(told));
  return told.decision === 'submitted' && ended !== undefined
    ? exitCodeOf(ended.report, ended.status)
    : EXIT_CODES[told.decision];
}

/** What `--json` prints; a dry run says so. */
function jsonOf({ dataset, decision, reason, run, dryRun }: Omit<Retrained, 'ended'>): object {
  return { dataset, decision, reason, run, ...(dryRun ? { dryRun } : {}) };
}

/** `schedule`: every dataset that is due, once or until it is stopped. */
export async function scheduleCommand(words: Arguments): Promise<number> {
  if (words.paths.length > 0)
    throw new UsageError('schedule takes no dataset: it looks at all that have one in --out.');
  const days = daysOf(words);
  const decisions: Decision['decision'][] = [];
  const onDecision = (told: ScheduledDecision) => {
    decisions.push(told.decision);
    process.stdout.write(words.flags['json'] === true ? `${JSON.stringify(told)}\n` : scheduledText(told));
  };
  await follow(words, (following) =>
    scheduleLocal({
      ...following,
      ...resultsOf(words),
      onDecision,
      once: words.flags['once'] === true,
      ...(days === undefined ? {} : { days }),
    }),
  );
  if (decisions.length === 0 && words.flags['json'] !== true) process.stdout.write('nothing is due\n');
  return 0;
}

const EXIT_CODES: Readonly<Record<Decision['decision'], number>> = {
  submitted: 0,
  skipped: 0,
  held: HELD,
  refused: REFUSED,
};
const MOST_DAYS = 3660;

function daysOf({ values }: Arguments): number | undefined {
  const text = values['days']?.[0];
  if (text === undefined) return undefined;
  const days = Number(text);
  if (!(days > 0 && days <= MOST_DAYS))
    throw new UsageError(`--days takes a number from 1 to ${MOST_DAYS}, not "${text}".`);
  return days;
}

function resultsOf({ values }: Arguments): { results?: string } {
  const results = values['results']?.[0];
  return results === undefined ? {} : { results };
}

function decisionText({ dataset, decision, reason, run, dryRun }: Omit<Retrained, 'ended'>): string {
  const place = run === null ? '' : `  run ${run}\n`;
  return `${dataset}: ${dryRun ? 'would be ' : ''}${decision}\n  ${plainText(reason)}\n${place}`;
}

function scheduledText({ at, dataset, by, decision, reason }: ScheduledDecision): string {
  return `${at.slice(0, 16)}Z  ${dataset}  ${decision} (${by}): ${plainText(reason)}\n`;
}
