import type { LineSegment } from '../provider.ts';

const HOLE = Symbol('hole');

/** A JSON string that is `prefix` and then a file's base64; only {@link dataUriOf} makes one, no parsed JSON can. */
export interface Hole {
  [HOLE]: { prefix: string; sha256: string };
}

/** A JSON value in which strings may be holes; members that are `undefined` are left out. */
export type JsonTree =
  | string
  | number
  | boolean
  | null
  | undefined
  | Hole
  | readonly JsonTree[]
  | { readonly [key: string]: JsonTree };

/** The string `data:<mime>;base64,…` of a file whose bytes are filled in while the line is written. */
export function dataUriOf(mime: string, sha256: string): Hole {
  return { [HOLE]: { prefix: `data:${mime};base64,`, sha256 } };
}

/** A tree as one line of JSON with holes. Text never becomes part of a template, so no text can forge a hole. */
export function toLineSegments(tree: JsonTree): LineSegment[] {
  const segments: LineSegment[] = [];
  let text = '';
  for (const piece of piecesOf(tree)) {
    if (typeof piece === 'string') {
      text += piece;
    } else {
      segments.push(text, piece);
      text = '';
    }
  }
  return [...segments, text];
}

function* piecesOf(tree: JsonTree): Generator<LineSegment> {
  if (typeof tree !== 'object' || tree === null) yield JSON.stringify(tree ?? null);
  else if (HOLE in tree) yield* holePieces(tree as Hole);
  else if (Array.isArray(tree)) yield* listPieces(tree);
  else yield* recordPieces(tree as { readonly [key: string]: JsonTree });
}

function* holePieces({ [HOLE]: { prefix, sha256 } }: Hole): Generator<LineSegment> {
  yield JSON.stringify(prefix).slice(0, -1);
  yield { base64: sha256 };
  yield '"';
}

function* listPieces(list: readonly JsonTree[]): Generator<LineSegment> {
  yield '[';
  for (const [index, item] of list.entries()) {
    if (index > 0) yield ',';
    yield* piecesOf(item);
  }
  yield ']';
}

function* recordPieces(record: { readonly [key: string]: JsonTree }): Generator<LineSegment> {
  yield '{';
  const members = Object.entries(record).filter(([, value]) => value !== undefined);
  for (const [index, [key, value]] of members.entries()) {
    yield `${index > 0 ? ',' : ''}${JSON.stringify(key)}:`;
    yield* piecesOf(value);
  }
  yield '}';
}
