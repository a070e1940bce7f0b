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
  row: number;
  /** Reading it found no error. */
  sound: boolean;
}

const replacedSchema = z.strictObject({
  /** Identities of rows that a fix stands for. */
  rows: z.array(z.string()),
  /** Fixes that another file fixes again: `<file number>:<row>`. */
  outdated: z.array(z.string()),
});

/** What convert passes over: rows that have been replaced, and fixes that have been fixed again. */
export interface Replaced {
  rows: ReadonlySet<string>;
  outdated: ReadonlySet<string>;
}

/** Notes which rows are replaced; a finding for each dropped-back file whose rows the drop no longer holds. */
export async function checkFixes(services: Services, manifest: Manifest, fixes: readonly Fix[]): Promise<Finding[]> {
  const work = keys.work(manifest.dataset, manifest.run);
  const newest = new Map<string, Fix>();
  const outdated: string[] = [];
  for (const fix of inOrder(manifest, fixes)) {
    const earlier = newest.get(fix.identity);
    if (earlier !== undefined) outdated.push(fixId(earlier));
    newest.set(fix.identity, fix);
  }
  const held = fixes.length === 0 ? new Set<string>() : await heldIdentities(services, manifest, newest);
  await services.results.write(work.replaced, JSON.stringify({ rows: [...held].sort(), outdated: outdated.sort() }));
  const lost = [...newest.values()].filter(({ identity }) => !held.has(identity));
  return lostFindings(manifest, lost);
}

/** The fixes of a run, as `convert` applies them. */
export async function readReplaced({ results }: Services, { dataset, run }: RunReference): Promise<Replaced> {
  const replaced = await readJson(results, keys.work(dataset, run).replaced, (value) => replacedSchema.parse(value));
  return { rows: new Set(replaced?.rows), outdated: new Set(replaced?.outdated) };
}

/** A fix row's own place, as `outdated` names it. */
export function fixId({ file, row }: Pick<Fix, 'file' | 'row'>): string {
  return `${file}:${row}`;
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

async function heldIdentities(
  services: Services,
  manifest: Manifest,
  fixes: ReadonlyMap<string, Fix>,
): Promise<Set<string>> {
  const work = keys.work(manifest.dataset, manifest.run);
  const names = new Set([...fixes.keys()].map(fileOfIdentity));
  const held = new Set<string>();
  for (const [number, { name }] of manifest.files.entries()) {
    if (!names.has(name)) continue;
    for await (const { key } of services.results.list(work.rowsOf(number))) {
      if (!key.endsWith('.jsonl')) continue;
      for await (const { identity } of readJsonLines(services.results, key, trustRowRecord))
        if (fixes.has(identity)) held.add(identity);
    }
  }
  return held;
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
