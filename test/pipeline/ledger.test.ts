import { beforeEach, describe, expect, it } from 'vitest';
import { changeLedger, type LedgerEntry, readLedger } from '../../lib/pipeline/ledger.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { ConditionalConflictError, type ObjectStore, PreconditionFailedError } from '../../lib/storage/object-store.ts';
import { servicesOf } from '../factories.ts';

const KEY = '9c1e'.repeat(10);

function intentOf(writer: string, attempt: number = 1): LedgerEntry {
  return {
    state: 'intent',
    key: KEY,
    attempt,
    writer,
    dataset: 'museum',
    run: 'run-1',
    postBy: '2026-11-23T09:00:05.000Z',
    quietUntil: '2026-11-23T09:02:40.000Z',
  };
}

describe('changeLedger', () => {
  let results: ObjectStore;
  const services = (store: ObjectStore = results): Services => servicesOf({ results: store });
  beforeEach(() => {
    results = memoryStore();
  });

  it('creates an entry where none is, and not over one', async () => {
    const first = await changeLedger(services(), intentOf('one'), null);
    expect(first).not.toBeNull();
    expect(await changeLedger(services(), intentOf('two'), null)).toBeNull();
    expect(await readLedger(services(), KEY)).toEqual(first);
  });

  it('replaces the entry that was read, and no other', async () => {
    const first = await changeLedger(services(), intentOf('one'), null);
    const second = await changeLedger(services(), intentOf('two', 2), first);
    expect(second).not.toBeNull();
    expect(await changeLedger(services(), intentOf('three', 2), first)).toBeNull();
    expect((await readLedger(services(), KEY))?.entry.writer).toBe('two');
  });

  it('knows its own write again whose answer was lost on the way and which a repeat then found refused', async () => {
    const repeating: ObjectStore = {
      ...results,
      write: async (key, body, options) => {
        await results.write(key, body, options);
        return results.write(key, body, options);
      },
    };
    const first = await changeLedger(services(repeating), intentOf('one'), null);
    expect(first?.entry.writer).toBe('one');
    const second = await changeLedger(services(repeating), intentOf('two', 2), first);
    expect(second?.entry.writer).toBe('two');
    expect(await readLedger(services(), KEY)).toEqual(second);
  });

  it.each([
    ['writes that met', new ConditionalConflictError(KEY)],
    ['an entry that was removed', new PreconditionFailedError(KEY)],
  ])('says that nothing was written after %s', async (_what, error) => {
    const refusing: ObjectStore = { ...results, write: () => Promise.reject(error) };
    expect(await changeLedger(services(refusing), intentOf('one'), null)).toBeNull();
  });

  it('throws what is broken', async () => {
    const broken: ObjectStore = { ...results, write: () => Promise.reject(new Error('disk full')) };
    await expect(changeLedger(services(broken), intentOf('one'), null)).rejects.toThrow('disk full');
  });

  it.each(['', '{', '{"state":"intent"}', JSON.stringify({ ...intentOf('one'), state: 'paid' })])(
    'never takes a ledger that it cannot read for an empty one: %s',
    async (text) => {
      await results.write(keys.ledger(KEY), text);
      await expect(readLedger(services(), KEY)).rejects.toThrow();
    },
  );
});
