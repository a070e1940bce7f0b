import type { LineageRow } from '../engines/local-lineage.ts';

/** Rows of one drop. `drop` and `run` are null where the history is too short to tell. */
export interface CountedDrop {
  drop: string | null;
  run: string | null;
  rows: number;
}

/** Passes rows on, and counts them by the drops that they came from. */
export function countDrops(): { of: (row: LineageRow) => LineageRow; counted: () => CountedDrop[] } {
  const drops = new Map<string, CountedDrop>();
  return {
    of: (row) => {
      const { drop, run } = row.from;
      const name = JSON.stringify([drop, run]);
      const counted = drops.get(name) ?? { drop, run, rows: 0 };
      counted.rows += 1;
      drops.set(name, counted);
      return row;
    },
    counted: () => [...drops.values()],
  };
}
