import { excerpt } from '../domain/excerpt.ts';
import type { MetricPoint } from '../domain/metrics.ts';
import { html, type Markup } from './html-markup.ts';
import { section } from './html-parts.ts';
import { counted, number } from './html-words.ts';
import {
  type Curves,
  curvesOf,
  type Place,
  type Scale,
  type Series,
  scaleOf,
  type TargetMetrics,
  thinnedPlaces,
  valuesWithoutNumber,
} from './metrics-series.ts';

/** How the training went: one chart with a panel for each target, and where it ended in numbers. */
export function chartSection(metrics: readonly TargetMetrics[]): Markup {
  if (metrics.length === 0) return html``;
  // Marks around what cannot be seen are HTML, and would end an SVG: names come without.
  const curves = metrics
    .map(({ target, points }) => curvesOf({ target: excerpt(target), points }))
    .filter((one) => one !== null);
  return section('training', 'How the training went', [
    ...(curves.length === 0 ? [] : [chart(curves)]),
    endsTable(metrics),
    ...remarks(metrics),
  ]);
}

const WIDTH = 720;
const PANEL = 210;
const PLOT = { left: 64, right: 706, top: 34, bottom: 170 };

function chart(curves: readonly Curves[]): Markup {
  return html`<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${PANEL * curves.length}" role="img" aria-labelledby="chart-title chart-words"><title id="chart-title">${titleOf(curves)}</title><desc id="chart-words">${curves.map(wordsOf).join(' ')}</desc>
${curves.map(panel)}</svg>
<figcaption><span class="key train">training</span> <span class="key valid">validation</span></figcaption></figure>
`;
}

function titleOf(curves: readonly Curves[]): string {
  const measures = [...new Set(curves.map(({ measure }) => measure))].join(' and ');
  return `${measures} by step: ${curves.map(({ target }) => target).join(', ')}`;
}

/** What the picture shows, for whoever does not see it. */
function wordsOf({ target, measure, series, hasSteps }: Curves): string {
  const told = series.map(({ kind, places }) => {
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) return '';
    const at = ({ x }: Place) => (hasSteps ? ` at step ${number(x)}` : '');
    if (first === last) return `${kind} ${measure} ${short(last.y)}${at(last)}`;
    return `${kind} ${measure} from ${short(first.y)}${at(first)} to ${short(last.y)}${at(last)}`;
  });
  return `${target}: ${told.join('; ')}.`;
}

function panel({ target, measure, series, hasSteps }: Curves, index: number): Markup {
  const places = series.flatMap((one) => one.places);
  const x = scaleOf(places.map((place) => place.x));
  const y = scaleOf(places.map((place) => place.y));
  const middle = PLOT.top + (PLOT.bottom - PLOT.top) / 2;
  const isFlat = y.low === y.high;
  const marks = isFlat
    ? [[middle, y.low] as const]
    : [[PLOT.top, y.high] as const, [middle, y.high / 2 + y.low / 2] as const, [PLOT.bottom, y.low] as const];
  return html`<g transform="translate(0 ${index * PANEL})"><text class="name" x="${PLOT.left}" y="20">${target} · ${measure}</text>
${marks.map(([height, value]) => mark(height, value))}${stepMarks(x, hasSteps)}${series.map((one) => curve(one, x, y))}</g>
`;
}

function mark(height: number, value: number): Markup {
  return html`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${height}" y2="${height}"/><text class="tick end" x="${PLOT.left - 8}" y="${height + 4}">${short(value)}</text>
`;
}

function stepMarks({ low, high }: Scale, hasSteps: boolean): Markup {
  if (!hasSteps) return html``;
  const words = (step: number) => `step ${number(step)}`;
  const y = PLOT.bottom + 20;
  if (low === high)
    return html`<text class="tick middle" x="${(PLOT.left + PLOT.right) / 2}" y="${y}">${words(low)}</text>
`;
  return html`<text class="tick" x="${PLOT.left}" y="${y}">${words(low)}</text><text class="tick end" x="${PLOT.right}" y="${y}">${words(high)}</text>
`;
}

/** Few places get dots: a line alone would not show where they are, and of one place it shows nothing. */
const MOST_DOTS = 40;

function curve({ kind, places }: Series, x: Scale, y: Scale): Markup {
  const drawn = thinnedPlaces(places).map((place) => [
    round(PLOT.left + x.at(place.x) * (PLOT.right - PLOT.left)),
    round(PLOT.bottom - y.at(place.y) * (PLOT.bottom - PLOT.top)),
  ]);
  const name = kind === 'training' ? 'train' : 'valid';
  const line =
    drawn.length === 1
      ? null
      : html`<polyline class="curve ${name}" points="${drawn.map((place) => place.join(',')).join(' ')}"/>
`;
  const dots =
    drawn.length > MOST_DOTS
      ? []
      : drawn.map(([left = 0, top = 0]) => html`<circle class="dot ${name}" cx="${left}" cy="${top}" r="3"/>`);
  return html`${line}${dots}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const MEASURES = ['trainLoss', 'trainAccuracy', 'validLoss', 'validAccuracy'] as const;

function endsTable(metrics: readonly TargetMetrics[]): Markup {
  const rows = metrics.map(
    ({ target, points }) =>
      html`<tr><th scope="row">${target}</th><td class="number">${lastStep(points)}</td>${MEASURES.map((measure) => html`<td class="number">${lastOf(points, measure)}</td>`)}</tr>
`,
  );
  return html`<table><caption class="soft">Where it ended</caption><thead><tr><th>Target</th><th class="number">Step</th><th class="number">Training loss</th><th class="number">accuracy</th><th class="number">Validation loss</th><th class="number">accuracy</th></tr></thead><tbody>
${rows}</tbody></table>
`;
}

function lastStep(points: readonly MetricPoint[]): string {
  const step = points.findLast((point) => point.step !== null)?.step ?? null;
  return step === null ? '–' : number(step);
}

function lastOf(points: readonly MetricPoint[], measure: (typeof MEASURES)[number]): string {
  const value = points.findLast((point) => point[measure] !== null)?.[measure] ?? null;
  return value === null ? '–' : short(value);
}

/** Three digits that count: `0.0123`, `1e+308`, `NaN`. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function remarks(metrics: readonly TargetMetrics[]): Markup[] {
  return metrics.flatMap(({ target, points }) => {
    const odd = valuesWithoutNumber(points);
    const told = points.some((point) => MEASURES.some((measure) => point[measure] !== null));
    return [
      ...(told
        ? []
        : [
            html`<p class="soft">${target}: its provider’s API tells steps and no losses; its own console may show more.</p>
`,
          ]),
      ...(odd === 0
        ? []
        : [
            html`<p>${target}: ${counted(odd, 'value')} ${odd === 1 ? 'is' : 'are'} NaN or infinite and cannot be drawn. A loss that ends so has diverged: train again at a lower learning rate.</p>
`,
          ]),
    ];
  });
}
