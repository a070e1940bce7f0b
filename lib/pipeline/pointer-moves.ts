import type { PointerMove } from '../domain/history.ts';

/** Which of a target's models were current before the present one, oldest first: the last is where a rollback goes. */
export function formerModels(moves: readonly PointerMove[], { target, current }: Pointer): string[] {
  const path: string[] = [];
  for (const { tunedModel, before, by } of inOrder(ofTarget(moves, target))) {
    // A move whose note was lost with its machine: the next one still says where it left the pointer.
    if (before !== null) goBackTo(path, before);
    if (by === 'rollback') goBackTo(path, tunedModel);
    else if (path.at(-1) !== tunedModel) path.push(tunedModel);
  }
  goBackTo(path, current);
  return path.slice(0, -1);
}

interface Pointer {
  target: string;
  /** Its tuned model. */
  current: string;
}

/** When a person put another model in this one's place; null = nobody did, or it was made current again since. */
export function takenBackAt(
  moves: readonly PointerMove[],
  { target, tunedModel }: Pick<PointerMove, 'target' | 'tunedModel'>,
): string | null {
  const last = inOrder(ofTarget(moves, target)).findLast(
    (move) => move.tunedModel === tunedModel || move.before === tunedModel,
  );
  return last === undefined || last.tunedModel === tunedModel || last.by === 'run' ? null : last.at;
}

function ofTarget(moves: readonly PointerMove[], target: string): PointerMove[] {
  return moves.filter((move) => move.target === target);
}

/** Who moves the pointer first may note it last: a move comes after the one that put there what it took away. */
function inOrder(noted: readonly PointerMove[]): PointerMove[] {
  const left = [...noted];
  const ordered: PointerMove[] = [];
  let top: string | null = null;
  while (left.length > 0) {
    const next = left.findIndex(({ before }) => before === top);
    const [move] = left.splice(Math.max(next, 0), 1);
    if (move === undefined) break;
    ordered.push(move);
    top = move.tunedModel;
  }
  return ordered;
}

/** Takes what came after the model from the path, as if it had not been. */
function goBackTo(path: string[], model: string): void {
  const place = path.lastIndexOf(model);
  if (place === -1) path.push(model);
  else path.length = place + 1;
}
