/** What a provider told of one training step. Null = it gave none; NaN and infinities are what it gave (a loss that diverged). */
export interface MetricPoint {
  step: number | null;
  epoch: number | null;
  trainLoss: number | null;
  /** A share, 0 to 1. */
  trainAccuracy: number | null;
  validLoss: number | null;
  validAccuracy: number | null;
}

/** The columns of `metrics.csv`, for all providers. */
const COLUMNS: Readonly<Record<string, keyof MetricPoint>> = {
  step: 'step',
  epoch: 'epoch',
  train_loss: 'trainLoss',
  train_accuracy: 'trainAccuracy',
  valid_loss: 'validLoss',
  valid_accuracy: 'validAccuracy',
};

const MEASURES = ['trainLoss', 'trainAccuracy', 'validLoss', 'validAccuracy'] as const;
const NOTHING: MetricPoint = {
  step: null,
  epoch: null,
  trainLoss: null,
  trainAccuracy: null,
  validLoss: null,
  validAccuracy: null,
};

/** More steps than these are thinned out evenly: a file of 100,000 rows has about 5 MB. */
const MOST_POINTS = 100_000;

/** A point of loose values: whole steps and epochs from 0, measures of any size; what is no number is null, and a point of nothing is null, too. */
export function metricPoint(values: Readonly<Partial<Record<keyof MetricPoint, unknown>>>): MetricPoint | null {
  const point: MetricPoint = { ...NOTHING, step: wholeOf(values.step), epoch: wholeOf(values.epoch) };
  for (const measure of MEASURES) point[measure] = numberOf(values[measure]);
  return point.step === null && MEASURES.every((measure) => point[measure] === null) ? null : point;
}

/** Points by step, one for each, whatever order they came in; what a later one gives of the same step fills or replaces. */
export function orderedPoints(points: Iterable<MetricPoint>): MetricPoint[] {
  const bySteps = new Map<number, MetricPoint>();
  const others: MetricPoint[] = [];
  for (const point of points) {
    if (point.step === null) others.push(point);
    else bySteps.set(point.step, merge(bySteps.get(point.step), point));
  }
  const ordered = [...bySteps.values()].sort((left, right) => (left.step ?? 0) - (right.step ?? 0));
  return thinned([...ordered, ...others.sort((left, right) => (left.epoch ?? 0) - (right.epoch ?? 0))]);
}

function merge(earlier: MetricPoint | undefined, later: MetricPoint): MetricPoint {
  if (earlier === undefined) return later;
  const given = Object.entries(later).filter(([, value]) => value !== null);
  return { ...earlier, ...Object.fromEntries(given) };
}

/** The last one stays: it is what people look for. */
function thinned(points: MetricPoint[]): MetricPoint[] {
  const stride = Math.ceil(points.length / MOST_POINTS);
  if (stride <= 1) return points;
  const last = points.length - 1;
  return points.filter((_, index) => (last - index) % stride === 0);
}

/** The text of `metrics.csv`: the same points are the same bytes. */
export function metricsCsv(points: readonly MetricPoint[]): string {
  const rows = points.map((point) =>
    Object.values(COLUMNS)
      .map((field) => point[field] ?? '')
      .join(','),
  );
  return `${[Object.keys(COLUMNS).join(','), ...rows].join('\n')}\n`;
}

/** The points of a `metrics.csv`; whatever else a text may be, it gives none. */
export function readMetricsCsv(text: string): MetricPoint[] {
  const aliases = Object.entries(COLUMNS).map(([column, field]) => [field, [column]]);
  return parseMetrics(text, Object.fromEntries(aliases));
}

/** Names of columns that give a field, best first: the first of them with a number counts. */
export type MetricColumns = Readonly<Partial<Record<keyof MetricPoint, readonly string[]>>>;

/**
 * Points of a provider's CSV, by the names in its header, in the order of the file. Numbers need no quotes, so that none but
 * those around a whole cell are known. Lines of no number are passed over.
 */
export function parseMetrics(text: string, columns: MetricColumns): MetricPoint[] {
  const lines = linesOf(text);
  const header = cellsOf(lines.next().value ?? '').map((name) => name.toLowerCase());
  const places = Object.entries(columns).map(
    ([field, names]) => [field, names.map((name) => header.indexOf(name)).filter((index) => index >= 0)] as const,
  );
  const kept = thinningList();
  for (const line of lines) {
    const cells = cellsOf(line);
    const given = places.map(([field, indexes]) => [field, firstNumber(indexes.map((index) => cells[index]))]);
    const point = metricPoint(Object.fromEntries(given));
    if (point !== null) kept.add(point);
  }
  return kept.all();
}

/** Of any number of points at most three times as many as are kept in the end, evenly, with the first and the last: a file may have millions. */
function thinningList(): { add(point: MetricPoint): void; all(): MetricPoint[] } {
  let points: MetricPoint[] = [];
  let last: MetricPoint | null = null;
  let seen = 0;
  let stride = 1;
  return {
    add: (point) => {
      if (seen % stride === 0) points.push(point);
      last = point;
      seen += 1;
      if (points.length < MOST_POINTS * 3) return;
      points = points.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    all: () => (last === null || points.at(-1) === last ? points : [...points, last]),
  };
}

function* linesOf(text: string): Generator<string, undefined> {
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    const line = text.slice(start, stop).trim();
    if (line !== '') yield line;
    start = stop + 1;
  }
}

function cellsOf(line: string): string[] {
  return line.split(',', MOST_CELLS).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

const MOST_CELLS = 64;

function firstNumber(cells: readonly (string | undefined)[]): number | null {
  for (const cell of cells) {
    const value = numberOf(cell);
    if (value !== null) return value;
  }
  return null;
}

function wholeOf(value: unknown): number | null {
  const read = numberOf(value);
  return read !== null && Number.isSafeInteger(read) && read >= 0 ? read : null;
}

const LONGEST_NUMBER = 40;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const NO_NUMBERS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > LONGEST_NUMBER) return null;
  if (NUMBER.test(value)) return Number(value);
  const word = value.toLowerCase();
  return Object.hasOwn(NO_NUMBERS, word) ? (NO_NUMBERS[word] ?? null) : null;
}
