import type { MetricPoint } from '../domain/metrics.ts';

/** The metrics of one target, as its `metrics.csv` holds them: ordered by step. */
export interface TargetMetrics {
  target: string;
  points: readonly MetricPoint[];
}

export interface Place {
  x: number;
  y: number;
}

export interface Series {
  kind: 'training' | 'validation';
  places: readonly Place[];
}

/** What can be drawn of a target: its losses, or its accuracies where it has no loss; null where it has neither. */
export interface Curves {
  target: string;
  measure: 'loss' | 'accuracy';
  /** One or two, none empty; every number is finite. */
  series: readonly Series[];
  /** Points without a step lie one behind the other. */
  hasSteps: boolean;
}

type Measure = 'trainLoss' | 'trainAccuracy' | 'validLoss' | 'validAccuracy';

/** The curves of a target's metrics. */
export function curvesOf({ target, points }: TargetMetrics): Curves | null {
  const hasSteps = points.some(({ step }) => step !== null);
  const series = (kind: Series['kind'], measure: Measure): Series => ({
    kind,
    places: placesOf(points, measure, hasSteps),
  });
  const choices = [
    ['loss', [series('training', 'trainLoss'), series('validation', 'validLoss')]],
    ['accuracy', [series('training', 'trainAccuracy'), series('validation', 'validAccuracy')]],
  ] as const;
  for (const [measure, both] of choices) {
    const drawn = both.filter(({ places }) => places.length > 0);
    if (drawn.length > 0) return { target, measure, series: drawn, hasSteps };
  }
  return null;
}

function placesOf(points: readonly MetricPoint[], measure: Measure, hasSteps: boolean): Place[] {
  return points.flatMap((point, index) => {
    const x = hasSteps ? point.step : index + 1;
    const y = point[measure];
    return x !== null && y !== null && Number.isFinite(y) ? [{ x, y }] : [];
  });
}

/** How many values are NaN or infinite: they cannot be drawn, and say that a training went wrong. */
export function valuesWithoutNumber(points: readonly MetricPoint[]): number {
  let count = 0;
  for (const point of points) {
    for (const value of Object.values(point)) if (value !== null && !Number.isFinite(value)) count += 1;
  }
  return count;
}

export interface Scale {
  low: number;
  high: number;
  /** 0 to 1; one half where all values are the same. */
  at(value: number): number;
}

/** A linear scale of finite numbers, however far apart: halves never overflow. */
export function scaleOf(values: Iterable<number>): Scale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high / 2 - low / 2;
  return { low, high, at: (value) => (span > 0 ? (value / 2 - low / 2) / span : 0.5) };
}

/** More than a screen has pixels for. */
const MOST_BUCKETS = 300;

/** At most some six hundred places of a curve: of each stretch the lowest and the highest, so that no peak is lost, and the very last. */
export function thinnedPlaces(places: readonly Place[]): Place[] {
  if (places.length <= MOST_BUCKETS * 2) return [...places];
  const kept: Place[] = [];
  const length = Math.ceil(places.length / MOST_BUCKETS);
  for (let start = 0; start < places.length; start += length) {
    kept.push(...extremesOf(places.slice(start, start + length)));
  }
  const last = places.at(-1);
  return last === undefined || kept.at(-1) === last ? kept : [...kept, last];
}

function extremesOf(places: readonly Place[]): Place[] {
  const byHeight = [...places].sort((left, right) => left.y - right.y);
  const [low, high] = [byHeight[0], byHeight.at(-1)];
  if (low === undefined || high === undefined) return [];
  if (low === high) return [low];
  return low.x < high.x ? [low, high] : [high, low];
}
