import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type MetricPoint,
  metricPoint,
  metricsCsv,
  orderedPoints,
  parseMetrics,
  readMetricsCsv,
} from '../../lib/domain/metrics.ts';

const HEADER = 'step,epoch,train_loss,train_accuracy,valid_loss,valid_accuracy';

function pointOf(values: Parameters<typeof metricPoint>[0]): MetricPoint {
  const point = metricPoint(values);
  if (point === null) throw new Error('no point');
  return point;
}

describe('metricPoint', () => {
  it.each([
    ['5', 5],
    [5, 5],
    ['5.0', 5],
    ['1e3', 1000],
    ['5.5', null],
    [-1, null],
    ['-1', null],
    [Number.NaN, null],
    [1e300, null],
    ['0x10', null],
    ['', null],
    [true, null],
    [[5], null],
  ])('takes %j for step %j', (step, read) => {
    expect(metricPoint({ step, trainLoss: 1 })?.step).toBe(read);
  });

  it.each([
    ['0.25', 0.25],
    ['.5', 0.5],
    ['+2.', 2],
    ['-3e-2', -0.03],
    ['1e308', 1e308],
    ['1e309', Number.POSITIVE_INFINITY],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['=1+1', null],
    ['0.5 ', null],
    ['constructor', null],
    [`0.${'1'.repeat(50)}`, null],
    [null, null],
    [{}, null],
  ])('takes %j for loss %j', (trainLoss, read) => {
    expect(metricPoint({ step: 1, trainLoss })?.trainLoss).toBe(read);
  });

  it('is none without a step and without a measure', () => {
    expect(metricPoint({ epoch: 1 })).toBeNull();
    expect(metricPoint({ step: 'x', trainLoss: '' })).toBeNull();
    expect(metricPoint({ step: 0 })).not.toBeNull();
    expect(metricPoint({ validLoss: 0 })).not.toBeNull();
  });
});

describe('orderedPoints', () => {
  it('joins what is told of one step, the later over the earlier, whatever order the steps come in', () => {
    const points = [
      pointOf({ step: 2, trainLoss: 0.4 }),
      pointOf({ step: 1, epoch: 0, trainLoss: 0.9 }),
      pointOf({ step: 1, validLoss: 0.8, trainLoss: 0.7 }),
      pointOf({ trainLoss: 0.1 }),
    ];
    expect(metricsCsv(orderedPoints(points))).toBe(`${HEADER}\n1,0,0.7,,0.8,\n2,,0.4,,,\n,,0.1,,,\n`);
  });

  it('thins more than a hundred thousand steps out evenly, down to the last', () => {
    const many = Array.from({ length: 250_000 }, (_, step) => pointOf({ step, trainLoss: 1 }));
    expect(orderedPoints(many.slice(0, 100_000))).toHaveLength(100_000);
    const kept = orderedPoints(many);
    expect(kept.length).toBeLessThanOrEqual(100_000);
    expect(kept.length).toBeGreaterThan(80_000);
    expect(kept.at(-1)?.step).toBe(249_999);
  });

  it('is the same for steps that differ, in any order', () => {
    const values = fc.array(fc.record({ step: fc.nat(50), trainLoss: fc.double() }), { maxLength: 60 });
    const property = fc.property(values, (given) => {
      const unique = [...new Map(given.map((value) => [value.step, value])).values()].map(pointOf);
      expect(orderedPoints([...unique].reverse())).toEqual(orderedPoints(unique));
    });
    fc.assert(property, { seed: 5 });
  });
});

const COLUMNS = { step: ['step'], trainLoss: ['loss'], validLoss: ['full', 'valid'] } as const;

describe('parseMetrics', () => {
  it.each([
    ['columns in any order, of any case', 'Loss,STEP\n0.5,1\n', [{ step: 1, trainLoss: 0.5 }]],
    ['quoted cells, blanks and Windows lines', '"step", "loss"\r\n"1" , 0.5\r\n\r\n', [{ step: 1, trainLoss: 0.5 }]],
    ['a byte order mark', '\ufeffstep,loss\n1,2', [{ step: 1, trainLoss: 2 }]],
    [
      'the best of several columns that has a number',
      'step,valid,full\n1,0.5,\n2,0.5,0.4\n',
      [{ validLoss: 0.5 }, { validLoss: 0.4 }],
    ],
    [
      'short and long lines',
      'step,loss\n1\n2,0.5,9,9\n',
      [
        { step: 1, trainLoss: null },
        { step: 2, trainLoss: 0.5 },
      ],
    ],
    ['lines of no number', 'step,loss\n,\nx,y\n', []],
    ['no header that is known', 'a,b\n1,2\n', []],
    ['nothing', '', []],
  ])('reads %s', (_what, text, points) => {
    expect(parseMetrics(text, COLUMNS)).toMatchObject(points);
    expect(parseMetrics(text, COLUMNS)).toHaveLength(points.length);
  });

  it('keeps some of millions of lines, evenly, with the first and the last', () => {
    const text = `step,loss\n${Array.from({ length: 1_000_001 }, (_, step) => `${step},1`).join('\n')}`;
    const points = parseMetrics(text, COLUMNS);
    expect(points.length).toBeLessThanOrEqual(300_000);
    expect([points[0]?.step, points.at(-1)?.step]).toEqual([0, 1_000_000]);
    expect(parseMetrics(text, COLUMNS)).toEqual(points);
  });

  it('survives any text', () => {
    const property = fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
      for (const given of [text, `step,loss\n${text}`]) {
        const csv = metricsCsv(orderedPoints(parseMetrics(given, COLUMNS)));
        expect(csv.startsWith(`${HEADER}\n`)).toBe(true);
      }
    });
    fc.assert(property, { seed: 6 });
  });
});

describe('readMetricsCsv', () => {
  const measure = fc.option(fc.oneof(fc.double(), fc.constantFrom(1e308, -1e308, Number.NaN, 5e-324)));
  const value = fc.record({
    step: fc.nat(1e6),
    epoch: fc.option(fc.nat(50)),
    trainLoss: measure,
    validAccuracy: measure,
  });

  it('reads what metricsCsv wrote', () => {
    const property = fc.property(fc.array(value, { maxLength: 30 }), (values) => {
      const text = metricsCsv(orderedPoints(values.map(pointOf)));
      expect(metricsCsv(readMetricsCsv(text))).toBe(text);
    });
    fc.assert(property, { seed: 7 });
  });
});
