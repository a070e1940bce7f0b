import { excerpt } from '../domain/excerpt.ts';
import type { FoundModel, Lineage, LineageRow, TracedModel } from '../engines/local-lineage.ts';
import { type CountedDrop, countDrops } from './lineage-drops.ts';
import { plainText } from './plain-text.ts';

/** Names come from a drop: a line each, whatever is in them. */
const LONGEST_NAME = 300;

/** A lineage for people, piece by piece. */
export async function* lineageText(lineage: Lineage): AsyncGenerator<string> {
  const pieces = lineage.kind === 'model' ? namedText(lineage.models) : foundText(lineage);
  for await (const piece of pieces) yield `${plainText(piece)}\n`;
}

async function* namedText(models: readonly TracedModel[]): AsyncGenerator<string> {
  for (const [index, model] of models.entries()) {
    if (index > 0) yield '';
    yield* tracedText(model, '');
    for (const before of model.from) {
      yield '';
      yield* tracedText(before, 'went on from ');
    }
    if (model.unknownFrom !== null)
      yield `\nwent on from ${model.unknownFrom}, of which nothing is known here: its rows are in the model too`;
  }
}

async function* tracedText(model: TracedModel, before: string): AsyncGenerator<string> {
  yield `${before}${titleOf(model)}`;
  yield* factsOf(model);
  if (model.alsoFoundBy.length > 0) yield `  found again, and not paid again, by run ${model.alsoFoundBy.join(', ')}`;
  if (model.problem !== null) yield `  its rows cannot be told: ${model.problem}`;
  else yield* rowsText(model.rows);
}

type Search = Extract<Lineage, { models: AsyncIterable<FoundModel> }>;

const WANTED = { file: 'file', example: 'example', content: 'row' } as const;

async function* foundText({ query, kind, models }: Search): AsyncGenerator<string> {
  const counts = { models: 0, jobs: 0, doubtful: 0, current: 0 };
  for await (const model of models) {
    counts[kindOf(model)] += 1;
    if (model.isCurrent && model.problem === null) counts.current += 1;
    yield titleOf(model);
    yield* factsOf(model);
    for (const through of model.through) yield `  contains it through ${through}, from which its training went on`;
    if (model.problem !== null) yield `  nobody can say whether it contains it: ${model.problem}`;
    yield* rowsText(model.rows);
    yield '';
  }
  yield summaryOf(`${WANTED[kind]} ${query}`, counts);
}

/** A job that ended without a model has none that could know anything; its files may lie at the provider all the same. */
function kindOf({ record, problem }: FoundModel): 'models' | 'jobs' | 'doubtful' {
  if (problem !== null) return 'doubtful';
  return record.status === 'failed' || record.status === 'cancelled' ? 'jobs' : 'models';
}

interface Counts {
  models: number;
  jobs: number;
  doubtful: number;
  current: number;
}

function summaryOf(wanted: string, { models, jobs, doubtful, current }: Counts): string {
  const parts = [
    models === 0 ? 'no model contains it' : models === 1 ? '1 model contains it' : `${models} models contain it`,
    ...(models === 0 ? [] : [`${current === 0 ? 'none' : current} of them current`]),
    ...(jobs === 0
      ? []
      : [`${jobs === 1 ? '1 job that gave no model was' : `${jobs} jobs that gave no model were`} given it`]),
    ...(doubtful === 0 ? [] : [`of ${doubtful} nobody can say`]),
  ];
  return `${wanted}: ${parts.join('; ')}`;
}

function titleOf({ dataset, record, isCurrent }: FoundModel | TracedModel): string {
  const { tunedModel, job, status, simulated } = record;
  const name = tunedModel ?? `job ${job} (${status}, no model)`;
  return `${name}: ${record.target} of ${dataset}${isCurrent ? ', current' : ''}${simulated ? ' (simulated)' : ''}`;
}

function factsOf({ record }: FoundModel | TracedModel): string[] {
  const { model, run, job, at } = record;
  return [`  ${model}, job ${job}, run ${run}, ${at.slice(0, 16).replace('T', ' ')} UTC`];
}

async function* rowsText(rows: AsyncIterable<LineageRow>): AsyncGenerator<string> {
  const drops = countDrops();
  for await (const row of rows) {
    yield rowLine(drops.of(row));
    for (const { sha256, name, mime } of row.files)
      yield `      ${[name === null ? null : excerpt(name, LONGEST_NAME), mime, `sha256 ${sha256}`].filter(Boolean).join(', ')}`;
  }
  yield* drops.counted().map(dropLine);
}

function rowLine({ file, sheet, row, split, line, example, from }: LineageRow): string {
  const isMoved = from.file !== file || from.row !== row || from.sheet !== sheet;
  const dropped = isMoved ? `, dropped as ${placeText(from)}${from.run === null ? '' : ` (run ${from.run})`}` : '';
  return `    ${placeText({ file, sheet, row })}: ${split} line ${line}, ${example}${dropped}`;
}

function placeText({ file, sheet, row }: { file: string; sheet: string | null; row: number }): string {
  return `${excerpt(file, LONGEST_NAME)}${sheet === null ? '' : `, sheet ${excerpt(sheet)}`}, row ${row}`;
}

function dropLine({ drop, run, rows }: CountedDrop): string {
  const which = drop === null ? 'a drop that the history no longer lists' : `drop ${drop.slice(0, 16)} (run ${run})`;
  return `  ${rows === 1 ? '1 row' : `${rows.toLocaleString('en-US')} rows`} of ${which}`;
}
