import { benchAnswers } from './core-answers.ts'
import { benchClusters } from './core-clusters.ts'
import type { BenchOptions, Figure } from './figures.ts'

/** Figures of the pure core. One line per part. */
export function benchCore(options: BenchOptions): Figure[] {
  return [...benchClusters(options.reference), ...benchAnswers()]
}
