import { z } from 'zod'
import { ArtifactReference } from './artifact-reference.ts'
import { Digest, Role } from './primitives.ts'
import { CurationTally, EvaluationTally, OnlineTrainingTally } from './stage-tallies.ts'

/** The stage's name in paths: `curriculum`, `curation`, `executor`, `evaluation`. */
const stage = z.string().min(1)

/** What a stage hands to the run when it is done: references and counts, never data. */
export const StageSummary = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('online-training'),
    stage,
    role: Role,
    /** The role's weights after the stage. */
    checkpoint: Digest,
    tally: OnlineTrainingTally,
  }),
  z.strictObject({ kind: z.literal('curation'), stage, tasks: ArtifactReference, tally: CurationTally }),
  z.strictObject({ kind: z.literal('evaluation'), stage, tally: EvaluationTally }),
])

export type StageSummary = z.output<typeof StageSummary>
