import { excerpt } from '../domain/excerpt.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { ResolvedRetrain } from '../domain/retrain.ts';
import type { Retired } from '../rows/retire.ts';
import type { RowKeys } from '../rows/row-keys.ts';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { type Manifest, mergesRows } from './manifest.ts';
import { addRecord, type Gathered } from './plan-needs.ts';
import type { KeptLine } from './read-kept.ts';
import { type RetiredRow, readRetiredRows } from './read-retired.ts';
import type { RowRecord } from './row-record.ts';
import type { Services } from './services.ts';

/** What merging needs of one row; null = it was refused while it was read, and is nobody's rival. */
export type KeyLine = (RowKeys & { split: 'train' | 'validation' | null; records?: string[] }) | null;

/** The line of `rowsKeys` for a row. Files of rows that only the history holds are brought for those that stand. */
export function keyLine({ example, keys: rowKeys, references, origin }: RowRecord): KeyLine {
  if (example === null || rowKeys === undefined) return null;
  const { id, ...hashes } = rowKeys;
  return {
    ...hashes,
    ...(id === undefined ? {} : { id }),
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
  };
  for (const key of merging.retired.keys()) merging.out.add(key);
  const states = statesOf(manifest);
  for (const [index, files] of states.entries()) {
    const own: string[] = [];
    for (const file of files) own.push(...(await mergeFile(merging, file)));
    // Rows of one state never replace each other: their doubles are told, and meant or not.
    if (index < states.length - 1) for (const key of own) merging.newer.add(key);
    for (const file of files) await takeOutBefore(merging, file);
  }
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
}

/** The numbers of each state's files, the newest first: the drop's own, then those of the history. */
function statesOf({ files }: Manifest): number[][] {
  const numbers = [...files.keys()];
  const isKept = (number: number) => files[number]?.format === 'history';
  const own = numbers.filter((number) => !isKept(number));
  const kept = numbers.filter(isKept).reverse();
  return [own, ...kept.map((number) => [number])];
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

/** Which rows of a file stand no more; the answer is the keys by which its rows replace older ones. */
async function mergeFile(merging: Merging, file: number): Promise<string[]> {
  const { services, manifest, gathered } = merging;
  const work = keys.work(manifest.dataset, manifest.run);
  const own: string[] = [];
  for (const [shard, { key }] of gathered.shards.filter((one) => one.file === file).entries()) {
    const passed: number[] = [];
    for await (const { index, line } of readKeyLines(services, key)) {
      if (standsNoMore(merging, line)) {
        passed.push(index);
        takeOff(gathered, line);
        continue;
      }
      own.push(...replacingKeys(line, manifest.spec.retrain));
      for (const record of line.records ?? []) addRecord(gathered, record);
    }
    if (passed.length > 0) await services.results.write(work.rowsPassed(file, shard), JSON.stringify(passed));
  }
  return own;
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

function takeOff(gathered: Gathered, { split }: NonNullable<KeyLine>): void {
  gathered.rows -= 1;
  if (split !== null) gathered.marked -= 1;
  if (split === 'validation') gathered.validation -= 1;
}

/** What a state took out is out of all before it; a newer state may have brought it again. */
async function takeOutBefore({ services, manifest, retired, out }: Merging, number: number): Promise<void> {
  const file = manifest.files[number];
  if (file?.format !== 'history') return;
  for await (const line of readJsonLines(services.results, file.key, (value) => value as KeptLine)) {
    // They stand before all rows.
    if (!('retired' in line)) return;
    const key = retiredKey(line.retired);
    const told = retired.get(key);
    if (told !== undefined) told.isKnown = true;
    out.add(key);
  }
}

function retiredKey(retired: Retired): string {
  return 'id' in retired ? `id ${retired.id}` : `prompt ${retired.prompt}`;
}

function takenOutKeys({ id, prompt }: RowKeys): string[] {
  return [...(id === undefined ? [] : [`id ${id}`]), `prompt ${prompt}`];
}

/** A row without an id is known by its input in any case: an unchanged one must not stand twice. */
function replacingKeys({ id, input }: RowKeys, { replaceBy }: Pick<ResolvedRetrain, 'replaceBy'>): string[] {
  const byId = id === undefined || replaceBy === 'input' ? [] : [`id ${id}`];
  return byId.length > 0 && replaceBy === 'id' ? byId : [...byId, `input ${input}`];
}

function unknownFindings(unknown: readonly RetiredRow[]): Finding[] {
  const told = unknown.slice(0, UNKNOWN_TOLD).map(({ file, sheet, row, line, retired }, index) => {
    const what = 'id' in retired ? `no row has the id "${excerpt(retired.id)}"` : 'no row asks this question';
    const more = index === UNKNOWN_TOLD - 1 ? unknown.length - UNKNOWN_TOLD : 0;
    const message = more > 0 ? `${what}; so it is with ${more} more rows of the list` : what;
    const where = { file, row, line, ...(sheet === undefined ? {} : { sheet }) };
    const hint =
      'Nothing needs to be done if it was taken out before; otherwise write the id or the prompt as the dataset has it.';
    return findingAt({ code: 'RETIRE_UNKNOWN', severity: 'warning', message, hint }, where);
  });
  return told;
}
