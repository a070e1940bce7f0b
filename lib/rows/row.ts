import type { Example, Message, Split, Tool } from '../domain/example.ts';
import { exampleId } from '../domain/example.ts';
import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import type { MediaReference } from '../domain/media.ts';
import { rowIssue } from './codes.ts';
import type { DropIndex } from './drop-index.ts';
import { type RowKeys, rowKeys } from './row-keys.ts';
import type { DamageWatch } from './spreadsheet-damage.ts';

/** What reading rows needs to know of the drop and the job. */
export interface RowContext {
  /** The dataset file's name, as findings print it. */
  file: string;
  index: DropIndex;
  /** The S3 buckets whose objects rows may name. */
  objects: { buckets: readonly string[] };
  /** Keeps the bytes of a data URI and returns their sha256 in hex. */
  saveData(bytes: Buffer, mime: string): string;
  /** What the file's or sheet's name says. */
  split: Split | null;
  links: { allow: boolean; hosts: readonly string[] | null };
  /** Whether rows are to be known by their keys: others replace them, or take them out. */
  wantsKeys?: boolean;
  /** Tables: looks for what spreadsheet programs do to text. */
  damage?: DamageWatch;
}

/** Where a row stands, and what its reader already found wrong with it. */
export interface RowPlace {
  row: number;
  line?: number;
  sheet?: string;
  faults: readonly Issue[];
}

/** One row, read: an example, or `null` with at least one finding that says why. */
export interface ReadRow {
  row: number;
  line?: number;
  sheet?: string;
  example: Example | null;
  references: MediaReference[];
  /** Links to fetch, each once. */
  links: { record: string; url: string }[];
  findings: Finding[];
  /** Names that nothing in the drop fits, each once. */
  missing: string[];
  /** `finedrop_fixes`: the identity of the row that this one replaces. */
  fixes: string | null;
  /** The row's own id, where the drop gives one. */
  id?: string;
  /** Where keys are wanted, and the row could be read. */
  keys?: RowKeys;
}

/** A row that is being read; findings and references gather here until {@link closeRow}. */
export interface RowDraft {
  readonly context: RowContext;
  readonly place: RowPlace;
  readonly references: MediaReference[];
  readonly links: Map<string, string>;
  readonly missing: Set<string>;
  /** What the row writes for each reference id: the identity of the example hangs on it, not on where the file was found. */
  readonly written: Map<string, string>;
  /** References so far, also those that were refused. */
  parts: number;
  /** How many errors were told; a row with any is refused. */
  errors: number;
  tell(issue: Issue, at?: { column?: string | undefined; part?: number }): void;
  findings(): Finding[];
}

// A hostile chat can hold a fault in each of a million parts; the first ones say enough.
const MOST_FINDINGS = 100;

/** Begins a row with what its reader found. */
export function openRow(place: RowPlace, context: RowContext): RowDraft {
  const findings: Finding[] = [];
  let cut = 0;
  const { row, line, sheet } = place;
  const draft: RowDraft = {
    context,
    place,
    references: [],
    links: new Map(),
    missing: new Set(),
    written: new Map(),
    parts: 0,
    errors: 0,
    tell: (issue, at = {}) => {
      const isFirstError = issue.severity === 'error' && draft.errors === 0;
      if (issue.severity === 'error') draft.errors += 1;
      if (findings.length >= MOST_FINDINGS && !isFirstError) cut += 1;
      else findings.push(findingAt(issue, { file: context.file, ...given({ sheet, row, line, ...at }) }));
    },
    findings: () => (cut === 0 ? findings : [...findings, cutFinding(cut, findings)]),
  };
  for (const fault of place.faults) draft.tell(fault);
  return draft;
}

/** Ends a row. `content` is null where nothing could be read; a refused row has no example. */
export function closeRow(
  draft: RowDraft,
  content: { messages: Message[]; tools?: Tool[] | undefined; split: Split | null; id?: string | null } | null,
  fixes: string | null,
): ReadRow {
  const { row, line, sheet } = draft.place;
  const place = given({ row, line, sheet });
  const written = (id: string) => draft.written.get(id) ?? id;
  const example =
    content === null || draft.errors > 0
      ? null
      : {
          id: exampleId(content.messages, content.tools, written),
          split: content.split,
          source: { file: draft.context.file, ...place },
          ...given({ tools: content.tools }),
          messages: content.messages,
        };
  return {
    ...place,
    example,
    references: draft.references,
    links: Array.from(draft.links, ([record, url]) => ({ record, url })),
    findings: draft.findings(),
    missing: [...draft.missing],
    fixes,
    ...(content?.id == null ? {} : { id: content.id }),
    ...(content !== null && example !== null && draft.context.wantsKeys === true
      ? { keys: rowKeys(content, { id: content.id ?? null, written }) }
      : {}),
  };
}

type Given<Members> = { [Key in keyof Members]: Exclude<Members[Key], undefined> };

/** The members that are not undefined. */
function given<Members extends Record<string, unknown>>(members: Members): Given<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<Members>;
}

function cutFinding(cut: number, findings: readonly Finding[]): Finding {
  const { file, sheet, row, line } = findings[0]?.where ?? {};
  return findingAt(rowIssue('FINDINGS_CUT', `${cut} more findings of this row are not listed`), {
    ...given({ file, sheet, row, line }),
  });
}
