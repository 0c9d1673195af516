import * as Plot from '@observablehq/plot'
import { html, type Html } from './html.ts'
import { colourOf, draw } from './plot.ts'

/** A line of a figure: a value per iteration. */
export interface Series {
  name: string
  /** By iteration, from 0; null where nothing was measured. */
  values: readonly (number | null)[]
  /** The paper's own, drawn grey and dashed. */
  isPaper?: boolean
}

/** A part of a bar. */
export interface Part {
  /** Where the bar stands: an iteration. */
  iteration: number
  name: string
  value: number
}

const DASHES = ['none', '7 3', '2 3']
const TICKS_MAX = 10
const ROW = 34

export const iterationLabel = (iteration: number) => (iteration === 0 ? 'base' : String(iteration))

function figure(title: string, drawing: Html, legend: Html): Html {
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${legend} ${drawing}
  </figure>`
}

function legendOf(entries: readonly { name: string; colour: string; dash?: string }[]): Html {
  const items = entries.map(
    ({ name, colour, dash }) =>
      html`<li>
        <svg width="22" height="10" aria-hidden="true">
          <line
            x1="1"
            x2="21"
            y1="5"
            y2="5"
            stroke="${colour}"
            stroke-width="${dash === undefined ? 9 : 2.5}"
            stroke-dasharray="${dash ?? 'none'}"
          /></svg
        >${name}
      </li>`,
  )
  return html`<ul class="legend">
    ${items}
  </ul>`
}

/** Ticks at whole iterations, not too many. */
function iterationTicks(last: number): number[] {
  const every = Math.ceil((last + 1) / TICKS_MAX)
  return Array.from({ length: last + 1 }, (_, iteration) => iteration).filter((each) => each % every === 0)
}

/** Lines over the iterations of a run; null if nothing was measured. Shares are drawn in per cent, from 0. */
export function linesOverIterations(title: string, unit: 'share' | 'mean', series: readonly Series[]): Html | null {
  if (!series.some(({ values, isPaper }) => !isPaper && values.some((value) => value !== null))) return null
  const shown = series.filter(({ values }) => values.some((value) => value !== null))
  const styled = shown.map(({ isPaper, ...each }, index) => ({
    ...each,
    colour: isPaper ? 'var(--faint)' : colourOf(index),
    dash: isPaper ? '4 4' : DASHES[index % DASHES.length]!,
  }))
  const last = Math.max(1, ...series.map(({ values }) => values.length - 1))
  const marks = styled.map(({ name, values, colour, dash }) => {
    const points = values.map((value, iteration) => ({ iteration, value }))
    const known = points.filter(({ value }) => value !== null)
    const at = { x: 'iteration', y: 'value' } as const
    const title = ({ iteration, value }: (typeof known)[number]) =>
      `${name}, ${iterationLabel(iteration)}: ${unit === 'share' ? `${(100 * value!).toFixed(1)} %` : value!.toFixed(2)}`
    return [
      Plot.lineY(known, { ...at, stroke: colour, strokeDasharray: dash, strokeWidth: 2 }),
      Plot.dot(known, { ...at, r: 3.5, fill: colour, title }),
    ]
  })
  const drawing = draw(title, {
    height: 210,
    marginLeft: 42,
    x: { domain: [0, last], ticks: iterationTicks(last), tickFormat: iterationLabel, label: 'iteration', inset: 8 },
    y: { grid: true, zero: true, percent: unit === 'share', label: unit === 'share' ? '%' : null, nice: true },
    marks: [Plot.ruleY([0]), ...marks.flat()],
  })
  return figure(title, drawing, legendOf(styled))
}

/** A bar per iteration, cut into parts; null if there is nothing to draw. */
export function stackedBars(
  title: string,
  names: readonly string[],
  parts: readonly Part[],
  axis: { label: string; percent?: boolean; tickFormat: string; format: (value: number) => string },
): Html | null {
  if (parts.length === 0) return null
  const iterations = [...new Set(parts.map(({ iteration }) => iteration))]
  const colours = names.map((_, index) => colourOf(index))
  const drawing = draw(title, {
    height: 50 + ROW * iterations.length,
    marginTop: 6,
    marginLeft: 42,
    x: { grid: true, label: axis.label, percent: axis.percent ?? false, ticks: 5, tickFormat: axis.tickFormat },
    y: { domain: iterations, tickFormat: iterationLabel, label: null, type: 'band' },
    color: { type: 'categorical', domain: [...names], range: colours },
    marks: [
      Plot.barX(parts as Part[], {
        x: 'value',
        y: 'iteration',
        fill: 'name',
        order: [...names],
        inset: 0.5,
        title: ({ iteration, name, value }: Part) => `${name}, ${iterationLabel(iteration)}: ${axis.format(value)}`,
      }),
    ],
  })
  return figure(title, drawing, legendOf(names.map((name, index) => ({ name, colour: colours[index]! }))))
}

/** An interval of p̂ whose bars are coloured, both ends included, and what the legend says about it. */
export interface PHatInterval {
  low: number
  high: number
  meaning: string
}

/** A bar per p̂ of 0, 0.1, …, 1, an iteration below the other; null if there is nothing to draw. */
export function barsByPHat(
  title: string,
  values: readonly { iteration: number; byTenth: readonly (number | null)[] }[],
  coloured: PHatInterval | null,
  unit: 'share' | 'count',
): Html | null {
  const bars = values.flatMap(({ iteration, byTenth }) =>
    byTenth.flatMap((value, tenth) => (value === null ? [] : [{ iteration, pHat: tenth / 10, value }])),
  )
  if (bars.length === 0) return null
  const iterations = [...new Set(bars.map(({ iteration }) => iteration))]
  const isColoured = (pHat: number) => coloured === null || (pHat >= coloured.low && pHat <= coloured.high)
  const text = (value: number) => (unit === 'share' ? `${(100 * value).toFixed(2)} %` : String(value))
  const drawing = draw(title, {
    height: 44 + 74 * iterations.length,
    marginLeft: 42,
    marginRight: 42,
    x: { domain: Array.from({ length: 11 }, (_, tenth) => tenth / 10), tickFormat: '.1f', label: 'p̂', type: 'band' },
    y: { grid: true, ticks: 3, percent: unit === 'share', label: unit === 'share' ? '%' : null },
    fy: { domain: iterations, tickFormat: iterationLabel, label: 'iteration', padding: 0.15 },
    marks: [
      Plot.ruleY([0]),
      Plot.barY(bars, {
        x: 'pHat',
        y: 'value',
        fy: 'iteration',
        fill: ({ pHat }: (typeof bars)[number]) => (isColoured(pHat) ? colourOf(0) : 'var(--faint)'),
        title: ({ iteration, pHat, value }: (typeof bars)[number]) =>
          `${iterationLabel(iteration)}, p̂ ${pHat.toFixed(1)}: ${text(value)}`,
      }),
    ],
  })
  const entries =
    coloured === null
      ? []
      : [
          { name: `p̂ from ${coloured.low} to ${coloured.high}: ${coloured.meaning}`, colour: colourOf(0) },
          { name: 'outside', colour: 'var(--faint)' },
        ]
  const legend = legendOf(entries)
  return figure(title, drawing, legend)
}

/**
 * Curves over the training steps of each role; null if there are none.
 * @param order of all stages: a stage has one colour in all figures
 */
export function curves(
  title: string,
  order: readonly string[],
  points: readonly { step: number; stage: string; value: number }[],
): Html | null {
  if (points.length === 0) return null
  const stages = order.filter((name) => points.some(({ stage }) => stage === name))
  const styled = stages.map((name, index) => ({
    name,
    colour: colourOf(order.indexOf(name)),
    dash: DASHES[index % DASHES.length]!,
  }))
  const drawing = draw(title, {
    height: 170,
    marginLeft: 48,
    x: { label: 'training step of the role', ticks: 5, tickFormat: 'd' },
    y: { grid: true, label: null, ticks: 4, tickFormat: '~f', nice: true },
    marks: styled.map(({ name, colour, dash }) =>
      Plot.lineY(
        points.filter(({ stage }) => stage === name),
        { x: 'step', y: 'value', stroke: colour, strokeDasharray: dash, strokeWidth: 1.5 },
      ),
    ),
  })
  return figure(title, drawing, legendOf(styled))
}
