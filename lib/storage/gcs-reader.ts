import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library';
import { reasonOf, statusOf } from './gcs-errors.ts';
import { gcsStore } from './gcs-store.ts';
import { ObjectMissingError, ObjectRefusedError, type ReadableStore, type ReadOptions } from './object-store.ts';

export interface GoogleReader {
  bucket: string;
  /**
   * What a token is got with: `default` = what Google's libraries find on this machine, `none` = nothing, so that each read is refused;
   * else a path, or a configuration as JSON.
   */
  credentials: 'default' | 'none' | { config: string };
  /** The origin of a stand-in for Cloud Storage, which is shown no credentials. */
  endpoint?: string;
}

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';
const STAND_IN_TOKEN = 'finedrop-stand-in';

/**
 * A bucket of Cloud Storage that is read, and nothing else. A read is of the generation that stands when it begins. What stays so until
 * somebody changes it throws `ObjectRefusedError`. Nothing is opened, and nobody asked, before the first read.
 */
export function googleReader(reader: GoogleReader): ReadableStore {
  let opened: Promise<Opened> | undefined;
  const open = () => {
    opened ??= openReader(reader);
    // What could not be opened is tried anew by the next read.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  return {
    list: async function* (prefix) {
      yield* (await open()).store.list(prefix);
    },
    head: async (key) => (await open()).store.head(key),
    read: async function* (key, options) {
      yield* readObject(await open(), key, options ?? {});
    },
  };
}

interface Opened {
  store: ReadableStore;
  authClient: AuthClient;
}

async function openReader(reader: GoogleReader): Promise<Opened> {
  const { bucket, endpoint } = reader;
  const authClient = await openCredentials(reader);
  // Reading a bucket takes no project; without one, the client would look for it on this machine.
  const store = gcsStore({ bucket, project: 'unused', authClient, ...(endpoint === undefined ? {} : { endpoint }) });
  return { store, authClient };
}

async function openCredentials({ bucket, credentials, endpoint }: GoogleReader): Promise<AuthClient> {
  if (endpoint !== undefined) {
    const client = new OAuth2Client();
    client.setCredentials({ access_token: STAND_IN_TOKEN });
    return client;
  }
  try {
    if (credentials === 'none') throw new Error('no credentials are given');
    return await new GoogleAuth({ scopes: [SCOPE], ...sourceOf(credentials) }).getClient();
  } catch (cause) {
    // The cause may quote a configuration: it is kept for whoever looks, and not shown.
    throw new ObjectRefusedError(bucket, 'credentials', { cause });
  }
}

function sourceOf(
  credentials: 'default' | { config: string },
): { keyFilename: string } | { credentials: object } | object {
  if (credentials === 'default') return {};
  const config = credentials.config.trim();
  return config.startsWith('{') ? { credentials: JSON.parse(config) as object } : { keyFilename: config };
}

async function* readObject(opened: Opened, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  await getToken(opened.authClient, key);
  try {
    const ifMatch = options.ifMatch ?? (await generationOf(opened.store, key));
    yield* opened.store.read(key, { ...options, ifMatch });
  } catch (error) {
    throw refusalOf(error, key) ?? error;
  }
}

/** Apart from the read: of its answers alone nobody could tell whose refusal it is. */
async function getToken(authClient: AuthClient, key: string): Promise<void> {
  try {
    await authClient.getAccessToken();
  } catch (cause) {
    const status = statusOf(cause);
    if (status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429)
      throw new ObjectRefusedError(key, 'credentials', { cause });
    throw new Error(`[gcs] there is no token to read "${key}" with now. Try again later.`, { cause });
  }
}

async function generationOf(store: ReadableStore, key: string): Promise<string> {
  const info = await store.head(key);
  if (info !== null) return info.etag;
  if (await isBucketMissing(store, key)) throw new ObjectRefusedError(key, 'bucket-missing');
  throw new ObjectMissingError(key);
}

/** Both are 404 to whoever looks at an object; a caller who may not list learns no more. */
async function isBucketMissing(store: ReadableStore, key: string): Promise<boolean> {
  try {
    for await (const _ of store.list(key)) break;
    return false;
  } catch (error) {
    return statusOf(error) === 404;
  }
}

/** Reasons of 403 that wait for time and not for somebody. */
const PASSING = /rateLimit|quotaExceeded|Throttled/i;
const ENCRYPTED = /EncryptionKey|^cloudKms/i;

function refusalOf(cause: unknown, key: string): ObjectRefusedError | null {
  const status = statusOf(cause);
  const reason = reasonOf(cause);
  if (status === 401) return new ObjectRefusedError(key, 'credentials', { cause });
  if (status !== 400 && status !== 403) return null;
  if (ENCRYPTED.test(reason)) return new ObjectRefusedError(key, 'encrypted', { cause });
  return status === 400 || PASSING.test(reason) ? null : new ObjectRefusedError(key, 'denied', { cause });
}
