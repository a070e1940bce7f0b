import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PointerMove } from '../../lib/domain/history.ts';
import { formerModels, takenBackAt } from '../../lib/pipeline/pointer-moves.ts';

type Step = [by: PointerMove['by'], tunedModel: string];

/** Moves as they are noted when one follows the other. */
function movesOf(...steps: readonly Step[]): PointerMove[] {
  let before: string | null = null;
  return steps.map(([by, tunedModel], index) => {
    const move = {
      target: 'openai',
      tunedModel,
      run: `run-${tunedModel}`,
      before,
      by,
      at: `2026-01-0${(index % 9) + 1}`,
    };
    before = tunedModel;
    return move;
  });
}

const former = (moves: readonly PointerMove[], current: string) => formerModels(moves, { target: 'openai', current });

describe('formerModels', () => {
  it.each<[string, Step[], string, string[]]>([
    ['of a first model are none', [['run', 'a']], 'a', []],
    [
      'are those that runs have put there',
      [
        ['run', 'a'],
        ['run', 'b'],
        ['run', 'c'],
      ],
      'c',
      ['a', 'b'],
    ],
    [
      'leave out what was rolled back',
      [
        ['run', 'a'],
        ['run', 'b'],
        ['rollback', 'a'],
      ],
      'a',
      [],
    ],
    [
      'go on from where a rollback went',
      [
        ['run', 'a'],
        ['run', 'b'],
        ['run', 'c'],
        ['rollback', 'b'],
        ['run', 'd'],
      ],
      'd',
      ['a', 'b'],
    ],
    [
      'count a model again that was promoted again',
      [
        ['run', 'a'],
        ['run', 'b'],
        ['promote', 'a'],
      ],
      'a',
      ['a', 'b'],
    ],
  ])('%s', (_title, steps, current, expected) => {
    expect(former(movesOf(...steps), current)).toEqual(expected);
  });

  it('know the order of moves that were noted the other way round', () => {
    const [first, second, third] = movesOf(['run', 'a'], ['promote', 'b'], ['promote', 'c']) as [
      PointerMove,
      PointerMove,
      PointerMove,
    ];
    expect(former([first, third, second], 'c')).toEqual(['a', 'b']);
  });

  it('know of a move that was never noted by the next one, or by the pointer', () => {
    const [first, , third] = movesOf(['run', 'a'], ['run', 'b'], ['run', 'c']) as [
      PointerMove,
      PointerMove,
      PointerMove,
    ];
    expect(former([first, third], 'c')).toEqual(['a', 'b']);
    expect(former([first], 'b')).toEqual(['a']);
  });

  it('are those of the target alone', () => {
    const other = movesOf(['run', 'x'], ['run', 'y']).map((move) => ({ ...move, target: 'vertex' }));
    expect(former([...other, ...movesOf(['run', 'a'], ['run', 'b'])], 'b')).toEqual(['a']);
  });

  it('lead back step by step to the first, whatever was done before', () => {
    const by = fc.constantFrom<PointerMove['by']>('run', 'promote', 'rollback');
    const steps = fc.array(fc.tuple(by, fc.constantFrom('a', 'b', 'c', 'd')), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(steps, (played) => {
        const pointer = play(played);
        for (let left = pointer.former().length; left > 0; left -= 1) {
          expect(pointer.former()).toHaveLength(left);
          pointer.rollBack();
        }
        expect(pointer.former()).toEqual([]);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});

/** A pointer that is moved as runs and people move it; a rollback goes where it can. */
function play(steps: readonly Step[]) {
  const moves: PointerMove[] = [];
  let current: string | null = null;
  const formers = () => (current === null ? [] : former(moves, current));
  const move = (by: PointerMove['by'], tunedModel: string | undefined) => {
    if (tunedModel === undefined || tunedModel === current) return;
    moves.push({ target: 'openai', tunedModel, run: '1', before: current, by, at: '' });
    current = tunedModel;
  };
  for (const [by, tunedModel] of steps) move(by, by === 'rollback' ? formers().at(-1) : tunedModel);
  return { former: formers, rollBack: () => move('rollback', formers().at(-1)) };
}

describe('takenBackAt', () => {
  it.each<[string, Step[], string | null]>([
    [
      'tells when a person went back from a model',
      [
        ['run', 'a'],
        ['run', 'b'],
        ['rollback', 'a'],
      ],
      '2026-01-03',
    ],
    [
      'tells when a person put another in its place',
      [
        ['run', 'b'],
        ['promote', 'a'],
      ],
      '2026-01-02',
    ],
    [
      'says nothing of a model that a better one followed',
      [
        ['run', 'b'],
        ['run', 'a'],
      ],
      null,
    ],
    [
      'says nothing of one that was made current again',
      [
        ['run', 'b'],
        ['rollback', 'a'],
        ['promote', 'b'],
      ],
      null,
    ],
    ['says nothing of one that never was current', [['run', 'a']], null],
  ])('%s', (_title, steps, expected) => {
    expect(takenBackAt(movesOf(...steps), { target: 'openai', tunedModel: 'b' })).toBe(expected);
  });
});
