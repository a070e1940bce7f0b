import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../lib/domain/report.ts';
import { type ReportExtras, renderReport } from '../../lib/report/html.ts';
import { address, html, picture } from '../../lib/report/html-markup.ts';
import { attributes, findingOf, jobOf, NO_EXTRAS, reportOf, targetOf, textOf } from './report-factories.ts';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title><svg onload=alert(1)>',
  '</style><script>alert(1)</script>',
  '--><script>alert(1)</script>',
  '&lt;script&gt; &#60;b&#62;',
  '<a href="https://evil.example/">here</a>',
  'https://evil.example/pixel.gif',
  'javascript:alert(1)',
  '//evil.example/a',
  '../../../../etc/passwd',
  'data:text/html,<script>alert(1)</script>',
  '{{constructor.constructor("alert(1)")()}}',
  '`;alert(1)//`',
  '__proto__',
  'half \ud800 a pair',
];

const sample = { file: 'train.csv', row: 1, turns: [{ role: 'user', text: 'Look' }], media: [] };
const use = { steps: [], notes: [], simulated: false };
const dropped = { file: 'train.csv', row: 1, split: 'train' as const, line: 1, reason: 'too long' };
const point = { step: 1, epoch: 1, trainLoss: 1, trainAccuracy: null, validLoss: 2, validAccuracy: null };
const medium = { name: 'a.png', mime: 'image/png', thumbnail: null };

/** Each field that data, names or other people's servers can reach. */
const FIELDS: readonly [field: string, build: (text: string) => [Partial<Report>, Partial<ReportExtras>]][] = [
  ['dataset', (text) => [{ dataset: text }, {}]],
  ['run', (text) => [{ run: text }, {}]],
  ['version', (text) => [{ finedrop: text }, {}]],
  ['message', (text) => [{ message: text }, {}]],
  ['duplicateOf', (text) => [{ status: 'duplicate', duplicateOf: text }, {}]],
  ['input key', (text) => [{ inputs: [{ key: text, bytes: 1 }] }, {}]],
  ['missing file', (text) => [{ status: 'waiting', missing: [text] }, {}]],
  ['kind of media', (text) => [{ media: { ...reportOf().media, references: 1, byKind: { [text]: 1 } } }, {}]],
  ['code of a count', (text) => [{ findings: { errors: 1, warnings: 0, infos: 0, byCode: { [text]: 1 } } }, {}]],
  ['target name', (text) => [{ targets: [targetOf({ name: text, status: 'failed' })] }, {}]],
  ['provider', (text) => [{ targets: [targetOf({ provider: text })] }, {}]],
  ['model', (text) => [{ targets: [targetOf({ model: text })] }, {}]],
  ['target message', (text) => [{ targets: [targetOf({ message: text })] }, {}]],
  ['adjustment', (text) => [{ targets: [targetOf({ adjustments: { [text]: 2 } })] }, {}]],
  ['target file', (text) => [{ targets: [targetOf({ files: { train: text } })] }, {}]],
  ['job id', (text) => [{ targets: [targetOf({ job: jobOf({ id: text }) })] }, {}]],
  ['provider state', (text) => [{ targets: [targetOf({ job: jobOf({ providerState: text }) })] }, {}]],
  ['tuned model', (text) => [{ targets: [targetOf({ job: jobOf({ tunedModel: text }) })] }, {}]],
  ['job error', (text) => [{ targets: [targetOf({ job: jobOf({ error: text }) })] }, {}]],
  ['request title', (text) => [{ targets: [targetOf({ use: { ...use, steps: [{ title: text, shell: 'x' }] } })] }, {}]],
  ['request', (text) => [{ targets: [targetOf({ use: { ...use, steps: [{ title: 'x', shell: text }] } })] }, {}]],
  ['note', (text) => [{ targets: [targetOf({ use: { ...use, notes: [text] } })] }, {}]],
  ['dropped file', (text) => [{ targets: [targetOf(droppedRow({ file: text }))] }, {}]],
  ['dropped sheet', (text) => [{ targets: [targetOf(droppedRow({ sheet: text }))] }, {}]],
  ['reason', (text) => [{ targets: [targetOf(droppedRow({ reason: text }))] }, {}]],
  ['target of a chart', (text) => [{}, { metrics: [{ target: text, points: [point] }] }]],
  ['finding code', (text) => [{}, { findings: [findingOf({ code: text })] }]],
  ['finding message', (text) => [{}, { findings: [findingOf({ message: text })] }]],
  ['finding hint', (text) => [{}, { findings: [findingOf({ hint: text })] }]],
  ['shared hint', (text) => [{}, { findings: [findingOf({ hint: text }), findingOf({ hint: text })] }]],
  ['finding target', (text) => [{}, { findings: [findingOf({ target: text })] }]],
  ['finding file', (text) => [{}, { findings: [findingOf({ where: { file: text } })] }]],
  ['finding sheet', (text) => [{}, { findings: [findingOf({ where: { sheet: text } })] }]],
  ['finding entry', (text) => [{}, { findings: [findingOf({ where: { entry: text } })] }]],
  ['finding column', (text) => [{}, { findings: [findingOf({ where: { column: text } })] }]],
  ['adjusted', (text) => [{}, { findings: [findingOf({ code: 'ADJUSTED', severity: 'info', message: text })] }]],
  ['rejected file', (text) => [{}, { rejected: [text] }]],
  ['sample file', (text) => [{}, { samples: [{ ...sample, file: text }] }]],
  ['role', (text) => [{}, { samples: [{ ...sample, turns: [{ role: text, text: 'x' }] }] }]],
  ['turn', (text) => [{}, { samples: [{ ...sample, turns: [{ role: 'user', text }] }] }]],
  ['media name', (text) => [{}, { samples: [{ ...sample, media: [{ ...medium, name: text }] }] }]],
  ['media type', (text) => [{}, { samples: [{ ...sample, media: [{ ...medium, mime: text }] }] }]],
  [
    'alt',
    (text) => [
      {},
      { samples: [{ ...sample, media: [{ ...medium, name: text, thumbnail: 'data:image/png;base64,AAAA' }] }] },
    ],
  ],
];

