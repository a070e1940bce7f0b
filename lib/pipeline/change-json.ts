import {
  ConditionalConflictError,
  ObjectChangedError,
  ObjectMissingError,
  type ObjectStore,
  PreconditionFailedError,
  readBytes,
} from '../storage/object-store.ts';

interface Changing<T> {
  parse: (value: unknown) => T;
  /** What it is to be, given what stands (null = nothing); null leaves it as it is. */
  change: (standing: T | null) => T | null;
}

/** Changes a JSON object that many may write: whoever was slower reads again, and decides anew. The answer is what stands in the end. */
export async function changeJson<T>(store: ObjectStore, key: string, changing: Changing<T>): Promise<T | null> {
  for (;;) {
    const tried = await tryChange(store, key, changing);
    if (tried !== 'too late') return tried.stands;
  }
}

async function tryChange<T>(
  store: ObjectStore,
  key: string,
  { parse, change }: Changing<T>,
): Promise<{ stands: T | null } | 'too late'> {
  try {
    const info = await store.head(key);
    const bytes = info === null ? null : await readBytes(store, key, { ifMatch: info.etag });
    const standing = bytes === null ? null : parse(JSON.parse(bytes.toString('utf8')));
    const wanted = change(standing);
    if (wanted === null) return { stands: standing };
    const condition = info === null ? { ifNoneMatch: '*' as const } : { ifMatch: info.etag };
    await store.write(key, `${JSON.stringify(wanted, null, 2)}\n`, { contentType: 'application/json', ...condition });
    return { stands: wanted };
  } catch (error) {
    if (TOO_LATE.some((kind) => error instanceof kind)) return 'too late';
    throw error;
  }
}

const TOO_LATE = [PreconditionFailedError, ConditionalConflictError, ObjectChangedError, ObjectMissingError];
