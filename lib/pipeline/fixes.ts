import { z } from 'zod';
import { type Finding, findingAt } from '../domain/finding.ts';
import { keys } from '../storage/keys.ts';
import { readJson, readJsonLines } from '../storage/object-store.ts';
import type { Manifest, RunReference } from './manifest.ts';
import { trustRowRecord } from './row-record.ts';
import type { Services } from './services.ts';

/** A row of a dropped-back file, and the identity of the row it stands for. */
export interface Fix {
  identity: string;
  file: number;
  sheet?: string | undefined;
  row: number;
  /** Reading it found no error. */
  sound: boolean;
}

/** Where a stretch of a file's rows lies in the run's work, in the order of the rows. */
interface RowsPlace {
  file: number;
  key: string;
  rows: number;
}

const replacedSchema = z.strictObject({
  /** Identities of rows that a fix stands for. */
  rows: z.array(z.string()),
  /** Fixes that another file fixes again, by their places. */
  outdated: z.array(z.string()),
});

/** What convert passes over: rows that have been replaced, and fixes that have been fixed again. */
export interface Replaced {
  rows: ReadonlySet<string>;
  outdated: ReadonlySet<string>;
}

interface FixesChecked {
  findings: Finding[];
  /** How many rows stand no more because others stand for them. */
  replaced: number;
}

/** Notes which rows are replaced; a finding for each dropped-back file whose rows the drop no longer holds. */
export async function checkFixes(
  services: Services,
  manifest: Manifest,
  { fixes, shards }: { fixes: readonly Fix[]; shards: readonly RowsPlace[] },
): Promise<FixesChecked> {
  const work = keys.work(manifest.dataset, manifest.run);
  const newest = new Map<string, Fix>();
  for (const fix of inOrder(manifest, fixes)) newest.set(fix.identity, fix);
  // Rows of one file that fix the same row all stand: a row may be mended by splitting it.
  const outdated = fixes.filter(({ identity, file }) => newest.get(identity)?.file !== file).map(fixId);
  const held = await heldIdentities(services, manifest, { newest, shards });
  await services.results.write(work.replaced, JSON.stringify({ rows: [...held].sort(), outdated: outdated.sort() }));
  const lost = [...newest.values()].filter(({ identity }) => !held.has(identity));
  return { findings: lostFindings(manifest, lost), replaced: held.size + outdated.length };
}

/** The fixes of a run, as `convert` applies them. */
export async function readReplaced({ results }: Services, { dataset, run }: RunReference): Promise<Replaced> {
  const replaced = await readJson(results, keys.work(dataset, run).replaced, (value) => replacedSchema.parse(value));
  return { rows: new Set(replaced?.rows), outdated: new Set(replaced?.outdated) };
}

/** A fix row's own place, as `outdated` names it: rows are counted anew in each sheet. */
export function fixId({ file, sheet, row }: Pick<Fix, 'file' | 'sheet' | 'row'>): string {
  return `${file}:${row}:${sheet ?? ''}`;
}

/** The file part of an identity: what stands before the row and the content's hash. */
export function fileOfIdentity(identity: string): string {
  const place = identity.replace(/:[^:]*:[^:]*$/, '');
  const sheet = /^(.*\.xlsx)!/i.exec(place);
  return sheet?.[1] ?? place;
}

/**
 * A half-mended file may lie beside the next one: a row that is sound counts before one that is still broken,
 * then the file with the longer name, which is how copies are called (`train.rejected (1).csv`).
 */
function inOrder({ files }: Manifest, fixes: readonly Fix[]): Fix[] {
  const length = ({ file }: Fix) => files[file]?.name.length ?? 0;
  return fixes.toSorted((left, right) => Number(left.sound) - Number(right.sound) || length(left) - length(right));
}

interface Wanted {
  newest: ReadonlyMap<string, Fix>;
  shards: readonly RowsPlace[];
}

/** Which of the rows that fixes name are in the drop with the content they had; only shards that can hold one are read. */
async function heldIdentities(
  services: Services,
  manifest: Manifest,
  { newest, shards }: Wanted,
): Promise<Set<string>> {
  const rows = new Map<string, Set<number>>();
  for (const identity of newest.keys()) {
    const name = fileOfIdentity(identity);
    rows.set(name, (rows.get(name) ?? new Set()).add(rowOfIdentity(identity)));
  }
  const held = new Set<string>();
  const before = new Map<number, number>();
  for (const { file, key, rows: count } of shards) {
    const first = (before.get(file) ?? 0) + 1;
    before.set(file, first + count - 1);
    const wanted = rows.get(manifest.files[file]?.name ?? '');
    // A workbook counts its rows anew in each sheet.
    const mayHold = manifest.files[file]?.format === 'xlsx' || hasOneOf(wanted, first, count);
    if (wanted === undefined || !mayHold) continue;
    for await (const { identity } of readJsonLines(services.results, key, trustRowRecord))
      if (newest.has(identity)) held.add(identity);
  }
  return held;
}

function rowOfIdentity(identity: string): number {
  return Number(/:(\d+):[^:]*$/.exec(identity)?.[1]);
}

function hasOneOf(rows: ReadonlySet<number> | undefined, first: number, count: number): boolean {
  for (let row = first; row < first + count; row += 1) if (rows?.has(row) === true) return true;
  return false;
}

function lostFindings(manifest: Manifest, lost: readonly Fix[]): Finding[] {
  const byFiles = new Map<string, { fix: Fix; original: string; count: number }>();
  for (const fix of lost) {
    const original = fileOfIdentity(fix.identity);
    const key = `${fix.file}\n${original}`;
    const standing = byFiles.get(key);
    if (standing === undefined) byFiles.set(key, { fix, original, count: 1 });
    else standing.count += 1;
  }
  return [...byFiles.values()].map(({ fix, original, count }) => {
    const isThere = manifest.files.some(({ name }) => name === original);
    const what = isThere ? `"${original}" has been changed since` : `"${original}" is not in the drop`;
    return findingAt(
      {
        code: 'FIX_WITHOUT_ORIGINAL',
        severity: 'error',
        message: `${count} row${count === 1 ? '' : 's'} of this file fix rows that the drop no longer holds: ${what}`,
        hint: `Restore "${original}" as it was when its rows were refused, or take the "finedrop_fixes" column out to add these rows as new ones.`,
      },
      { file: manifest.files[fix.file]?.name ?? original },
    );
  });
}
