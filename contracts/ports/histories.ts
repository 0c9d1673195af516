import type { StageId } from '../ids.ts'
import type { PastWorkflow } from '../past-workflow.ts'

/** What the Temporal server remembers. */
export interface Histories {
  /** The latest workflow of a stage, which is over, with its children; null where the server knows of none, or does not tell in time. */
  ofStage(stage: StageId): Promise<PastWorkflow | null>
}
