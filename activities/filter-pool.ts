import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { CuratedTask } from '../contracts/curated-task.ts'
import type { StageId } from '../contracts/ids.ts'
import { TaskOutcome } from '../contracts/loop-records.ts'
import type { CurationTally } from '../contracts/stage-tallies.ts'
import { curate } from '../core/loop/curate.ts'
import { stageOf } from '../core/recipes/index.ts'
import { withoutTokens } from './without-tokens.ts'
import { configOf, configTag, type RunContext, type Services } from './services.ts'

export interface FilterPoolInput {
  context: RunContext
  stage: StageId
  /** Name of the stage in the recipe. */
  name: string
  /** From all shards so far, in the order of their proposals. */
  proposals: ArtifactReference[]
  outcomes: ArtifactReference[]
  /** Data sets of earlier iterations. */
  archive: ArtifactReference[]
}

export interface FilterPoolResult {
  /** D^(t), a `CuratedTask` each. */
  tasks: ArtifactReference
  /** A `FilterDecision` per proposal. */
  decisions: ArtifactReference
  tally: CurationTally
}

/** Decides which proposals of the pool become tasks, and counts why the others do not. */
export function filterPool({ store }: Pick<Services, 'store'>) {
  return async ({ context, stage, name, proposals, outcomes, archive }: FilterPoolInput): Promise<FilterPoolResult> => {
    const config = await configOf(store, context)
    const [written, answered, kept] = await Promise.all([
      withoutTokens(store, proposals),
      Promise.all(outcomes.map((reference) => store.getRecords(TaskOutcome, reference))),
      Promise.all(archive.map((reference) => store.getRecords(CuratedTask, reference))),
    ])
    const filter = stageOf(config, name, 'curation').filter(
      config,
      kept.flat().map(({ question }) => question),
    )
    const pool = curate(filter, written, answered.flat())
    // A pool can grow, so its size is part of the name.
    const key = `${stage}/pool-${String(pool.decisions.length).padStart(6, '0')}-${configTag(context)}`
    const [tasks, decisions] = await Promise.all([
      store.putRecords(`${key}-tasks.jsonl`, pool.tasks),
      store.putRecords(`${key}-decisions.jsonl`, pool.decisions),
    ])
    return { tasks, decisions, tally: pool.tally }
  }
}
