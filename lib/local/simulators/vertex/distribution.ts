import type { Distribution } from './documents.ts';

const BUCKETS = 10;

/** Counts whole numbers by value: exact percentiles in memory that grows with the different values, not with the rows. */
export function createTally(): { add(value: number): void; result(): Distribution } {
  const counts = new Map<number, number>();
  return {
    add: (value) => void counts.set(value, (counts.get(value) ?? 0) + 1),
    result: () => describeTally([...counts].sort(([a], [b]) => a - b)),
  };
}

function describeTally(sorted: readonly (readonly [number, number])[]): Distribution {
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  const sum = sorted.reduce((sofar, [value, count]) => sofar + value * count, 0);
  const min = sorted[0]?.[0] ?? 0;
  const max = sorted.at(-1)?.[0] ?? 0;
  const percentile = (share: number) => {
    let seen = 0;
    for (const [value, count] of sorted) {
      seen += count;
      if (seen >= share * total) return value;
    }
    return max;
  };
  return {
    sum,
    min,
    max,
    mean: total === 0 ? 0 : sum / total,
    median: percentile(0.5),
    p5: percentile(0.05),
    p95: percentile(0.95),
    buckets: cutBuckets(sorted, min, max),
  };
}

function cutBuckets(sorted: readonly (readonly [number, number])[], min: number, max: number): Distribution['buckets'] {
  const width = Math.max(1, (max - min) / BUCKETS);
  const buckets = Array.from({ length: BUCKETS }, (_, index) => ({
    count: 0,
    left: min + index * width,
    right: min + (index + 1) * width,
  }));
  for (const [value, count] of sorted) {
    const bucket = buckets[Math.min(BUCKETS - 1, Math.floor((value - min) / width))];
    if (bucket !== undefined) bucket.count += count;
  }
  return buckets.filter((bucket) => bucket.count > 0);
}
