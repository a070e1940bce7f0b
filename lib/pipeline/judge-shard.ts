import { z } from 'zod';
import type { Split } from '../domain/example.ts';
import { compareFindings, type Finding } from '../domain/finding.ts';
import type { Lock } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { type AcceptedRow, type JudgeContext, judgeRow, splitOf } from './accept-rows.ts';
import { collectFacts } from './dataset-checks-facts.ts';
import { collectKept } from './keep-rows.ts';
import { readKnownSides } from './known-rows.ts';
import type { Manifest } from './manifest.ts';
import { readPlan } from './plan.ts';
import type { RowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import type { Shard } from './shards.ts';
import { collectSnapshot } from './snapshot-piece.ts';

const count = z.int().nonnegative();

export const rowsSummarySchema = z.strictObject({
  accepted: count,
  rejected: count,
  train: count,
  validation: count,
  references: count,
  /** Hash over what the shard gives to the history; absent where nothing is recorded. */
  snapshot: z.string().optional(),
});
export type RowsSummary = z.infer<typeof rowsSummarySchema>;

/** A refused row as `publish` quotes it back. */
export const rejectedRowSchema = z.strictObject({
  row: z.int(),
  line: z.int().optional(),
  sheet: z.string().optional(),
  at: z.strictObject({ offset: z.int(), length: z.int() }).nullable(),
  /** What `finedrop_fixes` will say: the row itself, or the row that it was to replace. */
  fixes: z.string(),
  /** The errors, in one cell. */
  error: z.string(),
});
export type RejectedRow = z.infer<typeof rejectedRowSchema>;

/** What holds for every target: verdicts, findings, refused rows and the lock's references of one shard. */
export async function judgeShard(
  services: Services,
  manifest: Manifest,
  { shard, rows, context }: { shard: Shard; rows: readonly RowRecord[]; context: JudgeContext },
): Promise<void> {
  const plan = await readPlan(services, manifest);
  const share = plan.splits ? manifest.spec.validation.share : 0;
  const summary: RowsSummary = { accepted: 0, rejected: 0, train: 0, validation: 0, references: 0 };
  const findings: Finding[] = [];
  const rejected: RejectedRow[] = [];
  const references: Lock['references'] = [];
  const facts = collectFacts(manifest.run);
  const state = await collectState(services, manifest, shard);
  const knownSide = plan.splits ? await readKnownSides(services, manifest) : () => null;
  for (const [place, row] of rows.entries()) {
    const judged = judgeRow(row, context);
    if (judged.verdict === 'replaced') continue;
    findings.push(...judged.findings);
    references.push(...lockReferences(context, row));
    summary.references += row.references.length;
    summary[judged.verdict] += 1;
    if (judged.verdict === 'rejected') rejected.push(quote(row, judged.findings));
    else {
      const side = knownSide(judged.example) ?? splitOf(judged.example, share);
      summary[side] += 1;
      facts.add(judged, side);
      state.add(judged, side, place);
    }
  }
  findings.sort(compareFindings);
  const write = (part: string, values: readonly unknown[]) =>
    services.results.write(
      converted(manifest, shard, part),
      values.map((value) => `${JSON.stringify(value)}\n`).join(''),
    );
  await write('findings.jsonl', findings);
  await write('rejected.jsonl', rejected);
  await write('references.jsonl', references);
  await services.results.write(keys.work(manifest.dataset, manifest.run).facts(shard.shard), facts.end());
  const snapshot = await state.end();
  if (snapshot !== null) summary.snapshot = snapshot;
  await services.results.write(converted(manifest, shard, 'summary.json'), JSON.stringify(summary));
}

/** What the shard gives to the history, where this state is recorded; the end tells its hash. */
async function collectState(services: Services, manifest: Manifest, shard: Shard) {
  const { past, files } = manifest;
  if (!past.isRecorded) return { add: () => {}, end: async () => null };
  const snapshot = collectSnapshot(files[shard.file]?.name ?? '');
  const kept = past.mode === 'append' ? await collectKept(services, manifest, shard) : null;
  const write = (part: string, text: string) => services.results.write(converted(manifest, shard, part), text);
  return {
    add: (accepted: AcceptedRow, side: Split, place: number): void => {
      snapshot.add(accepted, side);
      kept?.add(accepted, place);
    },
    end: async (): Promise<string> => {
      const piece = snapshot.end();
      await write('snapshot.jsonl', piece.text);
      if (kept !== null) await write('kept.jsonl', await kept.end());
      return piece.sha256;
    },
  };
}

function converted({ dataset, run }: Manifest, { shard }: Shard, part: string): string {
  return keys.work(dataset, run).converted('.rows', shard, part);
}

function quote(row: RowRecord, findings: readonly Finding[]): RejectedRow {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const error = errors
    .map(({ code, message, hint }) => `${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`)
    .join(' | ');
  const { row: number, line, sheet, at, identity, fixes } = row;
  return {
    row: number,
    ...(line === undefined ? {} : { line }),
    ...(sheet === undefined ? {} : { sheet }),
    at,
    fixes: fixes ?? identity,
    error,
  };
}

function lockReferences({ file, records }: JudgeContext, row: RowRecord): Lock['references'] {
  return row.references.flatMap(({ record, part, origin, name }) => {
    const asset = records.get(record)?.asset;
    if (asset == null) return [];
    return [
      {
        file,
        ...(row.sheet === undefined ? {} : { sheet: row.sheet }),
        row: row.row,
        part,
        origin,
        name,
        sha256: asset.sha256,
      },
    ];
  });
}
