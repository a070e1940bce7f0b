/** Where a piece of a list begins and ends in its text. */
export interface Span {
  start: number;
  end: number;
}

interface Way {
  /** Names that are not known; the fewer, the better. */
  unknown: number;
  /** 2 stands for any number above one. */
  ways: 1 | 2;
  pieces: number;
}

const MOST_PIECES = 8;
const LONGEST_NAME = 1024;

/**
 * Joins pieces between commas to names: a joining counts only where a file is known by it. The way that leaves the fewest names unknown
 * wins; when several do, the pieces are returned as they are and `isAmbiguous` is true.
 */
export function joinNames(
  text: string,
  spans: readonly Span[],
  knows: (name: string) => boolean,
): { names: string[]; isAmbiguous: boolean } {
  const best: Way[] = Array.from({ length: spans.length + 1 }, () => ({ unknown: 0, ways: 1, pieces: 0 }));
  for (let first = spans.length - 1; first >= 0; first -= 1) {
    best[first] = bestWay(text, spans, { first, best, knows });
  }
  const isAmbiguous = best[0]?.ways === 2;
  return { names: isAmbiguous ? spans.map((span) => nameOf(text, span)) : namesBy(text, spans, best), isAmbiguous };
}

function nameOf(text: string, span: Span): string {
  return text.slice(span.start, span.end).trim();
}

function bestWay(
  text: string,
  spans: readonly Span[],
  at: { first: number; best: readonly Way[]; knows: (name: string) => boolean },
): Way {
  const { first, best, knows } = at;
  const start = spans[first]?.start ?? 0;
  let chosen: Way | null = null;
  for (let pieces = 1; pieces <= MOST_PIECES && first + pieces <= spans.length; pieces += 1) {
    const end = spans[first + pieces - 1]?.end ?? start;
    if (pieces > 1 && end - start > LONGEST_NAME) break;
    const isKnown = knows(nameOf(text, { start, end }));
    if (pieces > 1 && !isKnown) continue;
    const rest = best[first + pieces] ?? { unknown: 0, ways: 1, pieces: 0 };
    chosen = better(chosen, { unknown: rest.unknown + (isKnown ? 0 : 1), ways: rest.ways, pieces });
  }
  return chosen ?? { unknown: 0, ways: 1, pieces: 1 };
}

function better(chosen: Way | null, other: Way): Way {
  if (!chosen || other.unknown < chosen.unknown) return other;
  return other.unknown === chosen.unknown ? { ...chosen, ways: 2 } : chosen;
}

function namesBy(text: string, spans: readonly Span[], best: readonly Way[]): string[] {
  const names: string[] = [];
  for (let first = 0; first < spans.length; ) {
    const pieces = best[first]?.pieces ?? 1;
    const start = spans[first]?.start ?? 0;
    names.push(nameOf(text, { start, end: spans[first + pieces - 1]?.end ?? start }));
    first += Math.max(1, pieces);
  }
  return names;
}
