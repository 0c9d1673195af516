import type { IterationRecord } from '../../contracts/run-record.ts'
import type { Numbers, Unit } from './section.ts'

export type Records = readonly IterationRecord[]
type Value = number | null | undefined

/** A row whose cells come from the records of the iterations; the paper's values where it names some. */
export function numbers(
  records: Records,
  name: string,
  unit: Unit,
  value: (record: IterationRecord) => Value,
  paper?: readonly (number | null)[],
): Numbers {
  const byIteration = paper && records.map(({ summary }) => paper[summary.iteration] ?? null)
  return {
    kind: 'numbers',
    name,
    unit,
    values: records.map((record) => value(record) ?? null),
    paper: byIteration?.some((each) => each !== null) ? byIteration : null,
  }
}

/** The keys of all iterations, each once, in the order in which they are first seen. */
export function keysOf(records: Records, of: (record: IterationRecord) => object): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(of(record))))]
}
