import type { Report } from '../domain/report.ts';
import { address, html, type Markup, picture } from './html-markup.ts';
import { facts, fileLink, firstFew, section } from './html-parts.ts';
import { bytes, counted, number } from './html-words.ts';

/** An accepted row as the report shows it: texts cut to a readable length, pictures as small copies. */
export interface Sample {
  file: string;
  row: number;
  turns: { role: string; text: string }[];
  /** `thumbnail` is a `data:image/jpeg;base64,` URI, or null for what has no picture. */
  media: { name: string; mime: string; thumbnail: string | null }[];
}

/** Rows and media in numbers. */
export function totalsSection({ rows, media }: Report): Markup {
  const kinds = Object.entries(media.byKind).map(([kind, count]) => counted(count, `${kind} file`));
  const numbers = [
    figure(rows.total, 'rows read'),
    figure(rows.accepted, 'accepted'),
    figure(rows.rejected, 'refused'),
    figure(rows.train, 'for training'),
    figure(rows.validation, 'for validation'),
  ];
  const told =
    media.references === 0 && media.assets === 0
      ? []
      : [
          facts([
            [
              'Media',
              `${counted(media.references, 'reference')} to ${counted(media.assets, 'file')}, ${bytes(media.bytes)}`,
            ],
            ['Kinds', kinds.join(', ')],
            [
              'Repeated',
              media.deduplicated === 0
                ? null
                : `${counted(media.deduplicated, 'reference')} to a file that was there already`,
            ],
          ]),
        ];
  return section('totals', 'Rows and media', [
    html`<ul class="figures">${numbers}</ul>
`,
    ...told,
  ]);
}

function figure(value: number, words: string): Markup {
  return html`<li><strong>${number(value)}</strong> ${words}</li>`;
}

/** The refused rows, and how they come back. */
export function rejectedSection({ rows }: Report, rejected: readonly string[]): Markup {
  if (rejected.length === 0) return html``;
  const links = rejected.map((name) => html`<li>${fileLink(`rejected/${name}`)}</li>`);
  return section('rejected', 'Refused rows', [
    html`<p>${counted(rows.rejected, 'row')} came back as ${rows.rejected === 1 ? 'it was' : 'they were'}; <code>error</code> says what is wrong:</p>
<ul class="names">${links}</ul>
<p>Mend the rows there, leave <code>finedrop_fixes</code> as it is, and drop the file beside the original; its rows replace those they name. Mending the original works as well.</p>
`,
  ]);
}

const SAMPLE_TURNS = 12;
const TURN_CHARACTERS = 2000;

/** A few accepted rows, as they will be learnt. */
export function samplesSection(samples: readonly Sample[]): Markup {
  if (samples.length === 0) return html``;
  return section('samples', 'A few examples', [
    html`<div class="cards samples">
${samples.map(sampleCard)}</div>
`,
  ]);
}

function sampleCard({ file, row, turns, media }: Sample): Markup {
  const left = turns.length - SAMPLE_TURNS;
  return html`<article class="card"><p class="place"><bdi>${file}</bdi> · row ${number(row)}</p>
${
  media.length === 0
    ? null
    : html`<ul class="media">${media.map(mediaItem)}</ul>
`
}<dl class="turns">${turns.slice(0, SAMPLE_TURNS).map(turnMarkup)}</dl>
${left <= 0 ? null : html`<p class="soft">and ${counted(left, 'more turn', 'more turns')}</p>`}</article>
`;
}

function turnMarkup({ role, text }: Sample['turns'][number]): Markup {
  const cut =
    text.length > TURN_CHARACTERS ? `${text.slice(0, TURN_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}…` : text;
  return html`<div><dt>${role}</dt><dd dir="auto">${cut}</dd></div>`;
}

function mediaItem({ name, mime, thumbnail }: Sample['media'][number]): Markup {
  const source = picture(thumbnail);
  const shown = source === null ? html`<span class="mime">${mime}</span>` : html`<img src="${source}" alt="${name}">`;
  return html`<li>${shown}<span class="caption" dir="auto">${name}</span></li>`;
}

const INPUTS_SHOWN = 20;

/** Every file that the run read. */
export function inputsSection({ inputs }: Report): Markup {
  if (inputs.length === 0) return html``;
  const table = (
    rows: readonly Markup[],
  ) => html`<table><thead><tr><th>File</th><th class="number">Size</th><th>Contents</th></tr></thead><tbody>
${rows}</tbody></table>
`;
  const rows = inputs.map(
    (
      input,
    ) => html`<tr><td class="file"><bdi>${input.key}</bdi></td><td class="number">${bytes(input.bytes)}</td><td>${contentsOf(input)}</td></tr>
`,
  );
  return section('inputs', 'Inputs', [
    firstFew(rows, { shown: INPUTS_SHOWN, wrap: table, more: (left) => `Show ${left} more files` }),
  ]);
}

function contentsOf({ rows, entries, used }: Report['inputs'][number]): string {
  if (rows !== undefined) return counted(rows, 'row');
  if (entries === undefined) return '';
  return `${counted(entries, 'entry', 'entries')}${used === undefined ? '' : `, ${number(used)} used`}`;
}

/** The same, for programs. */
export function filesSection({ media }: Report): Markup {
  const files: readonly (readonly [path: string, words: string])[] = [
    ['report.json', 'this report, for programs'],
    ['findings.jsonl', 'every finding, one a line'],
    // It is written once references have been resolved; a dead link would be worse than none.
    ...(media.references === 0 ? [] : [['lock.json', 'which file each reference stands for, by hash'] as const]),
  ];
  const links = files.map(
    ([path, words]) =>
      html`<li><a class="file" href="${address(path)}">${path}</a> <span class="soft">${words}</span></li>`,
  );
  return section('files', 'The same for programs', [
    html`<ul class="names">${links}</ul>
`,
  ]);
}
