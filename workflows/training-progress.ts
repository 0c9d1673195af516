import type { Policy } from '../contracts/policy.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import { namedPolicy, type StageEffect } from '../core/loop/evolution.ts'
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
  const policy = namedPolicy(context.run, role, start.version + step, last.checkpoint, last.folder)
  // The step is recorded, but it may not have been published.
  await onRollout(`publish ${policy.name}`).publishPolicy({ context, policy, record: last.record })
  return { step, policy, tally, sampledTokens }
}

/** The effect of a skipped stage: its lineage continues after the steps that were trained. */
export async function trainedSoFar(input: StageInput): Promise<StageEffect> {
  const { policy, sampledTokens } = await progressOf(input)
  return { kind: 'trained', role: policy.role, policy, sampledTokens }
}
