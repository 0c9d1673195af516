/** The style sheet of the report: one column on a phone, figures side by side on a desk, light, dark and on paper. */
export const pageStyle = `
:root {
  color-scheme: light;
  --paper: #fff; --ink: #1c1e21; --faint: #6a7078; --line: #d9dce0; --panel: #f5f6f8;
  --series-1: #0b66c3; --series-2: #c4520a; --series-3: #12835a; --series-4: #a13c83;
  --series-5: #b58900; --series-6: #3c9ec4; --series-7: #6b5bbf; --series-8: #6d6d6d;
  --plot-background: var(--paper);
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --paper: #15171a; --ink: #e4e6e9; --faint: #959ba2; --line: #363a40; --panel: #1f2226;
    --series-1: #6db3f8; --series-2: #f5a05f; --series-3: #5dc99b; --series-4: #e08cc6;
    --series-5: #e3c04d; --series-6: #8fd3ec; --series-7: #a99cf0; --series-8: #a8a8a8;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1rem 3rem; max-width: 74rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { margin: 0.5rem 0 0; font-size: 1.7rem; }
h2 { margin: 2.2rem 0 0.8rem; font-size: 1.25rem; border-bottom: 1px solid var(--line); }
h3 { margin: 0 0 0.3rem; font-size: 1.05rem; }
h4, h5 { margin: 0.9rem 0 0.2rem; font-size: 0.9rem; }
h5 { font-weight: 500; }
small, .note, .id { color: var(--faint); font-size: 0.85rem; font-weight: 400; }
p { margin: 0.4rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0.8rem 0; font-size: 0.9rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.verdicts { padding: 0; list-style: none; }
.verdicts li { padding-left: 1.6rem; text-indent: -1.6rem; margin: 0.3rem 0; }
.verdicts b { display: inline-block; width: 1.6rem; text-indent: 0; }
.figures { display: grid; margin-top: 1.6rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 1.2rem;
  align-items: start; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; font-size: 0.95rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0.2rem 0 0.4rem; padding: 0; list-style: none;
  font-size: 0.8rem; }
.legend svg { margin-right: 0.35rem; vertical-align: 0; }
.tables { display: flex; flex-wrap: wrap; gap: 1.4rem 2.5rem; }
.wide { overflow-x: auto; max-width: 100%; }
.wide .note { max-width: 30rem; }
.wide td:first-child, .wide th:first-child { position: sticky; left: 0; background: var(--paper); }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
caption { padding-bottom: 0.3rem; text-align: left; font-weight: 600; }
th, td { padding: 0.15rem 0.9rem 0.15rem 0; text-align: right; white-space: nowrap; }
th { color: var(--faint); font-weight: 500; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, td.paper, th.paper { text-align: left; }
td.paper, th.paper { color: var(--faint); }
.vote { margin: 0.6rem 0; }
.vote td { text-align: left; white-space: normal; }
.vote td:last-child { white-space: nowrap; }
.vote .label td { font-weight: 600; }
meter { width: 6rem; }
article { margin: 1rem 0; padding: 0.9rem 1rem; border: 1px solid var(--line); border-radius: 6px; }
blockquote { margin: 0.5rem 0; padding-left: 0.8rem; border-left: 3px solid var(--series-1); white-space: pre-wrap; }
pre { margin: 0.2rem 0; padding: 0; font: 0.82rem/1.45 ui-monospace, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; }
pre:empty { display: none; }
pre.code, pre.output { padding: 0.4rem 0.7rem; background: var(--panel); border-left: 3px solid var(--series-3); }
pre.output { border-color: var(--series-2); }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
a { color: var(--series-1); }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .figures { grid-template-columns: repeat(2, 1fr); }
  figure, tr, h2, h3, h4, h5 { break-inside: avoid; }
  h2, h3, h4, h5, figcaption, caption { break-after: avoid; }
  .wide { overflow: visible; break-inside: avoid; }
  pre.code, pre.output { background: none; }
  .contents { display: none; }
}
`
