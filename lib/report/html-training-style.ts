import { html } from './html-markup.ts';

/** The look of the chart and of requests; colours are the page's own, so that they follow light and dark. */
export const TRAINING_STYLE = html`<style>
.chart { margin: 0 0 1.2rem; }
.chart svg { display: block; width: 100%; height: auto; background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; }
.chart text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.chart .name { fill: var(--ink); font-size: 14px; font-weight: 600; }
.chart .end { text-anchor: end; } .chart .middle { text-anchor: middle; }
.chart .grid { stroke: var(--line); stroke-width: 1; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.curve.train, .dot.train { stroke: var(--link); } .dot.train { fill: var(--link); }
.curve.valid { stroke: var(--care); stroke-dasharray: 6 5; } .dot.valid { stroke: var(--care); stroke-width: 1.5; fill: var(--card); }
.chart figcaption { display: flex; gap: 1.5rem; color: var(--soft); font-size: 0.9rem; margin-top: 0.4rem; }
.key::before { content: ""; display: inline-block; width: 1.8em; margin-right: 0.5em; vertical-align: 0.25em; border-top: 2px solid var(--link); }
.key.valid::before { border-top: 2px dashed var(--care); }
caption { text-align: left; padding-bottom: 0.3rem; }
pre { margin: 0.3rem 0 0.9rem; padding: 0.8rem 1rem; overflow-x: auto; white-space: pre; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; overflow-wrap: normal; }
.use + .use { margin-top: 1.8rem; }
.notes { list-style: disc; padding-left: 1.2rem; font-size: 0.92rem; }
@media print { pre { white-space: pre-wrap; overflow-wrap: anywhere; } .chart { break-inside: avoid; } }
</style>`;
