import { describe, expect, it } from 'vitest';
import { reportContradictions, reportSchema } from '../../lib/domain/report.ts';
import { reportOf, targetReportOf } from '../factories.ts';

describe('reportContradictions', () => {
  it('finds none in a report that adds up', () => {
    expect(reportContradictions(reportSchema.parse(reportOf()))).toEqual([]);
    expect(reportContradictions(reportOf({ targets: [] }))).toEqual([]);
  });

  it.each([
    [
      'rows that are neither accepted nor rejected',
      reportOf({ rows: { total: 29, accepted: 26, rejected: 2, train: 26, validation: 0 } }),
      ['rows.accepted + rows.rejected is not rows.total'],
    ],
    [
      'rows that a target lost',
      reportOf({
        targets: [targetReportOf({ rows: { accepted: 21, adjusted: 3, excluded: 4, train: 21, validation: 0 } })],
      }),
      ['openai: accepted + excluded is not the accepted rows'],
    ],
    [
      'more rows adjusted than there are',
      reportOf({
        targets: [targetReportOf({ rows: { accepted: 2, adjusted: 3, excluded: 24, train: 2, validation: 0 } })],
      }),
      ['openai: more rows adjusted than accepted'],
    ],
    [
      'more rows that were trained before than were left out',
      reportOf({
        targets: [
          targetReportOf({
            rows: { accepted: 22, adjusted: 3, excluded: 4, trainedBefore: 5, train: 22, validation: 0 },
          }),
        ],
      }),
      ['openai: more rows trained before than excluded'],
    ],
    [
      'all of it, of each target by name',
      reportOf({
        rows: { total: 1, accepted: 26, rejected: 2, train: 26, validation: 0 },
        targets: [
          targetReportOf(),
          targetReportOf({ name: 'vertex', rows: { accepted: 0, adjusted: 1, excluded: 0, train: 0, validation: 0 } }),
        ],
      }),
      [
        'rows.accepted + rows.rejected is not rows.total',
        'vertex: accepted + excluded is not the accepted rows',
        'vertex: more rows adjusted than accepted',
      ],
    ],
  ])('tells %s', (_what, report, expected) => {
    expect(reportContradictions(report)).toEqual(expected);
  });
});
