import { claimSchema } from '../../../lib/domain/run.ts';
import { ledgerEntrySchema } from '../../../lib/pipeline/ledger.ts';
import {
  ConditionalConflictError,
  type ObjectInfo,
  type ObjectStore,
  PreconditionFailedError,
  readBytes,
  type WriteOptions,
} from '../../../lib/storage/object-store.ts';
import { type Call, isRough, note, TroubleError, through, violate, type World } from './world.ts';

/** What decides about jobs and money. All else is read and written without trouble: it changes no job. */
const DECIDES = /^\.finedrop\/(ledger|claims|spend)\/|\/jobs\//;
/** What is only told, and never read again here. */
const TOLD = /\/(steps|failures)\//;
const LEDGER = /^\.finedrop\/ledger\//;
const CLAIM = /^\.finedrop\/claims\//;
const SPEND = /^\.finedrop\/spend\//;

/** The results as one call sees them: writes fail, are applied without an answer, late, or twice. */
export function hostileStore(world: World, call: Call): ObjectStore {
  const { store } = world;
  return {
    ...store,
    head: (key) =>
      DECIDES.test(key) ? through(world, call, `head ${nameOf(key)}`, () => store.head(key)) : store.head(key),
    read: async function* (key, options) {
      if (!DECIDES.test(key)) return yield* store.read(key, options);
      const bytes = await through(world, call, `read ${nameOf(key)}`, () => readBytes(store, key, options));
      // Missing objects are told of as the store does it.
      if (bytes === null) return yield* store.read(key, options);
      if (CLAIM.test(key)) noteCancel(world, call, bytes);
      yield bytes;
    },
    write: async (key, body, options = {}) =>
      TOLD.test(key)
        ? { key, size: 0, etag: '' }
        : DECIDES.test(key)
          ? through(world, call, `write ${nameOf(key)}`, () =>
              hostileWrite(world, call, { key, body: String(body), options }),
            )
          : store.write(key, body, options),
  };
}

const nameOf = (key: string) => key.replace(/^\.finedrop\//, '').replace(/([0-9a-f]{4})[0-9a-f]{36}/, '$1…');

function noteCancel(world: World, call: Call, bytes: Buffer): void {
  if (claimSchema.parse(JSON.parse(bytes.toString())).cancel !== true || call.sawCancel) return;
  call.sawCancel = true;
  if (!world.cancelSeen.has(call.run)) world.cancelSeen.set(call.run, world.time.now());
  note(world, call.name, 'sees that its run is cancelled');
}

interface Writing {
  key: string;
  body: string;
  options: WriteOptions;
}

async function hostileWrite(world: World, call: Call, writing: Writing): Promise<ObjectInfo> {
  const { random, weather } = world;
  const isConditional = writing.options.ifMatch !== undefined || writing.options.ifNoneMatch !== undefined;
  if (isRough(world)) {
    if (isConditional && random.chance(weather.conflict)) throw new ConditionalConflictError(writing.key);
    if (isConditional && random.chance(weather.lateWrite)) return writeLate(world, call, writing);
    if (random.chance(weather.storeFails)) return writeBadly(world, call, writing);
  }
  return apply(world, call, writing);
}

/** The request was given up, and is on its way all the same. */
function writeLate(world: World, call: Call, writing: Writing): never {
  note(world, call.name, `the write of ${nameOf(writing.key)} will be applied late`);
  world.time.later(world.random.between(1000, 60_000), () => {
    apply(world, call, writing).catch(() => note(world, call.name, 'the late write comes too late'));
  });
  throw new TroubleError('the store does not answer');
}

async function writeBadly(world: World, call: Call, writing: Writing): Promise<ObjectInfo> {
  switch (world.random.pick(['fails', 'loses the answer', 'is sent twice'])) {
    case 'loses the answer':
      await apply(world, call, writing);
      note(world, call.name, 'the answer is lost');
      throw new TroubleError('the store does not answer');
    case 'is sent twice':
      // The client of the store repeats what was applied: with a condition, the second says that somebody was first.
      await apply(world, call, writing);
      return apply(world, call, writing);
    default:
      note(world, call.name, `the write of ${nameOf(writing.key)} fails`);
      throw new TroubleError('the store fails');
  }
}

async function apply(world: World, call: Call, { key, body, options }: Writing): Promise<ObjectInfo> {
  try {
    const info = await world.store.write(key, body, options);
    noteWrite(world, call, key, body);
    return info;
  } catch (error) {
    if (error instanceof PreconditionFailedError) note(world, call.name, `was not first to write ${nameOf(key)}`);
    throw error;
  }
}

function noteWrite(world: World, call: Call, key: string, body: string): void {
  if (LEDGER.test(key)) {
    const entry = ledgerEntrySchema.parse(JSON.parse(body));
    const job = entry.state === 'submitted' ? ` ${entry.job}` : '';
    note(world, call.name, `ledger: ${entry.state}${job}, attempt ${entry.attempt} of ${entry.run}`);
    const [first] = call.found;
    if (entry.state === 'submitted' && first !== undefined && first.id !== entry.job)
      violate(world, `${entry.job} is taken, and ${first.id} was older`);
    call.postBy = entry.state === 'intent' ? Date.parse(entry.postBy) : null;
  } else {
    note(world, call.name, `wrote ${nameOf(key)}`);
  }
  if (SPEND.test(key)) checkSpend(world, body);
}

/** What stands in the note is what other runs may not spend. */
function checkSpend(world: World, body: string): void {
  const { jobs } = JSON.parse(body) as { jobs: Record<string, { usd: number }> };
  const byKey = new Map(Object.entries(jobs).map(([name, { usd }]) => [name.slice(0, 40), usd]));
  const total = [...byKey.values()].reduce((sum, usd) => sum + usd, 0);
  note(
    world,
    'spend',
    `${total} dollars: ${Object.keys(jobs)
      .map((name) => name.slice(0, 4))
      .join(' ')}`,
  );
  if (world.limit !== null && total > world.limit)
    violate(world, `${total} dollars are reserved, ${world.limit} are allowed`);
}
