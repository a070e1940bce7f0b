import type { Finding } from '../domain/finding.ts';
import type { JobPlan } from '../domain/job-plan.ts';
import type { Report } from '../domain/report.ts';
import type { RunStatus } from '../domain/run.ts';
import { chartSection } from './html-chart.ts';
import {
  filesSection,
  inputsSection,
  rejectedSection,
  type Sample,
  samplesSection,
  totalsSection,
} from './html-data.ts';
import { adjustedSection, findingsSection } from './html-findings.ts';
import { html, type Markup } from './html-markup.ts';
import { nextSteps } from './html-next.ts';
import { badge, SIMULATED, type Tone } from './html-parts.ts';
import { planSection } from './html-plan.ts';
import { STYLE } from './html-style.ts';
import { targetCards } from './html-targets.ts';
import { TRAINING_STYLE } from './html-training-style.ts';
import { droppedSection, useSection } from './html-use.ts';
import { asSentence, duration, moment } from './html-words.ts';
import type { TargetMetrics } from './metrics-series.ts';

export type { Sample } from './html-data.ts';

/** What the page shows besides the report: the first findings, the names in `rejected/`, a few accepted rows. */
export interface ReportExtras {
  findings: readonly Finding[];
  rejected: readonly string[];
  samples: readonly Sample[];
  /** What the jobs cost, where that was known when the run ended. */
  plan?: JobPlan | null;
  /** Of the targets whose jobs told any. */
  metrics?: readonly TargetMetrics[];
}

/** The report for people: one page without scripts or requests, the same for the same report. */
export function renderReport(
  report: Report,
  { findings, rejected, samples, plan = null, metrics = [] }: ReportExtras,
): string {
  const main = [
    verdict(report),
    nextSteps(report, { rejected, plan }),
    targetCards(report),
    planSection(plan),
    useSection(report),
    chartSection(metrics),
    droppedSection(report),
    totalsSection(report),
    findingsSection(report, findings),
    adjustedSection(report, findings),
    rejectedSection(report, rejected),
    samplesSection(samples),
    inputsSection(report),
    filesSection(report),
  ];
  return page(`${report.dataset}: ${report.status}`, main);
}

/** The policy comes first: a browser obeys it for what stands behind it. */
function page(title: string, main: readonly Markup[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${STYLE}
${TRAINING_STYLE}
</head>
<body>
<main>
${main}</main>
</body>
</html>
`.text;
}

const TONES: Readonly<Record<RunStatus, Tone>> = {
  running: 'plain',
  completed: 'good',
  partial: 'care',
  rejected: 'bad',
  held: 'care',
  waiting: 'care',
  superseded: 'plain',
  duplicate: 'plain',
  cancelled: 'plain',
  failed: 'bad',
};

function verdict(report: Report): Markup {
  const { dataset, run, command, status, simulated, message, startedAt, finishedAt, finedrop } = report;
  const names = report.targets.map(({ name }) => name);
  return html`<header class="top"><p class="run">finedrop ${command} · run <code>${run}</code> · version ${finedrop}</p>
<h1 dir="auto">${dataset}</h1>
<p class="verdict ${TONES[status]}" dir="auto"><span class="badges">${badge(status, TONES[status])}${simulated ? SIMULATED : null}</span> ${asSentence(message, names)}</p>
<p class="run"><time datetime="${startedAt}">${moment(startedAt)}</time> to <time datetime="${finishedAt}">${moment(finishedAt)}</time>, ${duration(startedAt, finishedAt)}</p>
</header>
`;
}
