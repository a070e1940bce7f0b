import { html } from './html-markup.ts';

/** The page's whole look: light and dark, narrow and wide, screen and paper. */
export const STYLE = html`<style>
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1f2328; --soft: #5f6670; --line: #e3e0da; --link: #1a5aa8;
  --good: #1a6b3c; --good-back: #e4f3e9; --care: #7d5200; --care-back: #fbf0d9; --bad: #a3232b; --bad-back: #fbe6e6;
  --plain: #4a515b; --plain-back: #ebebe9; --mark-back: #f3e3f5; --mark: #7a2a86;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --card: #1e2126; --ink: #e6e7ea; --soft: #a0a7b1; --line: #33373e; --link: #8ab8f0;
    --good: #86d6a4; --good-back: #17301f; --care: #ecc26d; --care-back: #342810; --bad: #f29a9a; --bad-back: #3a1b1d;
    --plain: #bcc2cb; --plain-back: #2b2f36; --mark-back: #3a2340; --mark: #dca0e6;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; overflow-wrap: anywhere; }
h1, h2, h3, h4, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: 2.1rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0.15rem 0 0.75rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 0.9rem; }
h3 { font-size: 1rem; line-height: 1.4; }
h4 { font-size: 0.95rem; font-weight: 500; }
section { margin-top: 2.75rem; }
section > h3 { margin: 1.5rem 0 0.6rem; }
a { color: var(--link); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
code, .file, .place { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.875em; }
.soft, .run, .place, .hint, .caption, .mime, dt { color: var(--soft); }
.run, .soft, .hint { font-size: 0.9rem; }
.mark { background: var(--mark-back); color: var(--mark); border-radius: 0.2em; padding: 0 0.15em; font: 0.85em ui-monospace, monospace; }
.badge { display: inline-block; padding: 0.1em 0.6em; border-radius: 1em; font-size: 0.8rem; line-height: 1.5; font-weight: 600; white-space: nowrap; background: var(--plain-back); color: var(--plain); }
.badges { display: inline-flex; flex-wrap: wrap; gap: 0.35rem; vertical-align: 0.08em; }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.care { background: var(--care-back); color: var(--care); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
.badge.simulated { background: none; color: var(--soft); box-shadow: inset 0 0 0 1px var(--line); }
.verdict { font-size: 1.15rem; line-height: 1.5; margin-bottom: 0.6rem; padding: 0.85rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--plain); border-radius: 0.5rem; }
.verdict.good { border-left-color: var(--good); } .verdict.care { border-left-color: var(--care); } .verdict.bad { border-left-color: var(--bad); }
.verdict .badges { margin-right: 0.35rem; }
.steps { padding-left: 1.4rem; }
.steps li + li { margin-top: 0.4rem; }
.steps .names { margin: 0.3rem 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 1rem 1.1rem; min-width: 0; }
.card header { display: flex; flex-wrap: wrap; gap: 0.3rem 0.75rem; justify-content: space-between; align-items: baseline; }
.card h3 { font-size: 1.1rem; }
.model { margin-top: 0.2rem; }
.samples .card { padding-bottom: 1.2rem; }
.card .message { margin-top: 0.6rem; }
.facts { margin-top: 0.8rem; display: grid; gap: 0.4rem; }
.facts > div { display: grid; grid-template-columns: 5.6rem 1fr; gap: 0.75rem; align-items: baseline; }
.facts dt, .facts dd { font-size: 0.92rem; }
.figures { display: flex; flex-wrap: wrap; gap: 0.75rem 2.25rem; margin-bottom: 1rem; color: var(--soft); }
.figures strong { display: block; color: var(--ink); font-size: 1.6rem; line-height: 1.2; font-weight: 600; font-variant-numeric: tabular-nums; }
.group { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.85rem 1.1rem; margin-bottom: 0.75rem; }
.findings > li { padding: 0.55rem 0; border-top: 1px solid var(--line); }
.group > .hint { margin: 0.2rem 0 0.5rem; }
.group > h4 { margin-bottom: 0.35rem; }
.place span { display: inline-block; white-space: pre-wrap; }
details { margin-top: 0.4rem; }
summary { cursor: pointer; color: var(--link); font-size: 0.92rem; padding: 0.3rem 0; }
.columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); gap: 1rem; margin-top: 0.8rem; }
.names { margin: 0.15rem 0; }
section > .names { margin: 0.6rem 0; }
.media { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0.5rem 0 0.8rem; }
.media li { width: 7.5rem; }
.media img, .mime { display: flex; width: 7.5rem; height: 5.5rem; border-radius: 0.35rem; background: var(--plain-back); object-fit: contain; align-items: center; justify-content: center; text-align: center; font-size: 0.8rem; padding: 0.3rem; }
.caption { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; font-size: 0.78rem; line-height: 1.35; margin-top: 0.25rem; }
.turns > div { padding-top: 0.5rem; }
.turns dt { font-size: 0.78rem; letter-spacing: 0.02em; }
.turns dd { white-space: pre-wrap; max-height: 26rem; overflow: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.92rem; }
th, td { text-align: left; padding: 0.4rem 1.25rem 0.4rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th { color: var(--soft); font-weight: 500; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
@media (min-width: 48rem) {
  .findings > li { display: grid; grid-template-columns: 17rem 1fr; gap: 1.25rem; align-items: baseline; }
}
@media (max-width: 30rem) {
  main { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.7rem; }
  .facts > div { grid-template-columns: 1fr; gap: 0; }
  .figures { display: grid; grid-template-columns: 1fr 1fr; }
}
@media print {
  :root { color-scheme: light; --mark: #000; --mark-back: #eee; --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --link: #000; --plain-back: #fff; --good-back: #fff; --care-back: #fff; --bad-back: #fff; --good: #000; --care: #000; --bad: #000; --plain: #000; }
  main { max-width: none; padding: 0; }
  .badge { box-shadow: inset 0 0 0 1px #888; }
  .card, .group li, tr { break-inside: avoid; }
  .turns dd { max-height: none; }
  summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
</style>`;
