import { adjustmentIssue } from '../domain/adjustments.ts';
import type { Example, Split } from '../domain/example.ts';
import { compareFindings, type Finding, findingAt, type Issue } from '../domain/finding.ts';
import type { MediaKind } from '../domain/media.ts';
import type { LineMapEntry } from '../domain/report.ts';
import type { Formatted, LineSegment, Provider } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { type AcceptedRow, type FoundMedia, type JudgeContext, judgeRow, whereOf } from './accept-rows.ts';
import { readKnownSides } from './known-rows.ts';
import { type Manifest, type RunTarget, targetOf } from './manifest.ts';
import { type ObjectWriter, objectWriter } from './object-writer.ts';
import { readPlan } from './plan.ts';
import { type PreparedWindow, prepareWindow, windowsOf } from './prepare-media.ts';
import { rowContent } from './row-content.ts';
import type { RowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import type { Shard } from './shards.ts';
import type { StagedMedia } from './staged-media.ts';
import type { ShardSummary, TargetSummary } from './target-summary.ts';
import { readTrainedBefore } from './trained-before.ts';
import { sidesFor } from './validation-side.ts';

interface Conversion {
  shard: Shard;
  rows: readonly RowRecord[];
  context: JudgeContext;
  target: string;
}

/** One target's share of a shard: training lines with their map, what was excluded or adjusted, and the files to stage. */
export async function convertForTarget(
  services: Services,
  manifest: Manifest,
  { shard, rows, context, target: name }: Conversion,
): Promise<void> {
  const target = targetOf(manifest, name);
  const provider = await services.provider(target.provider);
  if (provider === null) throw new Error(`[convert] there is no provider "${target.provider}".`);
  const plan = await readPlan(services, manifest);
  const knownSide = await readKnownSides(services, manifest);
  const model = modelOf(provider, target);
  const side = sidesFor(model, { ...plan, share: manifest.spec.validation.share, knownSide });
  const countTokens = await provider.loadTokenizer(target.model);
  const shardOutput = openOutput(services, manifest, target, shard);
  const accepted = rows
    .map((row) => judgeRow(row, context))
    .filter((judged): judged is AcceptedRow => judged.verdict === 'accepted');
  const isTrainedBefore = await readTrainedBefore(services, manifest, { target, model, plan, side });
  const left = accepted.filter((row) => !isTrainedBefore(row));
  shardOutput.leaveOut(accepted.length - left.length);
  const work = { services, manifest, provider, target, context, side, countTokens, accepted: left };
  try {
    await convertRows(work, shardOutput);
  } catch (error) {
    await shardOutput.discard();
    throw error;
  }
  await shardOutput.end();
}

interface Work {
  services: Services;
  manifest: Manifest;
  provider: Provider;
  target: RunTarget;
  context: JudgeContext;
  side: (example: Example) => Split;
  countTokens: (text: string) => number;
  accepted: readonly AcceptedRow[];
}

async function convertRows(
  { services, manifest, provider, target, context, side, countTokens, accepted }: Work,
  output: ReturnType<typeof openOutput>,
): Promise<void> {
  for (const window of windowsOf(accepted)) {
    const prepared = await prepareWindow(services, manifest, { provider, target, rows: window });
    for (const row of window) {
      const formatted = formatRow(provider, target, { row, prepared, countTokens });
      await output.add(row, { formatted, prepared, file: context.file, split: side(row.example) });
    }
  }
}

/** The facts of a target's model. */
export function modelOf(
  provider: Provider,
  { model }: Pick<RunTarget, 'model'>,
): Provider['capabilities']['models'][number] {
  const facts = provider.capabilities.models.find((candidate) => candidate.model === model);
  if (facts === undefined) throw new Error(`[pipeline] ${provider.name} has no model "${model}".`);
  return facts;
}

interface Formatting {
  row: AcceptedRow;
  prepared: PreparedWindow;
  countTokens: (text: string) => number;
}

function formatRow(provider: Provider, target: RunTarget, { row, prepared, countTokens }: Formatting): Formatted {
  const media = prepared.mediaOf(row);
  if ('excluded' in media) return media;
  return provider.format(row.example, media.media, {
    target,
    countTokens,
    mediaUri: (fileName) => `${target.mediaBase}/${fileName}`,
  });
}

interface Addition {
  formatted: Formatted;
  prepared: PreparedWindow;
  file: string;
  split: Split;
}

function openOutput(services: Services, { dataset, run, command }: Manifest, target: RunTarget, { shard }: Shard) {
  const key = (part: string) => keys.work(dataset, run).converted(target.name, shard, part);
  const open = (split: Split) => (command === 'check' ? null : objectWriter(services.results, key(`${split}.jsonl`)));
  const files: Record<Split, ObjectWriter | null> = { train: open('train'), validation: open('validation') };
  const findings: Finding[] = [];
  const map: LineMapEntry[] = [];
  const hashes: string[] = [];
  const staged = new Map<string, StagedMedia>();
  const kinds = new Set<MediaKind>();
  const summary: TargetSummary = {
    accepted: 0,
    excluded: 0,
    trainedBefore: 0,
    adjusted: 0,
    rows: { train: 0, validation: 0 },
    tokens: { train: 0, validation: 0 },
    tokensAtMost: { train: 0, validation: 0 },
    bytes: { train: 0, validation: 0 },
    withMedia: 0,
    kinds: [],
    adjustments: {},
  };

  const leaveOut = (rows: number): void => {
    summary.excluded += rows;
    summary.trainedBefore += rows;
  };
  const exclude = (row: AcceptedRow, issues: readonly Issue[], { prepared, file }: Addition): void => {
    summary.excluded += 1;
    for (const issue of issues) {
      const media = prepared.culprit(row, issue);
      findings.push(findingAt(issue, whereOf(file, row.row, media?.reference), target.name));
    }
  };
  const add = async (row: AcceptedRow, addition: Addition): Promise<void> => {
    const { formatted, prepared, file, split } = addition;
    if ('excluded' in formatted) return exclude(row, formatted.excluded, addition);
    const told = tellRow(row, { formatted, prepared, file, target: target.name });
    findings.push(...told.findings);
    countRow(summary, row, { split, formatted, kinds: told.kinds });
    for (const kind of prepared.kinds(row)) kinds.add(kind);
    for (const media of prepared.staged(formatted.files)) staged.set(media.name, media);
    map.push(mapEntry(row, { file, split, line: summary.rows[split], adjustments: told.kinds }));
    // What the job key hashes: no name, no place, no version of ours.
    hashes.push(`${rowContent(row, split)}\n`);
    summary.bytes[split] += await writeLine(files[split], formatted.line, prepared);
  };

  const end = async (): Promise<void> => {
    const [train, validation] = await Promise.all([files.train?.end(), files.validation?.end()]);
    const sha256 = { train: train?.sha256 ?? '', validation: validation?.sha256 ?? '' };
    const write = (part: string, values: readonly unknown[]) =>
      services.results.write(key(part), values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    await write('findings.jsonl', findings.sort(compareFindings));
    await write('map.jsonl', map);
    await write('media.jsonl', [...staged.values()]);
    await services.results.write(key('hashes'), hashes.join(''));
    const whole: ShardSummary = { ...summary, kinds: [...kinds].sort(), sha256 };
    await services.results.write(key('summary.json'), JSON.stringify(whole));
  };
  const discard = async (): Promise<void> => {
    await Promise.all([files.train?.discard(), files.validation?.discard()]);
  };
  return { add, leaveOut, end, discard };
}

interface Telling {
  formatted: Exclude<Formatted, { excluded: Issue[] }>;
  prepared: PreparedWindow;
  file: string;
  target: string;
}

/** What is said of a row that a target takes: each adjustment at its reference, and what the format warns of. */
function tellRow(
  row: AcceptedRow,
  { formatted, prepared, file, target }: Telling,
): { findings: Finding[]; kinds: string[] } {
  const adjustments = prepared.adjustments(row);
  const at = (issue: Issue, media?: FoundMedia) => findingAt(issue, whereOf(file, row.row, media?.reference), target);
  const findings = [
    ...adjustments.map(({ kind, media }) => at(adjustmentIssue(kind, media.reference.name), media)),
    ...prepared.remarks(row).map(({ issue, media }) => at(issue, media)),
    ...formatted.adjustments.map((kind) => at(adjustmentIssue(kind, null))),
    ...formatted.issues.map((issue) => at(issue)),
  ];
  return { findings, kinds: [...new Set([...adjustments.map(({ kind }) => kind), ...formatted.adjustments])].sort() };
}

/** The row's media that stay files: text is put into the prompt. */
function filesOf({ media }: AcceptedRow): FoundMedia[] {
  return media.filter(({ asset }) => asset.mime !== 'text/plain');
}

function countRow(
  summary: TargetSummary,
  row: AcceptedRow,
  { split, formatted, kinds }: { split: Split; formatted: Telling['formatted']; kinds: readonly string[] },
): void {
  for (const kind of kinds) summary.adjustments[kind] = (summary.adjustments[kind] ?? 0) + 1;
  summary.accepted += 1;
  summary.adjusted += kinds.length > 0 ? 1 : 0;
  summary.rows[split] += 1;
  summary.tokens[split] += formatted.tokens;
  summary.tokensAtMost[split] += formatted.tokensAtMost ?? formatted.tokens;
  summary.withMedia += filesOf(row).length > 0 ? 1 : 0;
}

/** Writes a line with its holes filled; the answer is its bytes, which a check (no writer) only counts. */
async function writeLine(
  writer: ObjectWriter | null,
  line: readonly LineSegment[],
  prepared: PreparedWindow,
): Promise<number> {
  let bytes = 1;
  for (const segment of line) {
    bytes += typeof segment === 'string' ? Buffer.byteLength(segment) : base64Length(prepared.size(segment.base64));
    if (writer === null) continue;
    if (typeof segment === 'string') await writer.write(segment);
    else await writer.write((await prepared.bytes(segment.base64)).toString('base64'), 'latin1');
  }
  await writer?.write('\n');
  return bytes;
}

function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

function mapEntry(
  { row, example }: AcceptedRow,
  { file, split, line, adjustments }: { file: string; split: Split; line: number; adjustments: string[] },
): LineMapEntry {
  const entry: LineMapEntry = {
    line,
    split,
    file,
    sheet: row.sheet ?? null,
    row: row.row,
    sourceLine: row.line ?? null,
    example: example.id,
  };
  return adjustments.length === 0 ? entry : { ...entry, adjustments };
}
