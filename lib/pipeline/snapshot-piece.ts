import { sha256 } from '../domain/canonical.ts';
import type { Split } from '../domain/example.ts';
import type { SnapshotRow } from '../domain/history.ts';
import type { AcceptedRow } from './accept-rows.ts';
import { rowContent } from './row-content.ts';

/** How much of a content hash the history keeps: of ten million rows, two are taken for one with a chance of 1 to 370,000. */
export const CONTENT_DIGITS = 16;

/** Collects what a shard gives to the snapshot of its state: its accepted rows by content. */
export function collectSnapshot(file: string) {
  const lines: string[] = [];
  return {
    add: (accepted: AcceptedRow, split: Split): void => {
      lines.push(`${JSON.stringify(snapshotRow(accepted, { file, split }))}\n`);
    },
    end: (): { text: string; sha256: string } => {
      const text = lines.join('');
      return { text, sha256: sha256(text) };
    },
  };
}

function snapshotRow(accepted: AcceptedRow, { file, split }: { file: string; split: Split }): SnapshotRow {
  const { row, example, media } = accepted;
  return {
    example: example.id,
    content: rowContent(accepted).slice(0, CONTENT_DIGITS),
    split,
    ...(row.id === undefined ? {} : { id: row.id }),
    ...(row.keys === undefined ? {} : { input: row.keys.input }),
    file,
    ...(row.sheet === undefined ? {} : { sheet: row.sheet }),
    row: row.row,
    ...(row.line === undefined ? {} : { line: row.line }),
    ...(row.origin === undefined ? {} : { origin: row.origin }),
    assets: [...new Set(media.map(({ asset }) => asset.sha256))],
  };
}
