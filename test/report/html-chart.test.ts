import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MetricPoint, metricPoint } from '../../lib/domain/metrics.ts';
import { renderReport } from '../../lib/report/html.ts';
import { chartSection } from '../../lib/report/html-chart.ts';
import { curvesOf, scaleOf, thinnedPlaces } from '../../lib/report/metrics-series.ts';
import { attributes, NO_EXTRAS, reportOf, textOf } from './report-factories.ts';

type Values = Parameters<typeof metricPoint>[0];

function pointsOf(...values: Values[]): MetricPoint[] {
  return values.map((value) => metricPoint(value)).filter((point) => point !== null);
}

const chartOf = (...values: Values[]) => chartSection([{ target: 'openai', points: pointsOf(...values) }]).text;

/** Every coordinate that the picture holds. */
function coordinates(chart: string): number[] {
  const names = ['x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'points'];
  return names.flatMap((name) => attributes(chart, name).flatMap((value) => value.split(/[ ,]/))).map(Number);
}

function expectDrawn(chart: string): void {
  for (const value of coordinates(chart)) expect(value).toBeGreaterThanOrEqual(0);
  for (const value of coordinates(chart)) expect(value).toBeLessThanOrEqual(720);
  expect(chart.split('<svg').length).toBe(chart.split('</svg>').length);
}

describe('chartSection', () => {
  it('draws training and validation loss by step, and says in words what is to be seen', () => {
    const chart = chartOf({ step: 1, trainLoss: 1.5, validLoss: 2.5 }, { step: 1200, trainLoss: 0.5, validLoss: 1 });
    expectDrawn(chart);
    expect(chart).toContain('role="img" aria-labelledby="chart-title chart-words"');
    expect(chart).toContain('<title id="chart-title">loss by step: openai</title>');
    expect(chart).toContain(
      'openai: training loss from 1.5 at step 1 to 0.5 at step 1,200; validation loss from 2.5 at step 1 to 1 at step 1,200.',
    );
    expect(attributes(chart, 'points')).toEqual(['64,102 706,170', '64,34 706,136']);
    expect(attributes(chart, 'class').filter((name) => name.startsWith('curve'))).toEqual([
      'curve train',
      'curve valid',
    ]);
  });

  it('draws a panel for each target that has something to draw', () => {
    const chart = chartSection([
      { target: 'openai', points: pointsOf({ step: 1, trainLoss: 2 }) },
      { target: 'vertex', points: pointsOf({ step: 1, epoch: 1 }) },
      { target: 'bedrock', points: pointsOf({ step: 0, trainLoss: 2 }) },
    ]).text;
    expect(attributes(chart, 'transform')).toEqual(['translate(0 0)', 'translate(0 210)']);
    expect(attributes(chart, 'viewBox')).toEqual(['0 0 720 420']);
    expect(textOf(chart)).toContain('vertex: its provider’s API tells steps and no losses');
  });

  it('shows one point as a dot with its value', () => {
    const chart = chartOf({ step: 7, trainLoss: -3.5 });
    expectDrawn(chart);
    expect(chart).not.toContain('<polyline');
    expect([attributes(chart, 'cx'), attributes(chart, 'cy')]).toEqual([['385'], ['102']]);
    expect(textOf(chart)).toContain('-3.5');
  });

  it('draws accuracies where there is no loss, and points without steps one behind the other', () => {
    expect(chartOf({ step: 1, trainAccuracy: 0.5 })).toContain('accuracy by step');
    const chart = chartOf({ trainLoss: 1 }, { trainLoss: 2 }, { trainLoss: 3 });
    expect(attributes(chart, 'points')).toEqual(['64,170 385,102 706,34']);
    expect(chart).toContain('training loss from 1 to 3');
  });

  it.each<[string, Values[]]>([
    [
      'numbers as far apart as there are',
      [
        { step: 1, trainLoss: 1.7e308 },
        { step: 2, trainLoss: -1.7e308 },
      ],
    ],
    [
      'the smallest numbers there are',
      [
        { step: 1, trainLoss: 5e-324 },
        { step: 2, trainLoss: 0 },
      ],
    ],
    [
      'the same number everywhere',
      [
        { step: 1, trainLoss: 0 },
        { step: 2, trainLoss: 0 },
      ],
    ],
    [
      'huge steps',
      [
        { step: 0, trainLoss: 1 },
        { step: Number.MAX_SAFE_INTEGER, trainLoss: 2 },
      ],
    ],
    ['gaps', [{ step: 1, trainLoss: 1 }, { step: 2 }, { step: 3, trainLoss: 2 }]],
    [
      'NaN between numbers',
      [
        { step: 1, trainLoss: 1 },
        { step: 2, trainLoss: 'NaN' },
        { step: 3, trainLoss: '-inf' },
      ],
    ],
  ])('draws %s', (_what, values) => {
    expectDrawn(chartOf(...values));
  });

  it('draws whatever numbers there are', () => {
    const number = fc.option(fc.double());
    const values = fc.record({
      step: fc.option(fc.nat()),
      trainLoss: number,
      validLoss: number,
      validAccuracy: number,
    });
    const property = fc.property(fc.array(values, { maxLength: 20 }), (given) => expectDrawn(chartOf(...given)));
    fc.assert(property, { seed: 10 });
  });

  it('tells of values that are no numbers, and that a loss has diverged', () => {
    const text = textOf(chartOf({ step: 1, trainLoss: 0.5 }, { step: 2, trainLoss: 'nan', validLoss: 'inf' }));
    expect(text).toContain('2 values are NaN or infinite');
    expect(text).toContain('lower learning rate');
    expect(textOf(chartOf({ step: 1, trainLoss: 'nan' }))).toContain('1 value is NaN');
    expect(textOf(chartOf({ step: 1, trainLoss: 0.5 }))).not.toContain('NaN');
  });

  it('tells where the training ended, column by column', () => {
    const chart = chartOf(
      { step: 1, trainLoss: 2, validAccuracy: 0.5 },
      { step: 9, trainLoss: 0.123456, trainAccuracy: 0.875 },
    );
    const cells = [...chart.matchAll(/<td class="number">([^<]*)</g)].map(([, text]) => text);
    expect(cells).toEqual(['9', '0.123', '0.875', '–', '0.5']);
  });

  it('is nothing where no target has metrics, and stands in the page otherwise', () => {
    expect(chartSection([]).text).toBe('');
    const metrics = [{ target: 'openai', points: pointsOf({ step: 1, trainLoss: 2 }) }];
    expect(renderReport(reportOf(), NO_EXTRAS)).not.toContain('<svg');
    expect(renderReport(reportOf(), { ...NO_EXTRAS, metrics })).toContain('<svg');
  });

  it('keeps a page of a hundred thousand steps small', () => {
    const points = pointsOf(...Array.from({ length: 100_000 }, (_, step) => ({ step, trainLoss: Math.sin(step) })));
    const chart = chartSection([{ target: 'openai', points }]).text;
    expect(chart.length).toBeLessThan(20_000);
    expectDrawn(chart);
  });
});

describe('curvesOf', () => {
  it('leaves out what has no number, and points without a step where others have one', () => {
    const points = pointsOf({ step: 1, trainLoss: 1 }, { trainLoss: 9 }, { step: 3, trainLoss: 'nan', validLoss: 2 });
    expect(curvesOf({ target: 'x', points })).toEqual({
      target: 'x',
      measure: 'loss',
      hasSteps: true,
      series: [
        { kind: 'training', places: [{ x: 1, y: 1 }] },
        { kind: 'validation', places: [{ x: 3, y: 2 }] },
      ],
    });
    expect(curvesOf({ target: 'x', points: pointsOf({ step: 1, epoch: 2 }) })).toBeNull();
  });
});

describe('scaleOf', () => {
  it.each([
    [[0, 10], 5, 0.5],
    [[-1e308, 1e308], 1e308, 1],
    [[-1.7e308, 1.7e308], 0, 0.5],
    [[3, 3], 3, 0.5],
  ])('puts, on %j, %d at %d', (values, value, place) => {
    expect(scaleOf(values).at(value)).toBe(place);
  });
});

describe('thinnedPlaces', () => {
  it('keeps peaks and the last place', () => {
    const places = Array.from({ length: 10_000 }, (_, x) => ({ x, y: x === 4321 ? 99 : x % 2 }));
    const kept = thinnedPlaces(places);
    expect(kept.length).toBeLessThanOrEqual(601);
    expect(kept).toContainEqual({ x: 4321, y: 99 });
    expect(kept.at(-1)?.x).toBe(9999);
    expect(kept).toEqual([...kept].sort((left, right) => left.x - right.x));
    expect(thinnedPlaces(places.slice(0, 600))).toHaveLength(600);
  });
});
