import type { Example, Split } from '../domain/example.ts';
import { type Finding, findingAt, type Where } from '../domain/finding.ts';
import type { Asset, AssetRecord, Location, MediaReference } from '../domain/media.ts';
import { fixId, type Replaced } from './fixes.ts';
import type { RowRecord } from './row-record.ts';

/** A reference of an accepted row with the file that was found for it. */
export interface FoundMedia {
  reference: MediaReference;
  asset: Asset;
  at: Location;
}

export type JudgedRow =
  | { verdict: 'replaced' }
  | { verdict: 'rejected'; row: RowRecord; findings: Finding[] }
  | { verdict: 'accepted'; row: RowRecord; example: Example; media: FoundMedia[]; findings: Finding[] };

export type AcceptedRow = Extract<JudgedRow, { verdict: 'accepted' }>;

export interface JudgeContext {
  file: string;
  fileNumber: number;
  records: ReadonlyMap<string, AssetRecord>;
  replaced: Replaced;
}

/** Accepts or rejects a row for all targets alike: by what was read of it, and by the files it names. */
export function judgeRow(row: RowRecord, { file, fileNumber, records, replaced }: JudgeContext): JudgedRow {
  const isReplaced =
    replaced.rows.has(row.identity) ||
    (row.fixes !== null && replaced.outdated.has(fixId({ file: fileNumber, sheet: row.sheet, row: row.row })));
  if (isReplaced) return { verdict: 'replaced' };
  const found = row.references.map((reference) => ({ reference, record: records.get(reference.record) }));
  const findings = [
    ...row.findings,
    ...found.flatMap(({ reference, record }) => mediaFindings(whereOf(file, row, reference), reference, record)),
  ];
  const media = found.flatMap(({ reference, record }) =>
    record?.asset != null && record.at !== null ? [{ reference, asset: record.asset, at: record.at }] : [],
  );
  if (row.example === null || findings.some(({ severity }) => severity === 'error'))
    return { verdict: 'rejected', row, findings };
  return { verdict: 'accepted', row, example: row.example, media, findings };
}

/** The place of a row, or of one of its references. */
export function whereOf(
  file: string,
  { row, line, sheet }: RowRecord,
  reference?: Pick<MediaReference, 'part' | 'column'>,
): Where {
  return {
    file,
    row,
    ...(sheet === undefined ? {} : { sheet }),
    ...(line === undefined ? {} : { line }),
    ...(reference === undefined ? {} : { part: reference.part }),
    ...(reference?.column === undefined ? {} : { column: reference.column }),
  };
}

/** The side of a row: what its file says, else a seeded share by the example's own id, the same in every drop. */
export function splitOf(example: Example, share: number): Split {
  if (example.split !== null) return example.split;
  const HEX_DIGITS = 8;
  const place = Number.parseInt(example.id.slice(2, 2 + HEX_DIGITS), 16) / 16 ** HEX_DIGITS;
  return place < share ? 'validation' : 'train';
}

function mediaFindings(where: Where, reference: MediaReference, record: AssetRecord | undefined): Finding[] {
  if (record === undefined) {
    const message = `"${reference.name}" was not collected`;
    return [
      findingAt(
        {
          code: 'MEDIA_MISSING',
          severity: 'error',
          message,
          hint: 'Run again; if it stays so, give the file another name.',
        },
        where,
      ),
    ];
  }
  const findings = record.issues.map((issue) => findingAt(issue, where));
  const { asset } = record;
  if (asset !== null && reference.declaredMime !== undefined && reference.declaredMime !== asset.mime) {
    const message = `declared as ${reference.declaredMime}, but its bytes are ${asset.mime}; the bytes count`;
    const hint = 'Declare its real type to be rid of this warning.';
    findings.push(findingAt({ code: 'MEDIA_TYPE_MISMATCH', severity: 'warning', message, hint }, where));
  }
  return findings;
}
