import { z } from 'zod';
import { keys } from '../storage/keys.ts';
import { ConditionalConflictError, PreconditionFailedError, readBytes } from '../storage/object-store.ts';
import type { Services } from './services.ts';

const intentSchema = z.strictObject({
  state: z.literal('intent'),
  key: z.string(),
  attempt: z.int().positive(),
  /** Names this very write, so that a lost answer to it can be told from another's. */
  writer: z.string(),
  dataset: z.string(),
  run: z.string(),
  /** The create may be sent until then (self-fence). */
  postBy: z.string(),
  /** What was sent until `postBy` has come to light by then, or never will. */
  quietUntil: z.string(),
});

const submittedSchema = intentSchema.extend({
  state: z.literal('submitted'),
  job: z.string(),
  /** The job was there before `run` came: what `run` itself created, or may have created, is not adopted. */
  adopted: z.boolean(),
  submittedAt: z.string(),
});

const refusedSchema = intentSchema.extend({
  state: z.literal('refused'),
  execution: z.string(),
  code: z.string(),
  message: z.string(),
});

/** Nothing came of the intent, and who looked for that was not to try again. */
const noneSchema = intentSchema.extend({ state: z.literal('none') });

/** What finedrop knows of the one job that a job key stands for. It moves from intent to submitted, refused or none. */
export const ledgerEntrySchema = z.discriminatedUnion('state', [
  intentSchema,
  submittedSchema,
  refusedSchema,
  noneSchema,
]);
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
export type Intent = z.infer<typeof intentSchema>;

export interface StandingEntry {
  entry: LedgerEntry;
  etag: string;
}

/** The entry of a job key with the ETag to change it by, or null. */
export async function readLedger({ results }: Services, key: string): Promise<StandingEntry | null> {
  const info = await results.head(keys.ledger(key));
  const bytes = info === null ? null : await readBytes(results, keys.ledger(key));
  return info === null || bytes === null
    ? null
    : { entry: ledgerEntrySchema.parse(JSON.parse(bytes.toString('utf8'))), etag: info.etag };
}

/** Writes an entry over the one that was read (or where none was). null = another writer was first: read again. */
export async function changeLedger(
  services: Services,
  entry: LedgerEntry,
  standing: StandingEntry | null,
): Promise<StandingEntry | null> {
  const condition = standing === null ? { ifNoneMatch: '*' as const } : { ifMatch: standing.etag };
  try {
    const { etag } = await services.results.write(
      keys.ledger(entry.key),
      `${JSON.stringify(entry, null, 2)}\n`,
      condition,
    );
    return { entry, etag };
  } catch (error) {
    if (error instanceof ConditionalConflictError) return null;
    if (!(error instanceof PreconditionFailedError)) throw error;
    // The first try may have been applied and its answer lost: then what stands is this very write.
    const now = await readLedger(services, entry.key);
    return now?.entry.writer === entry.writer && now.entry.state === entry.state ? now : null;
  }
}
