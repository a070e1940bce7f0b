import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Blobs, openBlobs } from './blobs.ts';
import { type BucketLog, openBucketLog } from './bucket-log.ts';
import { type KeyPage, type ListQuery, listKeys } from './listing.ts';
import type { ObjectDraft, Piece, StoredObject } from './stored-object.ts';
import { openVersions, type Versions, versionOf } from './versions.ts';

/** What a conditional change came to; `current` is what stood there when the condition refused. */
export type Outcome<T> = { done: true; object: T } | { done: false; current: StoredObject | null };

/** Judges the present object (null: none) at the moment of the change, with no other writer in between. */
export type Condition = (current: StoredObject | null) => boolean;

export interface ObjectPage extends Omit<KeyPage, 'keys'> {
  objects: StoredObject[];
}

interface CommitOptions {
  now: Date;
  condition?: Condition;
  keepRefused?: boolean;
}

export interface Bucket {
  name: string;
  region: string;
  /** ISO 8601. */
  created: string;
  head(key: string): StoredObject | null;
  versions: Pick<Versions, 'areKept' | 'keep' | 'find'>;
  list(query: ListQuery): ObjectPage;
  receive: Blobs['receive'];
  duplicate: Blobs['duplicate'];
  discard(received: readonly Piece[]): Promise<void>;
  /** Makes received pieces an object in one step; where the condition refuses, they are removed unless `keepRefused`. */
  commit(key: string, draft: ObjectDraft, options: CommitOptions): Promise<Outcome<StoredObject>>;
  /** Changes what is said about an object, not its bytes; null from `change` counts as refused. */
  amend(
    key: string,
    change: (current: StoredObject) => Partial<ObjectDraft> | null,
    options: { now: Date },
  ): Promise<Outcome<StoredObject>>;
  /** `object` is what was removed; null when nothing stood there. */
  remove(key: string, condition?: Condition): Promise<Outcome<StoredObject | null>>;
  read(object: StoredObject, range?: { offset: number; length: number }): Promise<AsyncIterable<Uint8Array>>;
  /** Received bytes that are no object yet. */
  readPieces(pieces: readonly Piece[]): Promise<AsyncIterable<Uint8Array>>;
}

/** Opens a bucket's folder, which exists; other processes may have it open too. */
export function openBucket(folder: string, facts: Pick<Bucket, 'name' | 'region' | 'created'>): Bucket {
  const log = openBucketLog(join(folder, 'objects.log'));
  const blobs = openBlobs(join(folder, 'blobs'));
  const versions = openVersions(folder);
  const place: Place = { log, blobs, versions };
  return {
    ...facts,
    head: log.find,
    versions,
    list(query) {
      const { keys, ...page } = listKeys(log.keys(), query);
      return { ...page, objects: log.findAll(keys) };
    },
    receive: blobs.receive,
    duplicate: blobs.duplicate,
    discard: blobs.discard,
    commit: (key, draft, options) => commit(place, { key, draft, ...options }),
    amend: (key, change, { now }) => amend(log, { key, change, now }),
    remove: (key, condition) => remove(place, { key, condition }),
    read: (object, range) => blobs.read(object.pieces, range ?? { offset: 0, length: object.size }),
    readPieces: (pieces) => blobs.read(pieces, { offset: 0, length: sizeOf(pieces) }),
  };
}

interface Place {
  log: BucketLog;
  blobs: Blobs;
  versions: Versions;
}

interface Commit extends CommitOptions {
  key: string;
  draft: ObjectDraft;
}

interface Committed {
  outcome: Outcome<StoredObject>;
  replaced: StoredObject | null;
}

async function commit(place: Place, { key, draft, now, condition, keepRefused = false }: Commit) {
  const isVersioned = place.versions.areKept();
  const named = isVersioned ? { ...draft, notes: { ...draft.notes, versionId: newVersion() } } : draft;
  const { outcome, replaced } = await place.log.change<Committed>(key, (current) => {
    if (condition !== undefined && !condition(current)) {
      return { result: { outcome: { done: false, current }, replaced: null } };
    }
    const object = composeRecord({ key, draft: named, now, current });
    return { record: object, result: { outcome: { done: true, object }, replaced: current } };
  });
  if (outcome.done && isVersioned) await remember(place, [replaced, outcome.object]);
  else if (outcome.done) await place.blobs.discard(piecesWithout(replaced, draft));
  else if (!keepRefused) await place.blobs.discard(draft.pieces);
  return outcome;
}

function newVersion(): string {
  return randomBytes(16).toString('hex');
}

/** Those that stood before versions were kept are known by no version of their own yet. */
async function remember({ versions }: Place, objects: readonly (StoredObject | null)[]): Promise<void> {
  for (const object of objects) {
    if (object !== null && versions.find(object.key, versionOf(object)) === null) await versions.add(object);
  }
}

/** An upload that is completed twice at once keeps its bytes. */
function piecesWithout(replaced: StoredObject | null, draft: ObjectDraft): Piece[] {
  const own = new Set(draft.pieces.map((piece) => piece.blob));
  return (replaced?.pieces ?? []).filter((piece) => !own.has(piece.blob));
}

function composeRecord({ key, draft, now, current }: Commit & { current: StoredObject | null }): StoredObject {
  return {
    key,
    size: sizeOf(draft.pieces),
    etag: draft.etag,
    checksums: draft.checksums,
    pieces: draft.pieces,
    contentType: draft.contentType ?? 'application/octet-stream',
    headers: draft.headers ?? {},
    metadata: draft.metadata ?? {},
    notes: draft.notes ?? {},
    generation: nextGeneration(current, now),
    metageneration: 1,
    created: now.toISOString(),
    updated: now.toISOString(),
  };
}

function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.size, 0);
}

/** Cloud Storage's generations are microseconds; simulated time may stand still, generations may not. */
function nextGeneration(current: StoredObject | null, now: Date): string {
  const wanted = BigInt(now.getTime()) * 1000n;
  const least = BigInt(current?.generation ?? 0) + 1n;
  return String(wanted > least ? wanted : least);
}

interface Amendment {
  key: string;
  change: (current: StoredObject) => Partial<ObjectDraft> | null;
  now: Date;
}

function amend(log: BucketLog, { key, change, now }: Amendment) {
  return log.change<Outcome<StoredObject>>(key, (current) => {
    const changed = current === null ? null : change(current);
    if (current === null || changed === null) return { result: { done: false, current } };
    const times = { metageneration: current.metageneration + 1, updated: now.toISOString() };
    const object = { ...current, ...changed, ...times };
    return { record: object, result: { done: true, object } };
  });
}

async function remove(place: Place, { key, condition }: { key: string; condition: Condition | undefined }) {
  const outcome = await place.log.change<Outcome<StoredObject | null>>(key, (current) => {
    if (condition !== undefined && !condition(current)) return { result: { done: false, current } };
    return { ...(current === null ? {} : { record: null }), result: { done: true, object: current } };
  });
  if (!outcome.done || outcome.object === null) return outcome;
  if (place.versions.areKept()) await remember(place, [outcome.object]);
  else await place.blobs.discard(outcome.object.pieces);
  return outcome;
}
