/** Where a row stands in a drop. */
export interface Place {
  file: string;
  sheet?: string | null | undefined;
  row: number;
}

/** Goes along a stream whose values stand in the order of the drop's rows. */
export interface Follower<T> {
  /** All values of a place, which must lie ahead; those before it are left out. None: the stream has ended. */
  reach(place: Place): Promise<T[]>;
  close(): Promise<void>;
}

/** Begins to read a stream when it is first asked. */
export function follow<T extends Place>(stream: AsyncGenerator<T>): Follower<T> {
  let next: IteratorResult<T, unknown> | null = null;
  const advance = async () => {
    next = await stream.next();
    return next;
  };
  return {
    reach: async (place) => {
      let at = next ?? (await advance());
      while (at.done !== true && !isAt(at.value, place)) at = await advance();
      const found: T[] = [];
      for (; at.done !== true && isAt(at.value, place); at = await advance()) found.push(at.value);
      return found;
    },
    close: async () => void (await stream.return(undefined)),
  };
}

function isAt(value: Place, { file, sheet, row }: Place): boolean {
  return value.row === row && value.file === file && (value.sheet ?? null) === (sheet ?? null);
}
