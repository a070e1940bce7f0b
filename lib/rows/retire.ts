import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { rowIssue } from './codes.ts';
import { roleOf } from './columns.ts';
import { promptKey, rowId } from './row-keys.ts';

/** A row that is to be taken out: by its id where one is given, else by its question. */
export type Retired = { id: string } | { prompt: string };

/** Which columns of a list of rows to take out name them. */
export interface RetireColumns {
  id: number | null;
  prompt: number | null;
}

const RETIRE_NAME = /^retired?(?!\p{L})/iu;

/** Whether a file's name, without folders, says that its rows are to be taken out: `retire.csv`, `retired-2026.xlsx`. */
export function isRetireName(base: string): boolean {
  return RETIRE_NAME.test(base);
}

/** Finds the id or the prompt column; other columns mean nothing here. */
export function readRetireColumns(header: readonly string[]): { columns: RetireColumns } | { issue: Issue } {
  const at = (role: string): number | null => {
    const index = header.findIndex((name) => roleOf(name) === role);
    return index < 0 ? null : index;
  };
  const columns = { id: at('id'), prompt: at('prompt') };
  if (columns.id !== null || columns.prompt !== null) return { columns };
  const message = `a list of rows to take out has neither an id nor a prompt column: ${excerpt(header.join(', '), 200)}`;
  return {
    issue: rowIssue('RETIRE_HEADER', message, 'Name the column "id" or "prompt"; a dataset needs another file name.'),
  };
}

/** The row that a line of the list names; null = its cells are empty. */
export function readRetired(cells: readonly string[], { id, prompt }: RetireColumns): Retired | null {
  const name = id === null ? null : rowId(cells[id] ?? '');
  if (name !== null) return { id: name };
  const text = prompt === null ? '' : (cells[prompt] ?? '').trim();
  return text === '' ? null : { prompt: promptKey(text) };
}
