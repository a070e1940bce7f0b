/** Runs a task when its group has a free place; `most` run at once in each group, the others wait in order. */
export type Slots = <T>(group: string, task: () => Promise<T>) => Promise<T>;

/** Places by group, so that no server sees more than `most` requests of ours at once. */
export function createSlots(most: number): Slots {
  const groups = new Map<string, { running: number; waiting: (() => void)[] }>();
  return async (group, task) => {
    const places = groups.get(group) ?? { running: 0, waiting: [] };
    groups.set(group, places);
    if (places.running < most) places.running += 1;
    else await new Promise<void>((free) => places.waiting.push(free));
    try {
      return await task();
    } finally {
      // A place is handed over, not freed and taken again: nobody can slip in between.
      const next = places.waiting.shift();
      if (next !== undefined) next();
      else places.running -= 1;
      if (places.running === 0) groups.delete(group);
    }
  };
}
