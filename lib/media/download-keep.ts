export interface KeepSettings<T> {
  maxBytes: number;
  /** What a result weighs; null = it is not kept. */
  bytesOf: (result: T) => number | null;
}

/** Makes the same thing once: who asks while it is being made waits for it, who asks later gets the kept one while memory allows. */
export function createKeep<T>({
  maxBytes,
  bytesOf,
}: KeepSettings<T>): (key: string, make: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const kept = new Map<string, { result: T; bytes: number }>();
  let total = 0;

  const store = (key: string, result: T) => {
    const bytes = bytesOf(result);
    if (bytes === null || bytes > maxBytes) return;
    kept.set(key, { result, bytes });
    total += bytes;
    for (const [oldest, { bytes: freed }] of kept) {
      if (total <= maxBytes) break;
      kept.delete(oldest);
      total -= freed;
    }
  };

  return (key, make) => {
    const found = kept.get(key);
    if (found !== undefined) return Promise.resolve(found.result);
    const making = running.get(key) ?? once(key, make);
    running.set(key, making);
    return making;
  };

  /** Kept before it is no longer running, so that nobody finds neither. */
  async function once(key: string, make: () => Promise<T>): Promise<T> {
    try {
      const result = await make();
      store(key, result);
      return result;
    } finally {
      running.delete(key);
    }
  }
}
