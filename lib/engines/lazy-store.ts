import type { ObjectStore } from '../storage/object-store.ts';

/** A store that opens, and loads its SDK, when it is first used. */
export function lazyStore(open: () => Promise<ObjectStore>): ObjectStore {
  let opened: Promise<ObjectStore> | undefined;
  const store = () => {
    opened ??= open();
    return opened;
  };
  return {
    list: async function* (prefix) {
      yield* (await store()).list(prefix);
    },
    head: async (key) => (await store()).head(key),
    read: async function* (key, options) {
      yield* (await store()).read(key, options);
    },
    write: async (key, body, options) => (await store()).write(key, body, options),
    remove: async (key) => (await store()).remove(key),
    concatenate: async (key, parts, options) => (await store()).concatenate(key, parts, options),
    locate: async (key) => (await (await store()).locate?.(key)) ?? null,
  };
}
