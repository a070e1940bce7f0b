const LONGEST_COMPARED = 200;
/** Long names that differ in more are other names, not slips. */
const MOST_EDITS = 12;

/** The names closest to `name` by edits (case ignored; two letters swapped are one edit), best first; none that differs in more than a third of it, or in more than a dozen. */
export function nearestNames(name: string, candidates: Iterable<string>, limit: number = 1): string[] {
  const wanted = name.toLowerCase().slice(0, LONGEST_COMPARED);
  const farthest = Math.min(MOST_EDITS, Math.max(1, Math.floor(wanted.length / 3)));
  const best: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const other = candidate.toLowerCase().slice(0, LONGEST_COMPARED);
    if (Math.abs(other.length - wanted.length) > farthest) continue;
    const distance = editDistance(wanted, other, farthest);
    if (distance > farthest) continue;
    best.push({ candidate, distance });
    best.sort((left, right) => left.distance - right.distance || (left.candidate < right.candidate ? -1 : 1));
    if (best.length > limit) best.pop();
  }
  return best.map(({ candidate }) => candidate);
}

/** A hint's last sentence: `did you mean "x"?`, or nothing when no name is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const [nearest] = nearestNames(name, candidates);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}

/**
 * Optimal string alignment (Damerau's distance without edits inside a swap). Only cells within `farthest` of the diagonal
 * can matter, and a row that is all beyond it ends the work: a hundred thousand names are compared in a fraction of a second.
 */
function editDistance(left: string, right: string, farthest: number): number {
  const beyond = farthest + 1;
  let beforeLast = new Uint16Array(right.length + 1);
  let last = Uint16Array.from({ length: right.length + 1 }, (_, column) => Math.min(column, beyond));
  let current = new Uint16Array(right.length + 1);
  for (let row = 1; row <= left.length; row += 1) {
    const from = Math.max(1, row - farthest);
    const to = Math.min(right.length, row + farthest);
    current.fill(beyond);
    if (row <= farthest) current[0] = row;
    let least = current[0] ?? beyond;
    for (let column = from; column <= to; column += 1) {
      const edits = Math.min(
        step(last, current, { left, right, row, column }),
        swap(beforeLast, { left, right, row, column }),
      );
      current[column] = Math.min(edits, beyond);
      least = Math.min(least, edits);
    }
    if (least > farthest) return beyond;
    [beforeLast, last, current] = [last, current, beforeLast];
  }
  return last[right.length] ?? beyond;
}

interface Cell {
  left: string;
  right: string;
  row: number;
  column: number;
}

/** One letter replaced, added or left out. */
function step(last: Uint16Array, current: Uint16Array, { left, right, row, column }: Cell): number {
  const replaced = (last[column - 1] ?? 0) + (left.charCodeAt(row - 1) === right.charCodeAt(column - 1) ? 0 : 1);
  return Math.min(replaced, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
}

/** Two letters in each other's place. */
function swap(beforeLast: Uint16Array, { left, right, row, column }: Cell): number {
  const isSwapped =
    row > 1 &&
    column > 1 &&
    left.charCodeAt(row - 1) === right.charCodeAt(column - 2) &&
    left.charCodeAt(row - 2) === right.charCodeAt(column - 1);
  return isSwapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
}
