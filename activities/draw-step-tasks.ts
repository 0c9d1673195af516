import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { CuratedTask } from '../contracts/curated-task.ts'
import { stepId, taskId, type StageId } from '../contracts/ids.ts'
import type { RolloutTask } from '../contracts/loop-records.ts'
import { drawTasks } from '../core/curriculum/draw-tasks.ts'
import { configOf, configTag, type RunContext, type Services } from './services.ts'

export interface DrawStepTasksInput {
  context: RunContext
  stage: StageId
  /** D^(t), a `CuratedTask` each. */
  dataSet: ArtifactReference
  steps: number
  tasksPerStep: number
}

/** Draws the tasks of all steps of a training stage: `tasksPerStep` consecutive ones for each step. */
export function drawStepTasks({ store }: Pick<Services, 'store'>) {
  return async ({ context, stage, dataSet, steps, tasksPerStep }: DrawStepTasksInput): Promise<ArtifactReference> => {
    const { seed } = await configOf(store, context)
    const tasks = await store.getRecords(CuratedTask, dataSet)
    const drawn = drawTasks(seed, stage, tasks.length, steps * tasksPerStep)
    const records = drawn.map((chosen, index): RolloutTask => {
      const { question, label, pHat } = tasks[chosen]!
      const id = taskId(stepId(stage, Math.floor(index / tasksPerStep) + 1), index % tasksPerStep)
      return { id, question, label, pHat, truth: null }
    })
    return store.putRecords(`${stage}/drawn-${configTag(context)}.jsonl`, records)
  }
}
