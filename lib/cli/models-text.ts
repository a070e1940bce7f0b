import { range } from '../domain/money.ts';
import type { ListedModel, ModelList, PointerMoved } from '../engines/local-models.ts';
import { plainText } from './plain-text.ts';

/** The models of a dataset as a table, the newest last; `*` marks what is current. */
export function modelsText({ dataset, models }: ModelList): string {
  if (models.length === 0) return plainText(`${dataset}: no models yet. finedrop run makes one.\n`);
  const current = models.filter((model) => model.current).length;
  const lines = [
    `${dataset}: ${models.length === 1 ? '1 model' : `${models.length} models`}, ${current === 0 ? 'none' : current} current (*)`,
    '',
    ...tableLines(models),
  ];
  return `${plainText(lines.join('\n'))}\n`;
}

/** Where a pointer stands now. */
export function movedText({ dataset, target, current, before }: PointerMoved): string {
  const was = before === null ? 'nothing was before' : `${before} was before`;
  const text =
    before === current
      ? `${dataset}: ${current} is the current model of ${target} already; nothing was moved`
      : `${dataset}: ${current} is now the current model of ${target}; ${was}`;
  return `${plainText(text)}\n`;
}

const HEAD = ['', 'when (UTC)', 'target', 'status', 'rows', 'loss', 'valid. loss', 'cost', 'run'];
/** Numbers stand under their last digit. */
const TO_THE_RIGHT: ReadonlySet<number> = new Set([4, 5, 6, 7]);

function tableLines(models: readonly ListedModel[]): string[] {
  const rows = models.map(cellsOf);
  const widths = HEAD.map((head, column) => Math.max(...[head, ...rows.map((row) => row[column] ?? '')].map(widthOf)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => padded(cell, widths[column] ?? 0, TO_THE_RIGHT.has(column)))
      .join('  ')
      .trimEnd();
  return [line(HEAD), ...models.flatMap((model, index) => [line(rows[index] ?? []), ...detailsOf(model)])];
}

function cellsOf({ current, at, target, status, rows, metrics, cost, run, simulated }: ListedModel): string[] {
  return [
    current ? '*' : '',
    at.slice(0, 16).replace('T', ' '),
    target,
    simulated ? `${status}, simulated` : status,
    (rows.train + rows.validation).toLocaleString('en-US'),
    lossText(metrics.trainLoss, metrics.diverged),
    lossText(metrics.validLoss, metrics.diverged),
    cost === null ? '-' : range(cost),
    run,
  ];
}

function lossText(loss: number | null, diverged: true | undefined): string {
  if (loss === null) return diverged === true ? 'diverged' : '-';
  return String(Number(loss.toPrecision(4)));
}

/** What is too long for a column: the model's name, what it went on from, and why it is not current. */
function detailsOf({ model, tunedModel, job, from, current, status, promotion }: ListedModel): string[] {
  const indent = '     ';
  const why = promotion?.promoted === false && !current ? [`${indent}not promoted: ${promotion.reason}`] : [];
  const name = tunedModel ?? `${status === 'succeeded' ? 'no tuned model is known' : 'no model'}; job ${job}`;
  return [`${indent}${name} (${model})`, ...(from === null ? [] : [`${indent}went on from ${from}`]), ...why];
}

/** Characters, not UTF-16 units. */
function widthOf(text: string): number {
  return Array.from(text).length;
}

function padded(text: string, width: number, toTheRight: boolean): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)));
  return toTheRight ? gap + text : text + gap;
}
