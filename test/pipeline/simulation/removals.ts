import { ledgerEntrySchema } from '../../../lib/pipeline/ledger.ts';
import type { Services } from '../../../lib/pipeline/services.ts';
import type { ProviderClient } from '../../../lib/providers/provider.ts';
import { type ObjectStore, readBytes, type WriteOptions } from '../../../lib/storage/object-store.ts';
import type { Season } from './weather.ts';
import type { Call, Removal } from './world.ts';

const LEDGER = /^\.finedrop\/ledger\//;
const CLAIM = /^\.finedrop\/claims\//;
const GATE = /\/gate\.json$/;
const SPEND = /^\.finedrop\/spend\//;
const LONG_AGO = new Date(0).toISOString();

export interface Element {
  removal: Removal;
  /** In which weather the protocol without it fails. */
  season: Season;
  /** What the histories must show. */
  shows: RegExp;
}

const PAID_TWICE = /jobs were paid/;

/** Each element of the protocol, taken away by what stands between the steps and their ports. */
export const ELEMENTS: Readonly<Record<string, Element>> = {
  'the look for a job before a create': {
    season: 'bounded',
    shows: PAID_TWICE,
    removal: (services, { step }) =>
      step === 'submit' ? withClient(services, { findJobs: async () => [] }) : services,
  },
  'the rule that a list which fails is not an empty one': {
    season: 'bounded',
    shows: PAID_TWICE,
    removal: (services) =>
      withClient(services, (client) => ({ findJobs: (key) => client.findJobs(key).catch(() => []) })),
  },
  'the quiet time': {
    season: 'bounded',
    shows: PAID_TWICE,
    removal: (services) => withLedgerRead(services, (entry) => ({ ...entry, quietUntil: LONG_AGO })),
  },
  'the self-fence': { season: 'bounded', shows: /creates after its intent allows/, removal: withoutFence },
  'the intent before a create': {
    season: 'bounded',
    shows: PAID_TWICE,
    removal: (services) => withWrite(services, LEDGER, dropIntents),
  },
  'the conditions on writes of the ledger': {
    season: 'bounded',
    shows: PAID_TWICE,
    removal: (services) => withWrite(services, LEDGER, unconditionally),
  },
  'the doubt after a lost answer': {
    season: 'bounded',
    shows: PAID_TWICE,
    removal: (services) =>
      withClient(services, (client) => ({
        createJob: async (request, options) => {
          const outcome = await client.createJob(request, options);
          return outcome.outcome === 'unknown' ? { ...outcome, outcome: 'later', afterSeconds: 1 } : outcome;
        },
      })),
  },
  'the look at whether the run was cancelled': {
    season: 'bounded',
    shows: /was cancelled|seen to be cancelled/,
    removal: (services) => withRead(services, CLAIM, (text) => text.replace(/"cancel": true/, '"cancel": false')),
  },
  'the look of a held run for what an earlier attempt may have made': {
    season: 'bounded',
    shows: /is not in the ledger/,
    removal: (services, { step }) =>
      step === 'gate'
        ? withLedgerRead(services, (entry) => (entry.state === 'intent' ? { ...entry, state: 'none' } : entry))
        : services,
  },
  'the word that a held plan allows no job': {
    season: 'bounded',
    shows: /though its plan is held/,
    removal: (services) => withRead(services, GATE, (text) => text.replace('"mayCreate":false', '"mayCreate":true')),
  },
  'the sweep': {
    season: 'beyond',
    shows: /live on/,
    removal: (services, { step }) => (step === 'poll' ? withClient(services, { findJobs: async () => [] }) : services),
  },
  'the one order of jobs with the same key': { season: 'beyond', shows: /was older/, removal: withoutOrder },
  'the conditions on writes of what a day has spent': {
    season: 'bounded',
    shows: /are reserved|no day's note/,
    removal: (services) => withWrite(services, SPEND, unconditionally),
  },
};

type Change = Partial<ProviderClient> | ((client: ProviderClient) => Partial<ProviderClient>);

function withClient(services: Services, change: Change): Services {
  return {
    ...services,
    client: async (...words) => {
      const client = await services.client(...words);
      return { ...client, ...(typeof change === 'function' ? change(client) : change) };
    },
  };
}

function withRead(services: Services, which: RegExp, change: (text: string) => string): Services {
  const { results } = services;
  const read: ObjectStore['read'] = async function* (key, options) {
    if (!which.test(key)) return yield* results.read(key, options);
    const bytes = await readBytes(results, key, options);
    if (bytes === null) return yield* results.read(key, options);
    yield Buffer.from(change(bytes.toString()));
  };
  return { ...services, results: { ...results, read } };
}

type Entry = ReturnType<typeof ledgerEntrySchema.parse>;

function withLedgerRead(services: Services, change: (entry: Entry) => Entry): Services {
  return withRead(services, LEDGER, (text) => JSON.stringify(change(ledgerEntrySchema.parse(JSON.parse(text)))));
}

type Write = (store: ObjectStore, key: string, body: string, options: WriteOptions) => ReturnType<ObjectStore['write']>;

function withWrite(services: Services, which: RegExp, write: Write): Services {
  const { results } = services;
  return {
    ...services,
    results: {
      ...results,
      write: (key, body, options) =>
        which.test(key) ? write(results, key, String(body), options ?? {}) : results.write(key, body, options),
    },
  };
}

const unconditionally: Write = (store, key, body) => store.write(key, body);

/** What was not written is said to have been. */
const dropIntents: Write = async (store, key, body) =>
  ledgerEntrySchema.parse(JSON.parse(body)).state === 'intent'
    ? { key, size: body.length, etag: 'none' }
    : store.write(key, body);

/** From the intent on, the clock of the call stands still: the time that its write took is not seen. */
function withoutFence(services: Services, { step }: Call): Services {
  if (step !== 'submit') return services;
  let stopped: Date | null = null;
  const watched = withWrite(services, LEDGER, (store, key, body, options) => {
    stopped = services.now();
    return store.write(key, body, options);
  });
  return { ...watched, now: () => stopped ?? services.now() };
}

/** Whoever looks sees the jobs in an order of his own. */
function withoutOrder(services: Services, { begunAt }: Call): Services {
  return withClient(services, (client) => ({
    findJobs: async (key) => {
      const found = await client.findJobs(key);
      const rank = (id: string) => Number.parseInt(id.slice(4), 10) * (begunAt % 2 === 0 ? 1 : -1);
      return found.map((job) => ({ ...job, createdAt: new Date(1e12 + rank(job.id) * 1000).toISOString() }));
    },
  }));
}
