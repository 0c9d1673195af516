import { acceptCanary } from './accept-canary.ts'
import { withCheckedInputs } from './checked-inputs.ts'
import { drawStepTasks } from './draw-step-tasks.ts'
import { evaluate } from './evaluate.ts'
import { findPublished } from './find-published.ts'
import { releaseCheckpoints } from './hold-checkpoints.ts'
import { findSteps } from './find-steps.ts'
import { filterPool } from './filter-pool.ts'
import { executeCode, generateTurn } from './traced-rollout.ts'
import { openRun } from './open-run.ts'
import { planEvaluation } from './plan-evaluation.ts'
import { proposeTasks } from './propose-tasks.ts'
import { publishPolicy } from './publish-policy.ts'
import { recordIteration } from './record-iteration.ts'
import { rolloutTask } from './rollout-task.ts'
import { scoreStep } from './score-step.ts'
import type { Services } from './services.ts'
import { trainStep } from './train-step.ts'
import { voteOnTasks } from './vote-on-tasks.ts'
import { withDiskSpaceCheck } from './with-disk-space-check.ts'

/** Work near model servers and sandboxes. */
export function createRolloutActivities(given: Omit<Services, 'histories'>) {
  const services = { ...given, models: withDiskSpaceCheck(given.models, given.store) }
  return withCheckedInputs({
    openRun: openRun(services),
    proposeTasks: proposeTasks(services),
    rolloutTask: rolloutTask(services),
    generateTurn: generateTurn(services),
    executeCode: executeCode(services),
    voteOnTasks: voteOnTasks(services),
    evaluate: evaluate(services),
    publishPolicy: publishPolicy(services),
  })
}

/** Work near the trainer. */
export function createTrainingActivities(services: Pick<Services, 'store' | 'trainer'>) {
  return withCheckedInputs({ trainStep: trainStep(services), releaseCheckpoints: releaseCheckpoints(services) })
}

/** Short work on any machine that has the store. */
export function createBookkeepingActivities(services: Pick<Services, 'store' | 'heldOutTasks' | 'histories'>) {
  return withCheckedInputs({
    drawStepTasks: drawStepTasks(services),
    findSteps: findSteps(services),
    findPublished: findPublished(services),
    acceptCanary: acceptCanary(services),
    scoreStep: scoreStep(services),
    filterPool: filterPool(services),
    planEvaluation: planEvaluation(services),
    recordIteration: recordIteration(services),
  })
}

export type RolloutActivities = ReturnType<typeof createRolloutActivities>
export type TrainingActivities = ReturnType<typeof createTrainingActivities>
export type BookkeepingActivities = ReturnType<typeof createBookkeepingActivities>
