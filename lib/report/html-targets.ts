import { adjustmentWords } from '../domain/adjustments.ts';
import type { JobReport, Report, TargetReport } from '../domain/report.ts';
import type { TargetStatus } from '../domain/target.ts';
import { html, type Markup } from './html-markup.ts';
import { badge, facts, fileLink, SIMULATED, section, type Tone } from './html-parts.ts';
import { asSentence, counted, dollars, number } from './html-words.ts';

/** A card for each target: what it takes, what it costs, and what became of its job. */
export function targetCards({ targets }: Report): Markup {
  if (targets.length === 0) return html``;
  return section('targets', 'Targets', [
    html`<div class="cards">
${targets.map(card)}</div>
`,
  ]);
}

const TONES: Readonly<Record<TargetStatus, Tone>> = {
  accepted: 'good',
  refused: 'bad',
  held: 'care',
  submitted: 'plain',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'plain',
  lost: 'care',
};

function card(target: TargetReport): Markup {
  const { name, provider, model, from, status, simulated, message } = target;
  return html`<article class="card"><header><h3>${name}</h3><p class="badges">${badge(status, TONES[status])}${simulated ? SIMULATED : null}</p></header>
<p class="model">${name === provider ? null : html`${provider} · `}<code>${model}</code></p>
${message === undefined ? null : html`<p class="message" dir="auto">${asSentence(message, [name])}</p>`}
${facts([
  ['Goes on from', from === undefined ? null : html`<code>${from}</code>`],
  ['Rows', rowsOf(target)],
  ['Split', splitOf(target)],
  ['Tokens', tokensOf(target)],
  ['Estimated cost', costOf(target)],
  ...jobFacts(target.job),
  ['Promotion', promotionOf(target)],
  ['Files', filesOf(target)],
])}</article>
`;
}

function rowsOf({ rows }: TargetReport): string {
  const before = rows.trainedBefore === undefined ? '' : ` (${number(rows.trainedBefore)} trained before)`;
  return `${number(rows.accepted)} accepted (${number(rows.adjusted)} adjusted), ${number(rows.excluded)} excluded${before}`;
}

function splitOf({ rows }: TargetReport): string | null {
  if (rows.train + rows.validation === 0) return null;
  return `${number(rows.train)} training, ${number(rows.validation)} validation`;
}

function tokensOf({ tokens }: TargetReport): string | null {
  if (tokens.train + tokens.validation === 0) return null;
  const validation = tokens.validation === 0 ? '' : `, ${number(tokens.validation)} validation`;
  return `${number(tokens.train)} training${validation}`;
}

function costOf({ estimatedCost }: TargetReport): Markup | null {
  if (estimatedCost === null) return null;
  return html`${dollars(estimatedCost)} ${estimatedCost.currency} <span class="soft">(an estimate, not a bill)</span>`;
}

function jobFacts(job: JobReport | null): [string, string | Markup | null][] {
  if (job === null) return [];
  const { id, state, providerState, tunedModel, adopted, error } = job;
  return [
    ['Job', html`<code>${id}</code>`],
    [
      'State',
      html`${state}${providerState === null || providerState === state ? null : html` <span class="soft">(provider: ${providerState})</span>`}`,
    ],
    ['Tuned model', tunedModel === null ? null : html`<code>${tunedModel}</code>`],
    ['Payment', adopted ? 'existed already, not paid again' : null],
    ['Error', error === undefined ? null : html`<span dir="auto">${error}</span>`],
  ];
}

/** Whether the tuned model became the current one, and why. */
function promotionOf({ promotion }: TargetReport): Markup | null {
  if (promotion === undefined) return null;
  const { promoted, reason } = promotion;
  return html`${badge(promoted ? 'promoted' : 'not promoted', promoted ? 'good' : 'care')} <span dir="auto">${reason}</span>`;
}

function filesOf({ files }: TargetReport): Markup | null {
  const paths = Object.values(files);
  if (paths.length === 0) return null;
  return html`<ul class="names">${paths.map((path) => html`<li>${fileLink(path)}</li>`)}</ul>`;
}

/** What was changed so that a target can take the rows: kinds and counts. */
export function adjustmentLines(targets: readonly TargetReport[]): Markup[] {
  return targets.flatMap(({ name, rows, adjustments }) => {
    const kinds = Object.entries(adjustments).filter(([, count]) => count > 0);
    if (kinds.length === 0 && rows.adjusted === 0) return [];
    const listed = kinds.map(
      ([kind, count]) => html`<li>${adjustmentWords(kind)} (<code>${kind}</code>) × ${number(count)}</li>`,
    );
    return [
      html`<div class="adjusted"><h3>${name}</h3><p>${counted(rows.adjusted, 'row')} adjusted</p><ul class="names">${listed}</ul></div>
`,
    ];
  });
}
