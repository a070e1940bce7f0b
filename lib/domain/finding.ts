import { z } from 'zod';

export const severitySchema = z.enum(['error', 'warning', 'info']);
export type Severity = z.infer<typeof severitySchema>;

/** Where a finding stands. Rows, lines and parts count from 1; `file` is the name as the user gave it, within the drop. */
export const whereSchema = z.strictObject({
  file: z.string().optional(),
  sheet: z.string().optional(),
  entry: z.string().optional(),
  row: z.int().positive().optional(),
  line: z.int().positive().optional(),
  column: z.string().optional(),
  part: z.int().positive().optional(),
});
export type Where = z.infer<typeof whereSchema>;

/** What is wrong, without the place: what format readers, media checks and providers say; the pipeline adds the place. */
export const issueSchema = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  severity: severitySchema,
  message: z.string().min(1),
  hint: z.string().optional(),
});
export type Issue = z.infer<typeof issueSchema>;

/** One thing worth telling the user: one line of `findings.jsonl`. `target: null` = it holds for every target. */
export const findingSchema = z.strictObject({
  code: issueSchema.shape.code,
  severity: severitySchema,
  where: whereSchema,
  message: z.string().min(1),
  hint: z.string().optional(),
  target: z.string().nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Puts an issue in its place; key order is that of the published example, so that files are byte-identical. */
export function findingAt(issue: Issue, where: Where, target: string | null = null): Finding {
  const { file, sheet, entry, row, line, column, part } = where;
  const place = { file, sheet, entry, row, line, column, part };
  return {
    code: issue.code,
    severity: issue.severity,
    where: Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined)),
    message: issue.message,
    ...(issue.hint === undefined ? {} : { hint: issue.hint }),
    target,
  };
}

/** The published order: by file, then sheet, row, part, code; then by all the rest, so that it is total. */
export function compareFindings(left: Finding, right: Finding): number {
  return (
    compareText(left.where.file, right.where.file) ||
    compareText(left.where.sheet, right.where.sheet) ||
    compareNumber(left.where.row, right.where.row) ||
    compareNumber(left.where.part, right.where.part) ||
    compareText(left.code, right.code) ||
    compareText(left.target, right.target) ||
    compareText(left.where.entry, right.where.entry) ||
    compareText(left.message, right.message) ||
    compareNumber(left.where.line, right.where.line) ||
    compareText(left.where.column, right.where.column) ||
    compareText(left.severity, right.severity) ||
    compareText(left.hint, right.hint)
  );
}

/** What is not said stands before all that is. */
function compareNumber(left: number = 0, right: number = 0): number {
  return left - right;
}

function compareText(left: string | null | undefined, right: string | null | undefined): number {
  const [one, other] = [left ?? '', right ?? ''];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