function droppedRow(change: Partial<typeof dropped & { sheet: string }>) {
  return { dropped: { count: 1, rows: [{ ...dropped, ...change }] } };
}

const OWN_TAGS = new Set(
  (
    'caption circle desc figcaption figure g line polyline pre svg text !doctype a article bdi body code dd details div dl dt h1 h2 h3 h4 head header html img li main meta ol p section span ' +
    'strong style summary table tbody td th thead time title tr ul'
  ).split(' '),
);

function expectHarmless(page: string): void {
  const tags = [...page.matchAll(/<\/?([a-z!][^\s>/]*)/gi)].map(([, name]) => name ?? '');
  expect(tags.filter((name) => !OWN_TAGS.has(name))).toEqual([]);
  expect(page.replaceAll(/="[^"]*"/g, '')).not.toMatch(/<[^>]*\son[a-z]+/i);
  for (const href of attributes(page, 'href')) expect(href).toMatch(/^(?:#|(?!\/)[^:]*$)/);
  for (const src of attributes(page, 'src'))
    expect(src).toMatch(/^data:image\/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]+=*$/);
}

describe('renderReport', () => {
  describe.each(FIELDS)('with a hostile %s', (_, build) => {
    it.each(HOSTILE)('shows %j as text', (text) => {
      const [report, extras] = build(text);
      const page = renderReport({ ...reportOf(), ...report }, { ...NO_EXTRAS, ...extras });
      expectHarmless(page);
      expect(textOf(page).toLowerCase()).toContain(text.replace('\ud800', '\\ud800').toLowerCase());
    });
  });

  it('stays harmless whatever the texts are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FIELDS),
        fc.string({ unit: 'binary' }),
        fc.constantFrom(...HOSTILE),
        ([, build], text, hostile) => {
          const [report, extras] = build(text + hostile);
          expectHarmless(renderReport({ ...reportOf(), ...report }, { ...NO_EXTRAS, ...extras }));
        },
      ),
      { seed: 42 },
    );
  });

  it('asks nothing of any other server, and may not', () => {
    const page = renderReport(reportOf({ targets: [targetOf()] }), NO_EXTRAS);
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    );
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style'));
    expect(page).not.toMatch(/https?:|url\(|@import|<script|<link|<iframe/i);
  });
});

describe('html', () => {
  it.each([
    ['a right-to-left override', 'a\u202eb', 'a<span class="mark">\\u202e</span>b'],
    ['a zero-width space', 'a\u200bb', 'a<span class="mark">\\u200b</span>b'],
    ['a bell', '\u0007', '<span class="mark">\\u0007</span>'],
    ['a carriage return', 'a\rb', 'a<span class="mark">\\u000d</span>b'],
    ['a tag character', '\u{e0041}', '<span class="mark">\\u{e0041}</span>'],
    ['a lone surrogate', 'x\udc00', 'x<span class="mark">\\udc00</span>'],
    ['a joiner between letters', 'a\u200db', 'a<span class="mark">\\u200d</span>b'],
    ['line ends and tabs', 'a\r\nb\tc', 'a\nb\tc'],
    ['an emoji of several', '👩🏽‍🚀 ❤️‍🔥', '👩🏽‍🚀 ❤️‍🔥'],
  ])('shows %s', (_, text, shown) => {
    expect(html`<p>${text}</p>`.text).toBe(`<p>${shown}</p>`);
  });

  it('escapes for the place: no tags within an attribute', () => {
    expect(html`<img alt="${'"a\u202e<'}">`.text).toBe('<img alt="&quot;a\\u202e&lt;">');
  });

  it.each([
    ['href', (text: string) => html`<a href="${text}">x</a>`],
    ['src', (text: string) => html`<img src="${text}">`],
    ['href behind a constant', (text: string) => html`<a href="../${text}">x</a>`],
  ])('takes no plain text for %s', (_, build) => {
    expect(() => build('report.json')).toThrow('address()');
  });
});

describe('address', () => {
  it.each([
    ['openai/train.jsonl', 'openai/train.jsonl'],
    ['rejected/a b#c?d%.csv', 'rejected/a%20b%23c%3Fd%25.csv'],
    ['javascript:alert(1)', 'javascript%3Aalert(1)'],
    ['//evil.example/x', 'evil.example/x'],
    ['../../a/./b', 'a/b'],
    ["it's.csv", 'it%27s.csv'],
    ['שלום.csv', '%D7%A9%D7%9C%D7%95%D7%9D.csv'],
    ['a\ud800.csv', 'a%EF%BF%BD.csv'],
  ])('makes %j a path below the report', (path, encoded) => {
    expect(address(path).text).toBe(encoded);
  });
});

describe('picture', () => {
  it.each(['data:image/jpeg;base64,AAAA', 'data:image/png;base64,AA==', 'data:image/webp;base64,+/A='])(
    'takes %s',
    (text) => {
      expect(picture(text)?.text).toBe(text);
    },
  );

  it.each([
    'data:image/svg+xml;base64,AAAA',
    'data:text/html;base64,AAAA',
    'data:image/png;base64,AAAA" onerror="alert(1)',
    'data:image/png;base64,',
    'data:image/png,AAAA',
    ' data:image/png;base64,AAAA',
    'https://evil.example/a.png',
    '',
    null,
  ])('drops %j', (text) => {
    expect(picture(text)).toBeNull();
  });
});
