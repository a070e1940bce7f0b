import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { compareFindings, type Finding, findingSchema } from '../../lib/domain/finding.ts';
import {
  type LineMapEntry,
  type Lock,
  lineMapEntrySchema,
  lockSchema,
  reportContradictions,
  reportSchema,
} from '../../lib/domain/report.ts';
import { type Status, statusSchema } from '../../lib/domain/run.ts';
import type { LocalResult } from '../../lib/engines/local.ts';

/** The values of a JSONL file. */
export async function jsonLines(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
}

/** The findings of a run, each checked against the published schema. */
export async function findingsOf(folder: string): Promise<Finding[]> {
  return (await jsonLines(join(folder, 'findings.jsonl'))).map((value) => findingSchema.parse(value));
}

/** A target's line map. */
export async function lineMapOf(folder: string, target: string): Promise<LineMapEntry[]> {
  return (await jsonLines(join(folder, target, 'line-map.jsonl'))).map((value) => lineMapEntrySchema.parse(value));
}

export async function lockOf(folder: string): Promise<Lock> {
  return lockSchema.parse(JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8')));
}

export async function statusOf(folder: string): Promise<Status> {
  return statusSchema.parse(JSON.parse(await readFile(join(folder, 'status.json'), 'utf8')));
}

/** Every file below a folder with a hash of its bytes, by its relative name. */
export async function treeOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const tree: Record<string, string> = {};
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    tree[relative(folder, path)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return tree;
}

// What tells times, attempts, job ids and costs: these may differ between two runs of the same data.
const OF_ONE_RUN =
  /^(?:report\.json|report\.html|status\.json|plan\.json|fetches\.jsonl)$|\/(?:job\.json|metrics\.csv)$/;

/** The files of a run that are the same for the same data: training files, line maps, findings, lock, refused rows. */
export async function reproducible(folder: string): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await treeOf(folder)).filter(([name]) => !OF_ONE_RUN.test(name)));
}

/** What every run promises, whatever it was given: schemas, sums, order, and files that say the same. */
export async function expectSound({ report, folder }: LocalResult): Promise<void> {
  const written = reportSchema.parse(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
  expect(reportContradictions(report)).toEqual([]);
  if (report.status !== 'duplicate') expect(written).toEqual(report);
  await expectSoundFindings(report, folder);
  expect((await statusOf(folder)).status).toBe(written.status);
  for (const target of report.targets) await expectSoundFiles(folder, target);
}

async function expectSoundFindings({ findings: counts }: LocalResult['report'], folder: string): Promise<void> {
  const findings = await findingsOf(folder);
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  expect({ errors: count('error'), warnings: count('warning'), infos: count('info') }).toEqual({
    errors: counts.errors,
    warnings: counts.warnings,
    infos: counts.infos,
  });
  expect(findings).toEqual(findings.toSorted(compareFindings));
}

async function expectSoundFiles(folder: string, target: LocalResult['report']['targets'][number]): Promise<void> {
  if (target.files['lineMap'] === undefined) return;
  const map = await lineMapOf(folder, target.name);
  expect(map).toHaveLength(target.rows.accepted);
  for (const split of ['train', 'validation'] as const) {
    const name = target.files[split];
    const lines = name === undefined ? [] : await jsonLines(join(folder, name));
    expect(lines).toHaveLength(target.rows[split]);
    expect(map.filter((entry) => entry.split === split).map(({ line }) => line)).toEqual(
      lines.map((_, index) => index + 1),
    );
  }
}
