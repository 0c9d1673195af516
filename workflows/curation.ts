import { ApplicationFailure, patched } from '@temporalio/workflow'
import type { FilterPoolResult } from '../activities/filter-pool.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { FailureType } from '../contracts/errors.ts'
import { stepId } from '../contracts/ids.ts'
import { PROPOSALS_PER_PROMPT, PROPOSALS_PER_REQUEST, splitRange } from '../core/loop/ranges.ts'
import { stageOf } from '../core/recipes/index.ts'
import { onBookkeeping } from './proxies.ts'
import { SHARD_TASKS_MAX, type ShardSpec } from './shards.ts'
import { handleStageMessages, StageController } from './stage-controller.ts'
import { currentInput, type StageInput, type StageResult } from './stage-input.ts'

const YIELD_TOO_LOW: FailureType = 'Agent0.YieldTooLow'

/** Generates a pool of proposals, rolls it out, votes and filters; repeats while too few tasks are kept and the budget lasts. */
export async function curation(given: StageInput): Promise<StageResult> {
  const input = currentInput(given)
  const { context, config, state, name } = input
  const stage = stageOf(config, name, 'curation')
  const { answers, sampling } = stage.settings(config)
  const controller = new StageController(input)
  handleStageMessages(controller)
  const step = stepId(input.stage, 0)
  const proposals: ArtifactReference[] = []
  const outcomes: ArtifactReference[] = []
  let proposed = 0
  let pool: FilterPoolResult | undefined

  for (;;) {
    const counts = { proposed, kept: pool?.tally.kept ?? 0, dropped: pool?.tally.dropped ?? {} }
    const decision = stage.checkYield(config, counts)
    if (decision.kind === 'enough') break
    // Histories of the version before have sampled on until the budget was spent.
    if (decision.kind === 'refuse' && (decision.count === 0 || patched('ask-before-a-hopeless-pool')))
      throw ApplicationFailure.nonRetryable(decision.reason, YIELD_TOO_LOW)
    if (!(await controller.waitUntilRunnable())) return { kind: 'stopped', after: `${proposed} proposals of ${name}` }
    const range = { from: proposed, to: proposed + decision.count }
    const specs = splitRange(range, SHARD_TASKS_MAX, PROPOSALS_PER_REQUEST).map((piece): ShardSpec => ({
      context,
      step,
      policy: state.policies[stage.answeredBy]!,
      settings: answers,
      source: {
        kind: 'propose',
        policy: state.policies[stage.proposedBy]!,
        range: piece,
        blockSize: PROPOSALS_PER_REQUEST,
        proposalsPerPrompt: PROPOSALS_PER_PROMPT,
        sampling,
      },
      glassBox: { share: config.rollout.traceShare, seed: config.seed },
      summary: `proposals ${piece.from} to ${piece.to - 1}, each answered ${answers.samplesPerTask} times`,
    }))
    const shards = await controller.runShards(
      `proposals ${range.from} to ${range.to - 1}: generate, roll out, vote`,
      specs,
    )
    proposals.push(...shards.flatMap((shard) => shard.proposals ?? []))
    outcomes.push(...shards.map((shard) => shard.outcomes))
    proposed = range.to
    controller.update({ doing: `filter ${proposed} proposals` })
    pool = await onBookkeeping(`filter ${proposed} proposals`).filterPool({
      context,
      stage: input.stage,
      name,
      proposals,
      outcomes,
      archive: state.archive,
    })
    controller.update({ latest: { proposed, kept: pool.tally.kept } })
  }
  const { tasks, decisions, tally } = pool!
  controller.update({ doing: 'done' })
  return {
    kind: 'done',
    summary: { kind: 'curation', stage: name, tasks, tally },
    effect: { kind: 'curated', tasks, sampledTokens: controller.sampledTokens },
    curated: { tasks, decisions },
    serverUse: controller.serverUse,
  }
}
