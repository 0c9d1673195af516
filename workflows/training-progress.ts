import { isCancellation, log, patched } from '@temporalio/workflow'
import type { Policy } from '../contracts/policy.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import { lineageStart, namedPolicy, type StageEffect } from '../core/loop/evolution.ts'
import { stageOf } from '../core/recipes/index.ts'
import { onBookkeeping, onRollout } from './proxies.ts'
import type { StageInput } from './stage-input.ts'

/** How far a training stage is. Read from the store, which knows the steps of earlier executions too. */
export interface Progress {
  step: number
  policy: Policy
  tally: OnlineTrainingTally
  sampledTokens: number
}

/** Names of the policies that a role's new one does not replace: what the run still samples from, and the one before it. */
export const policiesInUse = ({ policies, frozen }: StageInput['state'], before: Policy): string[] =>
  [...Object.values(policies), before, ...(frozen === null ? [] : [frozen])].map(({ name }) => name)

export async function progressOf({ context, config, state, stage, name }: StageInput): Promise<Progress> {
  const { role } = stageOf(config, name, 'online-training')
  const start = state.policies[role]!
  const {
    steps: step,
    tally,
    sampledTokens,
    last,
  } = await onBookkeeping('find the finished steps').findSteps({ stage })
  if (last === null) return { step, policy: start, tally, sampledTokens }
  const number = lineageStart(state, role).steps + step
  const policy = namedPolicy(context.run, role, number, last.checkpoint, last.folder)
  // The step is recorded, but it may not have been published.
  await onRollout(`publish ${policy.name}`).publishPolicy({ context, policy, record: last.record })
  return { step, policy, tally, sampledTokens }
}

/** What names a training stage for those who look at its recorded steps. */
export function trainingStage({ context, config, state, stage, name }: StageInput) {
  const { role } = stageOf(config, name, 'online-training')
  return { run: context.run, stage, role, stepsBefore: lineageStart(state, role).steps }
}

/**
 * The effect of a skipped training stage: its role goes on with the last policy that was published, and a later step that
 * was trained is set aside. It fails with nothing but a cancellation: where the records cannot be read, the role stays as
 * it was before the stage.
 */
export async function skippedTraining(input: StageInput): Promise<StageEffect> {
  const stage = trainingStage(input)
  const { role } = stage
  const start = input.state.policies[role]!
  // Runs that the version before has skipped a stage of have published here.
  if (!patched('a-skip-publishes-nothing')) {
    const { policy, sampledTokens } = await progressOf(input)
    return { kind: 'trained', role, policy, sampledTokens }
  }
  try {
    const found = await onBookkeeping(`find the last published policy of ${role}`).findPublished(stage)
    const { policy, unpublished, sampledTokens } = found
    return {
      kind: 'trained',
      role,
      policy: policy ?? start,
      sampledTokens,
      ...(unpublished !== null && { unpublished }),
    }
  } catch (error) {
    if (isCancellation(error)) throw error
    log.error(`the steps of ${stage.stage} cannot be read: ${role} stays at ${start.name}`, { error })
    return { kind: 'trained', role, policy: start, sampledTokens: 0 }
  }
}
