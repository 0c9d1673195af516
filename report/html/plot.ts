import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { type Html, trustedHtml } from './html.ts'

// Plot draws into a document; this one is only in memory.
const { document } = parseHTML('<!doctype html><html><body></body></html>')

/** Wide enough for a phone, so that nothing is scaled down there. */
const WIDTH = 340

/** Colours of the page's style sheet, so that a drawing follows light and dark. */
export const colourOf = (index: number) => `var(--series-${(index % 8) + 1})`

/** An SVG drawing by Observable Plot. `label` is what it is called to those who do not see it. */
export function draw(label: string, options: Plot.PlotOptions): Html {
  const figure = Plot.plot({
    width: WIDTH,
    ariaLabel: label,
    marginBottom: 40,
    style: { fontSize: '11px' },
    ...options,
    document,
  } as never)
  return trustedHtml((figure as unknown as { outerHTML: string }).outerHTML)
}
