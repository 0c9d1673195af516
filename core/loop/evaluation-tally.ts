import type { TaskOutcome } from '../../contracts/loop-records.ts'
import type { EvaluationTally } from '../../contracts/stage-tallies.ts'

function isTrue(flag: boolean | null): boolean {
  return flag === true
}

/** A label whose truth is known. */
export interface JudgedLabel {
  right: boolean
}

/**
 * What an evaluation counts. Algorithm §7.
 * @param heldOut outcomes with truths
 * @param frozen outcomes of the frozen executor on the iteration's tasks, with labels, and truths where known
 */
export function evaluationTally(
  heldOut: readonly TaskOutcome[],
  frozen: readonly TaskOutcome[],
  labels: readonly JudgedLabel[],
): EvaluationTally {
  const samples = heldOut.flatMap((outcome) => outcome.samples)
  const frozenSamples = frozen.flatMap((outcome) => outcome.samples)
  const judged = frozenSamples.filter(({ right }) => right !== null)
  return {
    heldOut: {
      tasks: heldOut.length,
      samples: samples.length,
      rightSamples: samples.filter(({ right }) => isTrue(right)).length,
      rightMajorities: heldOut.filter(({ majorityRight }) => isTrue(majorityRight)).length,
    },
    frozenExecutor: {
      samples: frozenSamples.length,
      agreeing: frozenSamples.filter(({ agrees }) => isTrue(agrees)).length,
      samplesWithTruth: judged.length,
      right: judged.filter(({ right }) => isTrue(right)).length,
    },
    labels: { known: labels.length, right: labels.filter(({ right }) => right).length },
  }
}
