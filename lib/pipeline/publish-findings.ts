import { compareFindings, type Finding, findingSchema } from '../domain/finding.ts';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { ROWS } from './convert.ts';
import { readGate } from './gate.ts';
import type { Manifest } from './manifest.ts';
import { readShards, type Shard } from './plan.ts';
import { trustRowRecord } from './row-record.ts';
import type { Services } from './services.ts';

export interface FindingCounts {
  errors: number;
  warnings: number;
  infos: number;
  byCode: Record<string, number>;
}

/** The first findings of each kind, for pages that cannot show a million. */
export interface FindingsTold {
  counts: FindingCounts;
  shown: Finding[];
}

const SHOWN = 500;
const SEVERITIES = { error: 'errors', warning: 'warnings', info: 'infos' } as const;

/** Writes `findings.jsonl` in its published order, streaming what belongs to rows. */
export async function publishFindings(services: Services, manifest: Manifest): Promise<FindingsTold> {
  const told: FindingsTold = { counts: { errors: 0, warnings: 0, infos: 0, byCode: {} }, shown: [] };
  await services.results.write(keys.run(manifest.dataset, manifest.run).findings, lines(services, manifest, told));
  told.counts.byCode = Object.fromEntries(
    Object.entries(told.counts.byCode).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  return told;
}

async function* lines(services: Services, manifest: Manifest, told: FindingsTold): AsyncGenerator<Uint8Array> {
  for await (const findings of ordered(services, manifest)) {
    if (findings.length === 0) continue;
    for (const finding of findings) note(told, finding);
    yield Buffer.from(findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''));
  }
}

function note({ counts, shown }: FindingsTold, finding: Finding): void {
  counts[SEVERITIES[finding.severity]] += 1;
  counts.byCode[finding.code] = (counts.byCode[finding.code] ?? 0) + 1;
  if (shown.length < SHOWN) shown.push(finding);
}

/** File by file in the order of their names: what is said of the file, then of its rows shard by shard. */
async function* ordered(services: Services, manifest: Manifest): AsyncGenerator<Finding[]> {
  const general = (await generalFindings(services, manifest)).sort(compareFindings);
  const shards = await shardsByFile(services, manifest);
  const names = new Set([...general.map(({ where }) => where.file ?? ''), ...shards.keys()]);
  for (const name of [...names].sort((left, right) => (left < right ? -1 : 1))) {
    yield general.filter(({ where }) => (where.file ?? '') === name);
    const ofFile = shards.get(name) ?? [];
    // A workbook's sheets are ordered by name, its shards as the sheets lie; workbooks are small enough to sort whole.
    const isWorkbook = /\.xlsx$/i.test(name);
    const together: Finding[] = [];
    for (const shard of ofFile) {
      const findings = await shardFindings(services, manifest, shard);
      if (isWorkbook) together.push(...findings);
      else yield findings;
    }
    yield together.sort(compareFindings);
  }
}

async function generalFindings(services: Services, manifest: Manifest): Promise<Finding[]> {
  const work = keys.work(manifest.dataset, manifest.run);
  const surveyed = await readAll(services, work.surveyFindings);
  const planned = await readAll(services, work.planFindings);
  const gate = await readGate(services, manifest);
  return [...surveyed, ...planned, ...(gate?.findings ?? [])];
}

async function shardsByFile(services: Services, manifest: Manifest): Promise<Map<string, Shard[]>> {
  const byFile = new Map<string, Shard[]>();
  if ((await services.results.head(keys.work(manifest.dataset, manifest.run).shards)) === null) return byFile;
  for await (const shard of readShards(services, manifest)) {
    const name = manifest.files[shard.file]?.name ?? '';
    byFile.set(name, [...(byFile.get(name) ?? []), shard]);
  }
  return byFile;
}

/** What the verdicts and every target's conversion say of a shard; where a run ended before, what was found while reading. */
async function shardFindings(services: Services, manifest: Manifest, shard: Shard): Promise<Finding[]> {
  const work = keys.work(manifest.dataset, manifest.run);
  const judged = work.converted(ROWS, shard.shard, 'findings.jsonl');
  if ((await services.results.head(judged)) === null) return readFindings(services, shard);
  const findings = await readAll(services, judged);
  for (const { name } of manifest.targets)
    findings.push(...(await readAll(services, work.converted(name, shard.shard, 'findings.jsonl'))));
  return findings.sort(compareFindings);
}

async function readFindings({ results }: Services, shard: Shard): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const row of readJsonLines(results, shard.key, trustRowRecord)) findings.push(...row.findings);
  return findings.sort(compareFindings);
}

async function readAll({ results }: Services, key: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  if ((await results.head(key)) === null) return findings;
  for await (const finding of readJsonLines(results, key, (value) => findingSchema.parse(value)))
    findings.push(finding);
  return findings;
}
