import { excerpt } from '../domain/excerpt.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { RowKeys } from '../rows/row-keys.ts';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { type Holding, isHeld, newHolding, noteBefore, noteOwn } from './held-rows.ts';
import { type Manifest, mergesRows } from './manifest.ts';
import { replacingKeys, retiredKey, takenOutKeys } from './merge-keys.ts';
import { addRecord, type Gathered } from './plan-needs.ts';
import type { KeptLine } from './read-kept.ts';
import { type RetiredRow, readRetiredRows } from './read-retired.ts';
import type { RowRecord } from './row-record.ts';
import type { Services } from './services.ts';

/** What merging needs of one row; null = it was refused while it was read, and is nobody's rival. */
export type KeyLine = (RowKeys & { example: string; split: 'train' | 'validation' | null; records?: string[] }) | null;

/** The line of `rowsKeys` for a row. Files of rows that only the history holds are brought for those that stand. */
export function keyLine({ example, keys: rowKeys, references, origin }: RowRecord): KeyLine {
  if (example === null || rowKeys === undefined) return null;
  const { id, ...hashes } = rowKeys;
  return {
    ...hashes,
    ...(id === undefined ? {} : { id }),
    example: example.id,
    split: example.split,
    ...(origin === undefined ? {} : { records: references.map(({ record }) => record) }),
  };
}

const UNKNOWN_TOLD = 20;

/**
 * Decides which rows stand where several states are merged, or lists take rows out: newer rows stand for older ones of the same key, and
 * what was taken out is out of every state before. Notes the others, and takes them off what was gathered.
 */
export async function mergeRows(services: Services, manifest: Manifest, gathered: Gathered): Promise<Finding[]> {
  if (!mergesRows(manifest)) return [];
  const merging: Merging = {
    services,
    manifest,
    gathered,
    newer: new Set(),
    retired: await listRetired(services, manifest),
    out: new Set(),
    holding: newHolding(),
  };
  for (const key of merging.retired.keys()) merging.out.add(key);
  const { own, kept } = statesOf(manifest);
  for (const file of own)
    await mergeFile(merging, file, (line) => noteOwn(merging.holding, replacingKeys(line, manifest.spec.retrain)));
  for (const key of merging.holding.own) merging.newer.add(key);
  for (const file of kept) {
    const ofState: string[] = [];
    await mergeFile(merging, file, (line) => {
      const replacing = replacingKeys(line, manifest.spec.retrain);
      noteBefore(merging.holding, line, { replacing, takenOut: takenOutKeys(line) });
      // What a row replaced stays away, also when another has replaced that row since.
      ofState.push(...replacing);
    });
    for (const key of ofState) {
      merging.newer.add(key);
      merging.holding.newer.add(key);
    }
    await takeOutBefore(merging, file);
  }
  if (kept.length > 0) for (const file of own) await noteHeld(merging, file);
  return unknownFindings([...merging.retired.values()].filter(({ isKnown }) => !isKnown));
}

interface Merging {
  services: Services;
  manifest: Manifest;
  gathered: Gathered;
  /** Keys of all newer states. */
  newer: Set<string>;
  /** What the drop's own lists take out, by key. */
  retired: Map<string, RetiredRow & { isKnown: boolean }>;
  /** Keys that this or a newer state takes out. */
  out: Set<string>;
  holding: Holding;
}

/** The numbers of the drop's own files, and of those that stand for earlier states, the newest first. */
function statesOf({ files }: Manifest): { own: number[]; kept: number[] } {
  const numbers = [...files.keys()];
  const isKept = (number: number) => files[number]?.format === 'history';
  return { own: numbers.filter((number) => !isKept(number)), kept: numbers.filter(isKept).reverse() };
}

async function listRetired(services: Services, manifest: Manifest): Promise<Merging['retired']> {
  const retired: Merging['retired'] = new Map();
  for (const [number, file] of manifest.files.entries()) {
    if (file.retires !== true) continue;
    for await (const one of readRetiredRows(services, manifest, number))
      retired.set(retiredKey(one.retired), { ...one, isKnown: false });
  }
  return retired;
}

