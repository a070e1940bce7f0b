import { z } from 'zod';
import { type Finding, findingAt, findingSchema } from '../domain/finding.ts';
import type { WorkKeys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { objectOfRecord } from './drop-names.ts';
import type { Fix } from './fixes.ts';
import type { Manifest } from './manifest.ts';
import { readAhead } from './read-ahead.ts';
import { type ShardNeeds, shardNeedsSchema } from './row-record.ts';
import type { Services } from './services.ts';

/** Each is a request to somebody's server; whoever has more of them has an archive, too. */
export const MOST_LINKS = 10_000;
/** Each is a request that the operator pays for. */
export const MOST_OBJECTS = 1_000_000;
const MISSING_TOLD = 1000;
const READ_AT_ONCE = 16;

/** Where a record is that no batch brings: links, which `fetch` brings. */
export const NO_BATCH = -1;

/** All that planning keeps of the shards: each distinct file once, and what is rare. */
export interface Gathered {
  rows: number;
  marked: number;
  /** Of these, those that validate. */
  validation: number;
  shards: { file: number; key: string; rows: number }[];
  fixes: Fix[];
  missing: Set<string>;
  /** URL by record; one more than `MOST_LINKS` at most. */
  links: Map<string, string>;
  /** The batch that brings each asset record that rows name. */
  records: Map<string, number>;
  /** Distinct objects of buckets. */
  objects: number;
  findings: Finding[];
}

/** Joins what the shards need from elsewhere, in the order of the rows. */
export async function gatherNeeds(services: Services, manifest: Manifest, work: WorkKeys): Promise<Gathered> {
  const gathered: Gathered = {
    rows: 0,
    marked: 0,
    validation: 0,
    shards: [],
    fixes: [],
    missing: new Set(),
    links: new Map(),
    records: new Map(),
    objects: 0,
    findings: [],
  };
  for (const file of manifest.files.keys()) {
    const notes = readAhead(services.results.list(work.rowsOf(file)), READ_AT_ONCE, ({ key }) =>
      readNote(services, key),
    );
    for await (const note of notes) {
      if (note === null) continue;
      if ('needs' in note) addNeeds(gathered, manifest, { file, ...note });
      else for (const finding of note.findings) gathered.findings.push(finding);
    }
  }
  if (gathered.objects > MOST_OBJECTS) gathered.findings.push(tooManyObjects());
  return gathered;
}

/** What the shard of that key needs. */
export async function readNeeds({ results }: Services, shardKey: string): Promise<ShardNeeds> {
  const key = shardKey.replace(/\.jsonl$/, '.needs.json');
  const needs = await readJson(results, key, (value) => shardNeedsSchema.parse(value));
  if (needs === null) throw new Error(`[collect] "${key}" is missing. Run again.`);
  return needs;
}

type Note = { key: string; needs: ShardNeeds } | { findings: Finding[] } | null;

/** Beside the shards themselves lie their needs, and a summary of each call that wrote them. */
async function readNote(services: Services, key: string): Promise<Note> {
  if (key.endsWith('.needs.json')) {
    const shardKey = key.replace(/\.needs\.json$/, '.jsonl');
    return { key: shardKey, needs: await readNeeds(services, shardKey) };
  }
  if (!key.includes('/summary-')) return null;
  return readJson(services.results, key, (value) => z.looseObject({ findings: z.array(findingSchema) }).parse(value));
}

function addNeeds(
  gathered: Gathered,
  { files }: Manifest,
  { file, key, needs }: { file: number; key: string; needs: ShardNeeds },
): void {
  const { links, missing } = gathered;
  gathered.rows += needs.rows;
  gathered.marked += needs.marked;
  gathered.validation += needs.validation;
  gathered.shards.push({ file, key, rows: needs.rows });
  for (const fix of needs.fixes) gathered.fixes.push({ ...fix, file });
  for (const { record, url } of needs.links) if (links.size <= MOST_LINKS) links.set(record, url);
  for (const name of needs.missing) if (missing.size < MISSING_TOLD) missing.add(name);
  // Of what the history holds, only files of rows that still stand are brought; merging tells which.
  if (files[file]?.format === 'history') return;
  for (const record of needs.records) addRecord(gathered, record);
}

/** Notes a file that must be brought. */
export function addRecord(gathered: Gathered, record: string): void {
  const isNewObject = objectOfRecord(record) !== null && !gathered.records.has(record);
  if (isNewObject && gathered.objects > MOST_OBJECTS) return;
  if (isNewObject) gathered.objects += 1;
  gathered.records.set(record, NO_BATCH);
}

function tooManyObjects(): Finding {
  return findingAt(
    {
      code: 'OBJECTS_TOO_MANY',
      severity: 'error',
      message: `the rows name more than ${MOST_OBJECTS} different objects of buckets`,
      hint: 'Put the files into archives: they are read in long stretches, without a request for each.',
    },
    {},
  );
}
