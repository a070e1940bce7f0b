import { address, html, type Markup } from './html-markup.ts';

/** `good` needs nothing, `care` wants a look, `bad` wants mending, `plain` says nothing about either. */
export type Tone = 'good' | 'care' | 'bad' | 'plain';

/** A word in a coloured frame: the word says it all, so that colour is never needed to understand it. */
export function badge(word: string, tone: Tone): Markup {
  return html`<span class="badge ${tone}">${word}</span>`;
}

/** Said wherever a simulator stood in for a provider. */
export const SIMULATED = html`<span class="badge simulated">simulated</span>`;

/** A part of the page under its own heading. */
export function section(id: string, title: string, content: readonly Markup[]): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}</section>
`;
}

/** Names and values; what has no value is left out. */
export function facts(pairs: readonly (readonly [name: string, value: string | Markup | null])[]): Markup {
  const told = pairs.filter(([, value]) => value !== null && value !== '');
  if (told.length === 0) return html``;
  return html`<dl class="facts">${told.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;
}

/** A link to a file beside the report, called by its path. */
export function fileLink(path: string): Markup {
  return html`<a class="file" href="${address(path)}">${path}</a>`;
}

/** The first few in sight, the others one click away (and in print all of them). */
export function firstFew(
  items: readonly Markup[],
  { shown, wrap, more }: { shown: number; wrap: (items: readonly Markup[]) => Markup; more: (count: string) => string },
): Markup {
  // One more line is shorter than a line that offers it.
  if (items.length <= shown + 1) return wrap(items);
  const left = (items.length - shown).toLocaleString('en-US');
  return html`${wrap(items.slice(0, shown))}<details><summary>${more(left)}</summary>
${wrap(items.slice(shown))}</details>
`;
}
