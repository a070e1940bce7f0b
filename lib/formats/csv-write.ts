const NEEDS_QUOTES = /^[\s\ufeff]|["\r\n]|\s$/;

/**
 * Writes one record in RFC 4180, ending in CRLF. Quotes stand only where they are needed: also around outer white space, which other
 * readers trim, around a byte order mark, which is stripped from a file's start, and around a lone empty cell, which would be a blank line.
 */
export function formatCsvRecord(cells: readonly string[], delimiter = ','): string {
  if (cells.length === 1 && cells[0] === '') return '""\r\n';
  return `${cells.map((cell) => formatCell(cell, delimiter)).join(delimiter)}\r\n`;
}

function formatCell(cell: string, delimiter: string): string {
  if (!NEEDS_QUOTES.test(cell) && !cell.includes(delimiter)) return cell;
  return `"${cell.replaceAll('"', '""')}"`;
}
