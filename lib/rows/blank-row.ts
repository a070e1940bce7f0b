/**
 * Whether no cell of a row says anything. Spreadsheets leave such rows between and behind the others, in CSV as delimiters alone:
 * they hold nothing that could be lost, and are counted nowhere.
 */
export function isBlankRow(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}
