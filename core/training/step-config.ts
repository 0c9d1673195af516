import type { Loss } from '../../contracts/config/loss.ts'
import type { Training } from '../../contracts/config/training.ts'
import { type ByKind, callByKind } from '../by-kind.ts'

/** Where a step stands: what its stage began with. */
export interface StageStart {
  /** Steps of the lineage before the stage. */
  step: number
  /** Digest of the checkpoint at that moment; null for the base model. */
  checkpoint: string | null
}

/** The trainer's clip of a loss. ADPO's numbers are in the batch already, row by row. */
const clips: ByKind<Loss, [], object> = {
  grpo: ({ clipLow, clipHigh }) => ({ kind: 'constant', low: clipLow, high: clipHigh }),
  adpo: () => ({ kind: 'rows' }),
}

/** The trainer's own default of `skippedInARowMax`. */
const SKIPPED_IN_A_ROW_MAX = 3

/**
 * The trainer's config of every step of a stage, as JSON with its fields in a fixed order: its bytes name the step. The
 * names are those of ml/agent0_ml/trainer/config.py; what is not here has its default there.
 *
 * @param responseTokensMax the constant length by which `seq-mean-token-sum-norm` divides
 */
export function stepConfig(training: Training, loss: Loss, stageStart: StageStart, responseTokensMax: number): object {
  const { compute, warmupSteps, dualClip, kl, skippedInARowMax, ...same } = training
  const clip = callByKind(clips, loss)
  // A reference checkpoint that is never read would only take space.
  const fromStart = kl.coefficient > 0 && kl.reference === 'stage-start'
  return {
    ...same,
    loss: { kind: 'surrogate', clip, dualClip: dualClip === 'none' ? null : dualClip },
    sequenceLength: responseTokensMax,
    kl: { coefficient: kl.coefficient, reference: (fromStart ? stageStart.checkpoint : null) ?? 'base' },
    warmup: { fromStep: stageStart.step, steps: warmupSteps },
    ...compute,
    // Left out where it is the trainer's own: these bytes name the step, and so draw its first adapter.
    ...(skippedInARowMax !== SKIPPED_IN_A_ROW_MAX && { skippedInARowMax }),
  }
}
