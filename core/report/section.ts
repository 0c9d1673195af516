/**
 * What a number is of, and so how it is written: a share (0 to 1), a mean of counts, a count, nats, seconds, or a plain
 * number without a unit.
 */
export type Unit = 'share' | 'mean' | 'count' | 'nats' | 'seconds' | 'number'

/** One measure over the iterations of a run. Null: not measured. */
export interface Numbers {
  kind: 'numbers'
  name: string
  unit: Unit
  /** By iteration. */
  values: (number | null)[]
  /** The paper's values by iteration; null where it names none. */
  paper: (number | null)[] | null
}

/** Counts by p̂ rounded to a tenth: 0, 0.1, …, 1. */
export interface Histogram {
  kind: 'histogram'
  name: string
  /** By iteration, then tenth; empty where nothing was counted. */
  counts: number[][]
}

export type Row = Numbers | Histogram

/** A table of a report: a row per measure, a column per iteration. */
export interface Section {
  title: string
  /** What a reader must know to read it rightly; empty if nothing. */
  note: string
  rows: Row[]
}
