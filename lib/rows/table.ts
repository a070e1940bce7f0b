import type { Message, Part } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import { rowIssue } from './codes.ts';
import type { Columns } from './columns.ts';
import { knowsName } from './drop-index.ts';
import { parseFilesCell } from './files-cell.ts';
import { resolveReference } from './resolve.ts';
import { closeRow, openRow, type ReadRow, type RowContext, type RowDraft, type RowPlace } from './row.ts';
import { rowId } from './row-keys.ts';
import { readSplit } from './split.ts';
import { checkText } from './text.ts';

export type { ReadRow, RowContext } from './row.ts';

interface Row {
  draft: RowDraft;
  cells: readonly string[];
  columns: Columns;
}

/** Reads the cells of one table row: a system message if there is one, the user's text and then its files, the assistant's answer. */
export function readTableRow(
  cells: readonly string[],
  columns: Columns,
  where: RowPlace,
  context: RowContext,
): ReadRow {
  const draft = openRow(where, context);
  const row: Row = { draft, cells, columns };
  const fixes = cellOf(row, 'fixes').trim() || null;
  // Cells of a row that was read wrongly, or is not aligned with the header, mean nothing: no further findings about them.
  if (draft.errors > 0 || tellRagged(row)) return closeRow(draft, null, fixes);
  tellDamage(row);
  const split = splitOf(row);
  const messages = [...systemOf(row), userOf(row), answerOf(row)];
  const id = rowId(cellOf(row, 'id'));
  return closeRow(draft, { messages, split, id }, fixes);
}

type Column = 'prompt' | 'completion' | 'files' | 'system' | 'split' | 'id' | 'fixes' | 'rest';

function cellOf({ cells, columns }: Row, column: Column): string {
  const index = columns[column];
  return index === null ? '' : (cells[index] ?? '');
}

/** The header's own spelling, as findings name the column. */
function named({ columns }: Row, column: Column): { column: string } | Record<string, never> {
  const name = columns.header[columns[column] ?? -1];
  return name === undefined ? {} : { column: name };
}

function tellRagged(row: Row): boolean {
  const { draft, cells, columns } = row;
  const rest = cellOf(row, 'rest');
  if (rest !== '') {
    const message = `the row had surplus cells, which are still in finedrop_rest: ${excerpt(rest)}`;
    draft.tell(rowIssue('TABLE_RAGGED', message, RAGGED_REST_HINT), named(row, 'rest'));
    return true;
  }
  const [count, expected] = [cells.length, columns.header.length];
  if (count === expected) return false;
  const message = `the row has ${count} ${count === 1 ? 'cell' : 'cells'}, the header has ${expected} columns`;
  draft.tell(rowIssue('TABLE_RAGGED', message, count < expected ? RAGGED_SHORT_HINT : RAGGED_LONG_HINT));
  return true;
}

const RAGGED_LONG_HINT = 'Put quotes around a cell that holds the separator: "a, b"';
const RAGGED_SHORT_HINT = 'Write a separator for each empty cell; a quote that is not closed also eats cells.';
const RAGGED_REST_HINT = 'Move what belongs to the row into its columns, and empty finedrop_rest.';

function tellDamage(row: Row): void {
  const { draft } = row;
  const { row: number, sheet } = draft.place;
  for (const role of ['prompt', 'completion', 'system', 'files'] as const) {
    const text = cellOf(row, role);
    const { column } = named(row, role);
    if (text === '' || column === undefined) continue;
    for (const issue of draft.context.damage?.look({ text, role, column, row: number, sheet }) ?? [])
      draft.tell(issue, { column });
  }
}

function splitOf(row: Row) {
  const read = readSplit(cellOf(row, 'split'));
  if ('split' in read) return read.split ?? row.draft.context.split;
  row.draft.tell(read.issue, named(row, 'split'));
  return null;
}

function textOf(row: Row, column: 'prompt' | 'completion' | 'system'): string {
  const text = cellOf(row, column);
  for (const issue of checkText(text, `the ${column}`)) row.draft.tell(issue, named(row, column));
  return text;
}

function systemOf(row: Row): Message[] {
  const text = textOf(row, 'system');
  return text.trim() === '' ? [] : [{ role: 'system', parts: [{ text }] }];
}

function userOf(row: Row): Message {
  const text = textOf(row, 'prompt');
  const { parts, isNamed } = filesOf(row);
  const isEmpty = text.trim() === '';
  if (isEmpty && !isNamed) {
    const message = 'the row has neither a prompt nor a file';
    row.draft.tell(rowIssue('PROMPT_EMPTY', message, 'Write what the model will be asked.'), named(row, 'prompt'));
  }
  return { role: 'user', parts: isEmpty ? parts : [{ text }, ...parts] };
}

function filesOf(row: Row): { parts: Part[]; isNamed: boolean } {
  const { draft } = row;
  const { references, issues } = parseFilesCell(cellOf(row, 'files'), (name) => knowsName(draft.context.index, name));
  const at = named(row, 'files');
  for (const issue of issues) draft.tell(issue, at);
  const parts = references.flatMap((written) => resolveReference(draft, written, at)).map((media) => ({ media }));
  return { parts, isNamed: references.length > 0 || issues.length > 0 };
}

function answerOf(row: Row): Message {
  const text = textOf(row, 'completion');
  if (text.trim() === '') {
    const hint = 'Write what the model should answer, or remove the row.';
    row.draft.tell(rowIssue('COMPLETION_EMPTY', 'the row has no completion', hint), named(row, 'completion'));
  }
  return { role: 'assistant', parts: [{ text }] };
}
