import type { DroppedRow, Report } from '../domain/report.ts';
import { html, type Markup } from './html-markup.ts';
import { firstFew, SIMULATED, section } from './html-parts.ts';
import { counted, number } from './html-words.ts';

/** Requests to the tuned models, ready to be pasted into a shell. */
export function useSection({ targets }: Report): Markup {
  const parts = targets.flatMap(({ name, use }) => {
    if (use === undefined) return [];
    const steps = use.steps.map(
      ({ title, shell }) => html`<h4>${title}</h4>
<pre><code>${shell}</code></pre>
`,
    );
    return [
      html`<article class="use"><h3>${name} ${use.simulated ? SIMULATED : null}</h3>
${steps}<ul class="notes">${use.notes.map((note) => html`<li>${note}</li>`)}</ul></article>
`,
    ];
  });
  return parts.length === 0 ? html`` : section('use', 'Use the tuned models', parts);
}

const ROWS_SHOWN = 20;

/** The rows that providers left out, cut, or named in an error. */
export function droppedSection({ targets }: Report): Markup {
  const parts = targets.flatMap(({ name, dropped }) => {
    if (dropped === undefined) return [];
    const { count, rows } = dropped;
    const more = count > rows.length ? ` ${rows.length === 0 ? 'None' : 'Not all'} of them could be traced.` : '';
    const list = firstFew(rows.map(rowItem), {
      shown: ROWS_SHOWN,
      wrap: (items) => html`<ul class="notes">${items}</ul>
`,
      more: (left) => `Show ${left} more rows`,
    });
    return [
      html`<h3>${name}</h3><p>The provider left out, cut or named ${counted(count, 'row')}.${more}</p>
${rows.length === 0 ? null : list}`,
    ];
  });
  return parts.length === 0 ? html`` : section('dropped', 'Rows that a provider left out', parts);
}

function rowItem({ file, sheet, row, split, line, reason }: DroppedRow): Markup {
  return html`<li><span class="place"><bdi>${file}</bdi>${sheet === undefined ? null : html` · <bdi>${sheet}</bdi>`} · row ${number(row)}</span> <span class="soft">(${split}.jsonl line ${number(line)})</span> <span dir="auto">${reason}</span></li>
`;
}