/** Notes which rows of a file stand no more. `onRow` is told of each row that was in its state: what the drop's own lists take out was not. */
async function mergeFile(merging: Merging, file: number, onRow: (line: NonNullable<KeyLine>) => void): Promise<void> {
  const { services, manifest, gathered } = merging;
  const work = keys.work(manifest.dataset, manifest.run);
  const isKept = manifest.files[file]?.format === 'history';
  for (const [shard, { key }] of gathered.shards.filter((one) => one.file === file).entries()) {
    const passed: number[] = [];
    for await (const { index, line } of readKeyLines(services, key)) {
      const isOut = standsNoMore(merging, line);
      if (isKept || !isOut) onRow(line);
      if (isOut) {
        passed.push(index);
        takeOff(gathered, line);
      } else bring(gathered, line);
    }
    if (passed.length > 0) await services.results.write(work.rowsPassed(file, shard), JSON.stringify(passed));
  }
}

/** Notes which rows of a file the history holds already, by their places among those that stand. */
async function noteHeld({ services, manifest, gathered, holding, retired }: Merging, file: number): Promise<void> {
  const work = keys.work(manifest.dataset, manifest.run);
  for (const [shard, { key }] of gathered.shards.filter((one) => one.file === file).entries()) {
    const held: number[] = [];
    let passed = 0;
    for await (const { index, line } of readKeyLines(services, key)) {
      if (takenOutKeys(line).some((taken) => retired.has(taken))) passed += 1;
      else if (isHeld(holding, line, replacingKeys(line, manifest.spec.retrain))) held.push(index - passed);
    }
    if (held.length > 0) await services.results.write(work.rowsHeld(file, shard), JSON.stringify(held));
  }
}

/** The rows of a shard that have keys, with their places in it. */
async function* readKeyLines(
  { results }: Services,
  shardKey: string,
): AsyncGenerator<{ index: number; line: NonNullable<KeyLine> }> {
  let index = 0;
  for await (const line of readJsonLines(results, keysKeyOf(shardKey), (value) => value as KeyLine)) {
    if (line !== null) yield { index, line };
    index += 1;
  }
}

function keysKeyOf(shardKey: string): string {
  return shardKey.replace(/\.jsonl$/, '.keys.jsonl');
}

function standsNoMore({ newer, out, retired, manifest }: Merging, line: NonNullable<KeyLine>): boolean {
  const takenOut = takenOutKeys(line).filter((key) => out.has(key));
  for (const key of takenOut) {
    const told = retired.get(key);
    if (told !== undefined) told.isKnown = true;
  }
  return takenOut.length > 0 || replacingKeys(line, manifest.spec.retrain).some((key) => newer.has(key));
}

/** Files of rows that only the history holds. */
function bring(gathered: Gathered, { records = [] }: NonNullable<KeyLine>): void {
  for (const record of records) addRecord(gathered, record);
}

function takeOff(gathered: Gathered, { split }: NonNullable<KeyLine>): void {
  gathered.rows -= 1;
  if (split !== null) gathered.marked -= 1;
  if (split === 'validation') gathered.validation -= 1;
}

/** What a state took out is out of all before it; a newer state may have brought it again. */
async function takeOutBefore({ services, manifest, retired, out, holding }: Merging, number: number): Promise<void> {
  const file = manifest.files[number];
  if (file?.format !== 'history') return;
  for await (const line of readJsonLines(services.results, file.key, (value) => value as KeptLine)) {
    // They stand before all rows.
    if (!('retired' in line)) return;
    const key = retiredKey(line.retired);
    const told = retired.get(key);
    if (told !== undefined) told.isKnown = true;
    out.add(key);
    holding.out.add(key);
  }
}

function unknownFindings(unknown: readonly RetiredRow[]): Finding[] {
  const told = unknown.slice(0, UNKNOWN_TOLD).map(({ file, sheet, row, line, retired }, index) => {
    const what = 'id' in retired ? `no row has the id "${excerpt(retired.id)}"` : 'no row asks this question';
    const more = index === UNKNOWN_TOLD - 1 ? unknown.length - UNKNOWN_TOLD : 0;
    const message = more > 0 ? `${what}; so it is with ${more} more rows of the list` : what;
    const where = { file, row, line, ...(sheet === undefined ? {} : { sheet }) };
    const hint =
      'Nothing needs to be done if it was taken out before; otherwise write the id or the prompt as the dataset has it: spreadsheets make 7 of 007.';
    return findingAt({ code: 'RETIRE_UNKNOWN', severity: 'warning', message, hint }, where);
  });
  return told;
}
