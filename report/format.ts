import type { PersonsDecision } from '../core/report/decisions.ts'
import type { Numbers, Unit } from '../core/report/section.ts'
import type { ClaimCheck } from '../core/report/claim-checks.ts'
import { timeSpan } from '../core/metrics/time-span.ts'

/** What stands where nothing was measured. */
export const UNKNOWN = '–'

const thousands = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })

/** A number for people. */
export function formatNumber(unit: Unit, value: number | null): string {
  if (value === null) return UNKNOWN
  switch (unit) {
    case 'share':
      // A small share is not none: a clip that seldom acts acts.
      return `${value > 0 && value < 0.001 ? (100 * value).toPrecision(1) : (100 * value).toFixed(1)} %`
    case 'mean':
      return value.toFixed(2)
    case 'count':
      return thousands.format(value)
    case 'seconds':
      return value < 60 ? `${value.toFixed(1)} s` : timeSpan(1_000 * value)
    case 'nats':
      return value === 0 ? '0' : value.toExponential(1)
    case 'number':
      return value.toFixed(3)
  }
}

/** Numbers one after the other, as `33.3 → 41.0 %`. */
export function formatSeries(unit: Unit, values: readonly (number | null)[]): string {
  const texts = values.map((value) => formatNumber(unit, value))
  return unit === 'share' ? `${texts.map((text) => text.replace(' %', '')).join(' → ')} %` : texts.join(' → ')
}

/** What the paper says of a measure, in one cell. */
export const formatPaper = ({ unit, paper }: Numbers) => (paper === null ? '' : formatSeries(unit, paper))

const BARS = '▁▂▃▄▅▆▇█'

/** A bar per count, the highest filling its line; a dot for none. */
export function textBars(counts: readonly number[]): string {
  const most = Math.max(...counts)
  if (counts.length === 0 || most === 0) return UNKNOWN
  return counts
    .map((count) => (count === 0 ? '·' : BARS[Math.min(BARS.length - 1, Math.floor((BARS.length * count) / most))]))
    .join('')
}

const WORDS: Record<ClaimCheck['claim'], { what: string; yes: string; no: string; unit: Unit }> = {
  'held-out-rises': {
    what: 'Held-out mean@k, base to last iteration',
    yes: 'rises',
    no: 'does not rise',
    unit: 'share',
  },
  'frozen-agreement-falls': {
    what: "Frozen executor's agreement with the labels, iteration by iteration",
    yes: 'falls',
    no: 'does not fall steadily',
    unit: 'share',
  },
  'frozen-correctness-falls': {
    what: "Frozen executor's right answers, iteration by iteration",
    yes: 'fall',
    no: 'do not fall steadily',
    unit: 'share',
  },
  'tool-calls-rise': {
    what: 'Tool calls per task, iteration by iteration',
    yes: 'rise',
    no: 'do not rise steadily',
    unit: 'mean',
  },
  'most-labels-right': {
    what: 'Pseudo-labels whose truth is known, iteration by iteration',
    yes: 'most are right',
    no: 'most are wrong in one or more, so that the executor learned from wrong votes',
    unit: 'share',
  },
}

/** A verdict as a sentence with its numbers. */
export function verdictSentence({ claim, holds, values }: ClaimCheck): string {
  const { what, yes, no, unit } = WORDS[claim]
  if (holds === null) return `${what}: too few numbers to say.`
  const points = 100 * (values.at(-1)! - values[0]!)
  const change = unit === 'share' ? `, ${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)} points` : ''
  return `${what}: ${holds ? yes : no} (${formatSeries(unit, values)}${change}).`
}

/** What a person decided, as a sentence. */
export function decisionSentence({ stage, of, decision, reason, at, by, why }: PersonsDecision): string {
  if (decision === 'skip') return `${at}: ${stage} was left out of ${of}, halted by: ${reason}`
  return `${at}: ${by} had ${of} published for ${stage}: ${why}. It had been refused: ${reason}`
}
