import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareFindings, type Finding, findingAt, findingSchema, issueSchema } from '../../lib/domain/finding.ts';
import { findingOf } from '../factories.ts';

const few = (...words: string[]) => fc.constantFrom(...words);
const place = fc.record(
  {
    file: few('a.csv', 'b.csv'),
    sheet: few('one', 'two'),
    entry: few('x.png', 'y.png'),
    row: fc.integer({ min: 1, max: 3 }),
    line: fc.integer({ min: 1, max: 3 }),
    column: few('files', 'prompt'),
    part: fc.integer({ min: 1, max: 2 }),
  },
  { requiredKeys: [] },
);
const finding: fc.Arbitrary<Finding> = fc
  .record({
    code: few('A', 'B'),
    severity: fc.constantFrom('error' as const, 'warning' as const, 'info' as const),
    message: few('one', 'two'),
    hint: fc.option(few('x', 'y'), { nil: undefined }),
    where: place,
    target: fc.option(few('openai', 'vertex'), { nil: null }),
  })
  .map(({ where, target, hint, ...issue }) =>
    findingAt({ ...issue, ...(hint === undefined ? {} : { hint }) }, where, target),
  );

describe('compareFindings', () => {
  it('is total: only findings that read the same are equal', () => {
    fc.assert(
      fc.property(finding, finding, (left, right) => {
        expect(compareFindings(left, right) === 0).toBe(JSON.stringify(left) === JSON.stringify(right));
        expect(Math.sign(compareFindings(left, right))).toBe(-Math.sign(compareFindings(right, left)) + 0);
      }),
      { seed: 42, numRuns: 2000 },
    );
  });

  it('sorts any order of the same findings into the same bytes', () => {
    const pairs = fc
      .array(finding, { maxLength: 12 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(pairs, ([list, shuffled]) => {
        expect(JSON.stringify([...shuffled].sort(compareFindings))).toBe(
          JSON.stringify([...list].sort(compareFindings)),
        );
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it('goes by file, sheet, row, part, code, and then by target', () => {
    const at = (where: Finding['where'], code: string, target: string | null = null) =>
      findingOf({ where, code, target });
    const ordered = [
      at({}, 'Z'),
      at({ file: 'a.csv' }, 'Z'),
      at({ file: 'a.csv', row: 2 }, 'Z'),
      at({ file: 'a.csv', row: 10, part: 1 }, 'B'),
      at({ file: 'a.csv', row: 10, part: 2 }, 'A'),
      at({ file: 'a.csv', row: 10, part: 2 }, 'A', 'openai'),
      at({ file: 'a.csv', row: 10, part: 2 }, 'B'),
      at({ file: 'a.csv', sheet: 'x', row: 1 }, 'A'),
      at({ file: 'b.csv', row: 1 }, 'A'),
    ];
    expect([...ordered].reverse().sort(compareFindings)).toEqual(ordered);
  });
});

describe('findingAt', () => {
  it('writes the published line, key for key', () => {
    const line = JSON.stringify(
      findingAt(
        { hint: 'nearest names: owl.jpeg', message: 'no file "owl.jpg"', severity: 'error', code: 'MEDIA_MISSING' },
        { part: 2, column: 'files', line: 19, row: 17, file: 'train.csv' },
      ),
    );
    expect(line).toBe(
      '{"code":"MEDIA_MISSING","severity":"error","where":{"file":"train.csv","row":17,"line":19,"column":"files","part":2},"message":"no file \\"owl.jpg\\"","hint":"nearest names: owl.jpeg","target":null}',
    );
    expect(findingSchema.parse(JSON.parse(line))).toBeDefined();
  });

  it('leaves out what is not known', () => {
    expect(findingAt({ code: 'A', severity: 'info', message: 'x' }, {}, 'openai')).toEqual({
      code: 'A',
      severity: 'info',
      where: {},
      message: 'x',
      target: 'openai',
    });
  });
});

describe('findingSchema and issueSchema', () => {
  it.each([
    [{ code: 'lower' }],
    [{ code: '9A' }],
    [{ message: '' }],
    [{ severity: 'fatal' }],
    [{ where: { row: 0 } }],
    [{ where: { row: 1.5 } }],
    [{ where: { cell: 'A1' } }],
    [{ extra: true }],
  ])('refuse %j', (change) => {
    expect(findingSchema.safeParse({ ...findingOf(), ...change }).success).toBe(false);
  });

  it('take what readers make', () => {
    expect(findingSchema.parse(findingOf())).toEqual(findingOf());
    expect(issueSchema.safeParse({ code: 'A_1', severity: 'warning', message: 'm' }).success).toBe(true);
  });
});
