import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { nearestNames } from '../domain/nearest-name.ts';
import { rowIssue } from './codes.ts';

/** Where a table keeps what: indexes into the cells of a row, null for a column that the table does not have. */
export interface Columns {
  prompt: number;
  completion: number;
  files: number | null;
  system: number | null;
  split: number | null;
  /** What the row is called, so that a later one can replace it. */
  id: number | null;
  /** `finedrop_fixes`, of a rejected file that was dropped back. */
  fixes: number | null;
  /** `finedrop_rest`: cells that had no column. */
  rest: number | null;
  /** Indexes of columns that are not read. */
  ignored: number[];
  /** As it came. */
  header: string[];
}

// Our own limit: a table of prompts has a handful of columns, and a header of thousands is a file read by the wrong separator.
const MOST_COLUMNS = 64;

/** Other words for a column, without spaces, dashes and underscores. */
const NAMES = {
  prompt: ['prompt', 'prompts', 'input', 'inputs', 'question', 'instruction', 'user', 'text', 'query', 'usermessage'],
  completion: [
    ...['completion', 'completions', 'output', 'outputs', 'answer', 'response', 'label', 'target', 'assistant'],
    ...['reply', 'expectedoutput', 'assistantmessage'],
  ],
  files: [
    ...['files', 'file', 'filename', 'filenames', 'filepath', 'filepaths', 'images', 'image', 'imagepath', 'imageurl'],
    ...['imageurls', 'media', 'mediafiles', 'attachments', 'attachment', 'audio', 'document', 'documents'],
  ],
  system: ['system', 'systemprompt', 'systemmessage', 'systeminstruction'],
  split: ['split', 'subset', 'datasplit', 'partition'],
  id: ['id', 'rowid', 'exampleid'],
  fixes: ['finedropfixes'],
  rest: ['finedroprest'],
  ignored: ['error', 'errors'],
} as const;

type Role = keyof typeof NAMES;

const ROLE_OF: ReadonlyMap<string, Role> = new Map(
  Object.entries(NAMES).flatMap(([role, names]) => names.map((name) => [name, role as Role] as const)),
);

/** Reads a header in any case, spacing and by the usual other words; without `columns` the table cannot be read. */
export function readColumns(
  header: readonly string[],
): { columns: Columns; issues: Issue[] } | { columns?: never; issues: Issue[] } {
  const refused = refuseShape(header);
  if (refused) return { issues: [refused] };
  const roles = header.map((name) => ROLE_OF.get(plain(name)) ?? null);
  const issues = [...duplicates(header, roles), ...missingColumns(header, roles), ...ignoredColumns(header, roles)];
  if (issues.some((issue) => issue.severity === 'error')) return { issues };
  return { columns: columnsOf(header, roles), issues };
}

/** What a column of this name holds, or null. */
export function roleOf(name: string): string | null {
  return ROLE_OF.get(plain(name)) ?? null;
}

function plain(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-\p{Cf}\p{Cc}]/gu, '');
}

function refuseShape(header: readonly string[]): Issue | null {
  if (header.every((name) => name.trim() === '')) {
    return rowIssue('TABLE_HEADER_EMPTY', 'the table has no header', 'Begin it with the line: prompt,completion,files');
  }
  if (header.length <= MOST_COLUMNS) return null;
  const message = `the header has ${header.length} columns, more than ${MOST_COLUMNS}`;
  return rowIssue('TABLE_HEADER_COLUMNS', message, 'Keep prompt, completion, files, and what else you need to see.');
}

function duplicates(header: readonly string[], roles: readonly (Role | null)[]): Issue[] {
  const all = Object.keys(NAMES) as Role[];
  return all.flatMap((role) => {
    const names = header.filter((_, index) => roles[index] === role).map((name) => `"${excerpt(name)}"`);
    if (role === 'ignored' || names.length < 2) return [];
    const message = `${names.join(' and ')} both mean the ${wordFor(role)} column`;
    return [rowIssue('TABLE_HEADER_DUPLICATE', message, 'Remove one, or give it a name that finedrop does not read.')];
  });
}

function wordFor(role: Role): string {
  return role === 'fixes' || role === 'rest' ? `finedrop_${role}` : role;
}

function missingColumns(header: readonly string[], roles: readonly (Role | null)[]): Issue[] {
  const missing = (['prompt', 'completion'] as const).filter((role) => !roles.includes(role));
  if (missing.length === 0) return [];
  const isUnknown = roles.every((role) => role === null || role === 'ignored');
  const shown = excerpt(header.join(', '), 200);
  const message = isUnknown
    ? `the header names neither a prompt nor a completion column: ${shown}`
    : `the header has no ${missing.join(' and no ')} column: ${shown}`;
  const near = missing.flatMap((role) => nearColumn(role, header, roles));
  const hint = near.length > 0 ? near.join(' ') : headerHint(header, missing);
  return [rowIssue(isUnknown ? 'TABLE_HEADER_UNKNOWN' : 'TABLE_HEADER_MISSING', message, hint)];
}

function nearColumn(role: Role, header: readonly string[], roles: readonly (Role | null)[]): string[] {
  const free = new Map(header.filter((_, index) => roles[index] === null).map((name) => [plain(name), name]));
  free.delete('');
  const [nearest] = NAMES[role].slice(0, 5).flatMap((name) => nearestNames(name, free.keys()));
  return nearest === undefined ? [] : [`Is "${excerpt(free.get(nearest) ?? nearest)}" the ${role}? Rename it.`];
}

function headerHint(header: readonly string[], missing: readonly Role[]): string {
  if (header.length === 1 && /[,;|\t]/.test(header[0] ?? '')) {
    return 'The whole header was read as one column; separate columns by commas, semicolons or tabs, without quotes around the line.';
  }
  const others = missing.map((role) => `${role} (or ${NAMES[role].slice(2, 7).join(', ')})`);
  return `The first row names the columns; add ${others.join(' and ')}.`;
}

function ignoredColumns(header: readonly string[], roles: readonly (Role | null)[]): Issue[] {
  const has = new Set(roles);
  const open = (Object.keys(NAMES) as Role[]).filter((role) => !has.has(role) && role !== 'ignored').map(wordFor);
  return header.flatMap((name, index) => {
    if (roles[index] !== null || name.trim() === '') return [];
    const [nearest] = nearestNames(plain(name), open);
    const hint = nearest === undefined ? undefined : `Did you mean "${nearest}"?`;
    return [rowIssue('TABLE_COLUMN_IGNORED', `the column "${excerpt(name)}" is not known and not read`, hint)];
  });
}

function columnsOf(header: readonly string[], roles: readonly (Role | null)[]): Columns {
  const at = (role: Role): number | null => {
    const index = roles.indexOf(role);
    return index < 0 ? null : index;
  };
  return {
    prompt: roles.indexOf('prompt'),
    completion: roles.indexOf('completion'),
    files: at('files'),
    system: at('system'),
    split: at('split'),
    id: at('id'),
    fixes: at('fixes'),
    rest: at('rest'),
    ignored: roles.flatMap((role, index) => (role === null || role === 'ignored' ? [index] : [])),
    header: [...header],
  };
}
