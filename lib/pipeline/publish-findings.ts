import { compareFindings, type Finding, findingSchema } from '../domain/finding.ts';
import { keys } from '../storage/keys.ts';
import { ObjectMissingError, readJsonLines } from '../storage/object-store.ts';
import { ROWS } from './convert.ts';
import { readDatasetFindings } from './dataset-checks.ts';
import { readGate } from './gate-record.ts';
import type { Manifest } from './manifest.ts';
import { readAhead } from './read-ahead.ts';
import { trustRowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import { readShards, type Shard } from './shards.ts';

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
/** A shard of a hostile drop has a hundred thousand findings. */
const SHARDS_AT_ONCE = 4;
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
  const compared = await readDatasetFindings(services, manifest);
  const general = await generalFindings(services, manifest, compared.get(null) ?? []);
  const shards = await shardsByFile(services, manifest);
  const names = new Set([...general.keys(), ...shards.keys()]);
  for (const name of [...names].sort()) {
    const ofFile = (general.get(name) ?? []).sort(compareFindings);
    const ofRows = readAhead(shards.get(name) ?? [], SHARDS_AT_ONCE, (shard) =>
      shardFindings(services, manifest, shard, compared.get(shard.shard) ?? []),
    );
    // A workbook's sheets are ordered by name, its shards as the sheets lie; workbooks are small enough to sort whole.
    if (/\.xlsx$/i.test(name)) yield (await gather(ofRows, ofFile)).sort(compareFindings);
    else {
      yield ofFile;
      yield* ofRows;
    }
  }
}

/** One by one: a hostile drop has more findings in a shard than a call may have arguments. */
async function gather(source: AsyncIterable<readonly Finding[]>, into: Finding[]): Promise<Finding[]> {
  for await (const findings of source) for (const finding of findings) into.push(finding);
  return into;
}

/** What is said of no row, by file; '' = of the drop. */
async function generalFindings(
  services: Services,
  manifest: Manifest,
  compared: readonly Finding[],
): Promise<Map<string, Finding[]>> {
  const work = keys.work(manifest.dataset, manifest.run);
  const surveyed = await readAll(services, work.surveyFindings);
  const planned = await readAll(services, work.planFindings);
  const gate = await readGate(services, manifest);
  const byFile = new Map<string, Finding[]>();
  for (const finding of [...(surveyed ?? []), ...(planned ?? []), ...compared, ...(gate?.findings ?? [])])
    addTo(byFile, finding.where.file ?? '', finding);
  return byFile;
}

async function shardsByFile(services: Services, manifest: Manifest): Promise<Map<string, Shard[]>> {
  const byFile = new Map<string, Shard[]>();
  if ((await services.results.head(keys.work(manifest.dataset, manifest.run).shards)) === null) return byFile;
  for await (const shard of readShards(services, manifest))
    addTo(byFile, manifest.files[shard.file]?.name ?? '', shard);
  return byFile;
}

function addTo<T>(groups: Map<string, T[]>, name: string, one: T): void {
  const standing = groups.get(name);
  if (standing === undefined) groups.set(name, [one]);
  else standing.push(one);
}

/** What the verdicts, every target's conversion and the comparison of all rows say of a shard; where a run ended before, what was found while reading. */
async function shardFindings(
  services: Services,
  manifest: Manifest,
  shard: Shard,
  compared: readonly Finding[],
): Promise<Finding[]> {
  const work = keys.work(manifest.dataset, manifest.run);
  const [judged, ...converted] = await Promise.all(
    [ROWS, ...manifest.targets.map(({ name }) => name)].map((name) =>
      readAll(services, work.converted(name, shard.shard, 'findings.jsonl')),
    ),
  );
  if (judged == null) return readFindings(services, shard);
  // One by one: a hostile drop has more findings in a shard than a call may have arguments.
  for (const ofTarget of converted) for (const finding of ofTarget ?? []) judged.push(finding);
  return [...judged, ...compared].sort(compareFindings);
}

async function readFindings({ results }: Services, shard: Shard): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const row of readJsonLines(results, shard.key, trustRowRecord)) findings.push(...row.findings);
  return findings.sort(compareFindings);
}

/** null = the conversion has not been made. */
async function readAll({ results }: Services, key: string): Promise<Finding[] | null> {
  const findings: Finding[] = [];
  try {
    for await (const finding of readJsonLines(results, key, (value) => findingSchema.parse(value)))
      findings.push(finding);
  } catch (error) {
    if (error instanceof ObjectMissingError) return null;
    throw error;
  }
  return findings;
}
