import type { Example } from '../domain/example.ts';
import type { Location } from '../domain/media.ts';
import { renderThumbnail } from '../media/adapt.ts';
import type { Sample } from '../report/html.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { type AcceptedRow, judgeRow } from './accept-rows.ts';
import { readReplaced } from './fixes.ts';
import type { Manifest } from './manifest.ts';
import { readAssetRecords, readAssets } from './read-assets.ts';
import { type RowRecord, trustRowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import { readShards } from './shards.ts';

const SAMPLES = 6;
const ROWS_LOOKED_AT = 200;
const THUMBNAILS_PER_SAMPLE = 4;
const TEXT_SHOWN = 600;

/** A few accepted examples for the report, with small pictures: those with media first, one of each kind of row. */
export async function readSamples(services: Services, manifest: Manifest): Promise<Sample[]> {
  const rows = await firstAccepted(services, manifest);
  const chosen = chooseVaried(rows);
  const thumbnails = await makeThumbnails(services, manifest, chosen);
  return chosen.map(({ row, file }) => ({
    file,
    row: row.row.row,
    turns: turnsOf(row.example),
    media: row.media.slice(0, THUMBNAILS_PER_SAMPLE).map(({ reference, asset }) => ({
      name: reference.name,
      mime: asset.mime,
      thumbnail: thumbnails.get(asset.sha256) ?? null,
    })),
  }));
}

interface Candidate {
  row: AcceptedRow;
  file: string;
}

async function firstAccepted(services: Services, manifest: Manifest): Promise<Candidate[]> {
  const replaced = await readReplaced(services, manifest);
  const accepted: Candidate[] = [];
  const seen = new Set<number>();
  for await (const shard of readShards(services, manifest)) {
    // One look into each file: enough for a page.
    if (seen.has(shard.file) || seen.size > SAMPLES) continue;
    seen.add(shard.file);
    const rows = await headOf(services, shard.key);
    const records = await readAssetRecords(services, manifest, shard, rows);
    const file = manifest.files[shard.file]?.name ?? '';
    for (const row of rows) {
      const judged = judgeRow(row, { file, fileNumber: shard.file, records, replaced });
      if (judged.verdict === 'accepted') accepted.push({ row: judged, file });
    }
  }
  return accepted;
}

async function headOf({ results }: Services, key: string): Promise<RowRecord[]> {
  const rows: RowRecord[] = [];
  for await (const row of readJsonLines(results, key, trustRowRecord)) {
    rows.push(row);
    if (rows.length >= ROWS_LOOKED_AT) break;
  }
  return rows;
}

function chooseVaried(candidates: readonly Candidate[]): Candidate[] {
  const byShape = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const kinds = [...new Set(candidate.row.media.map(({ asset }) => asset.mime))].sort().join(',');
    const shape = `${kinds}:${candidate.row.example.messages.length > 3 ? 'chat' : 'turn'}`;
    if (!byShape.has(shape)) byShape.set(shape, candidate);
  }
  const varied = [...byShape.values()].sort((left, right) => right.row.media.length - left.row.media.length);
  const others = candidates.filter((candidate) => !varied.includes(candidate));
  return [...varied, ...others].slice(0, SAMPLES);
}

async function makeThumbnails(
  services: Services,
  manifest: Manifest,
  chosen: readonly Candidate[],
): Promise<Map<string, string>> {
  const wanted = new Map<string, Location>();
  for (const { row } of chosen) {
    for (const { asset, at } of row.media.slice(0, THUMBNAILS_PER_SAMPLE))
      if (asset.kind === 'image') wanted.set(asset.sha256, at);
  }
  const thumbnails = new Map<string, string>();
  for await (const { sha256, bytes } of readAssets(services, manifest, wanted)) {
    const thumbnail = await renderThumbnail(bytes);
    if (thumbnail !== null) thumbnails.set(sha256, thumbnail);
  }
  return thumbnails;
}

function turnsOf({ messages }: Example): Sample['turns'] {
  return messages.map(({ role, parts }) => {
    const text = parts.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
    return { role, text: text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text };
  });
}
