import type { IterationRecord, RunRecord } from '../../contracts/run-record.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import type { AcceptedCanary } from '../../contracts/publication.ts'
import { decisionsOf, type PersonsDecision } from './decisions.ts'
import type { Section } from './section.ts'
import { sectionsOf } from './sections.ts'
import { type ClaimCheck, checkClaims } from './claim-checks.ts'

/** What the trainer reported of one step: names as in docs/design/trainer.md. */
export interface StepMetrics {
  iteration: number
  stage: string
  /** From 1 in its stage. */
  step: number
  metrics: Record<string, number>
}

/** What the store holds of a run, as far as a report needs it. */
export interface RunArtifacts {
  run: string
  record: RunRecord
  /** The newest one. */
  config: RunConfig
  /** Of iterations 0, 1, … that are over. */
  iterations: IterationRecord[]
  /** All training steps that are done, those of an unfinished iteration too. */
  steps: StepMetrics[]
  /** Policies that people accepted although their canary was over its bound. */
  accepted?: AcceptedCanary[]
}

/** A run's numbers, for people and programs. */
export interface RunReport extends Pick<RunArtifacts, 'run' | 'record' | 'steps'> {
  recipe: string
  seed: number
  /** T. */
  iterationsPlanned: number
  /** The columns of all tables: iterations that are over; 0 is the base model. */
  iterations: number[]
  isFinished: boolean
  sections: Section[]
  verdicts: ClaimCheck[]
  /** What people decided about halts that changes these numbers. */
  decisions: PersonsDecision[]
}

/** The report of a run from what it left behind, finished or not. */
export function reportOf({ run, record, config, iterations, steps, accepted = [] }: RunArtifacts): RunReport {
  const summaries = iterations.map(({ summary }) => summary)
  return {
    run,
    recipe: config.recipe,
    seed: config.seed,
    record,
    iterationsPlanned: config.iterations,
    iterations: summaries.map(({ iteration }) => iteration),
    isFinished: iterations.length > config.iterations,
    sections: sectionsOf(iterations, config),
    verdicts: checkClaims(summaries),
    decisions: decisionsOf(iterations, accepted),
    steps,
  }
}
