const LONGEST_COMPARED = 200;

/** The names closest to `name` by edit distance (case ignored), best first; none that differs in more than a third of it. */
export function nearestNames(name: string, candidates: Iterable<string>, limit: number = 1): string[] {
  const wanted = name.toLowerCase().slice(0, LONGEST_COMPARED);
  const farthest = Math.max(1, Math.floor(wanted.length / 3));
  const best: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const other = candidate.toLowerCase().slice(0, LONGEST_COMPARED);
    if (Math.abs(other.length - wanted.length) > farthest) continue;
    const distance = editDistance(wanted, other);
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

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
