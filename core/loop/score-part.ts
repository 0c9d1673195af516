import type { TaskOutcome } from '../../contracts/loop-records.ts'
import type { Rollout } from '../../contracts/rollout.ts'
import type { OnlineTrainingTally } from '../../contracts/stage-tallies.ts'
import type { Proposal } from '../../contracts/task.ts'
import type { TrainingRow } from '../../contracts/training-row.ts'
import type { GroupCredit, RewardGroup } from '../advantages/credit.ts'
import { tallyGroups, tallyOutcomes, tallyPHat, tallyTerms } from '../metrics/tally.ts'
import type { ProposePart, SolvePart } from '../recipes/recipe.ts'
import { rowsOfGroup, type SampledTokens, tokensOfProposal } from '../training/training-rows.ts'
import { answeredShare } from '../voting/answered-share.ts'

/** What one part of a step gives the trainer, and what is counted of it. */
export interface ScoredPart {
  rows: TrainingRow[]
  tally: Omit<OnlineTrainingTally, 'steps' | 'updates'>
}

/** A group before its credit: its rewards and whose tokens they are for. */
interface RewardedGroup extends RewardGroup {
  samples: SampledTokens[]
}

function rowsOf(groups: readonly RewardedGroup[], credits: readonly GroupCredit[], temperature: number): TrainingRow[] {
  return credits.flatMap((credit, index) => {
    const { samples, pHat } = groups[index]!
    return rowsOfGroup(credit, samples, { pHat, temperature })
  })
}

/**
 * Rewards a step's proposals by how their answers went. Malformed ones were not rolled out and have p̂ = 0. Algorithm §4.
 * @param proposals all of the step, in order; groups are `groupSize` in a row
 * @param outcomes of the well-formed ones
 */
export function scoreProposals<Config>(
  config: Config,
  part: ProposePart<Config>,
  step: string,
  proposals: readonly Proposal[],
  outcomes: readonly TaskOutcome[],
): ScoredPart {
  const { groupSize, sampling } = part.batch(config)
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  const scored = proposals.map(({ id, parsed }) => {
    const outcome = byId.get(id)
    if ((outcome === undefined) === (parsed.kind === 'well_formed'))
      throw new Error(`${id}: expected an outcome exactly for well-formed proposals`)
    const toolCalls = outcome?.samples.map(({ writtenCalls, executedCalls }) => ({
      written: writtenCalls,
      executed: executedCalls,
    }))
    const { vote } = outcome ?? {}
    const answered = answeredShare(vote)
    return { id, proposal: parsed, pHat: vote?.pHat ?? 0, answeredShare: answered, toolCalls: toolCalls ?? [] }
  })
  const rewards = part.rewards(config, scored)
  const groups: RewardedGroup[] = []
  for (let first = 0; first < proposals.length; first += groupSize) {
    const members = proposals.slice(first, first + groupSize)
    groups.push({
      id: `${step}/group-${String(groups.length).padStart(6, '0')}`,
      pHat: null,
      rewards: rewards.slice(first, first + groupSize).map(({ total }) => total),
      samples: members.map(tokensOfProposal),
    })
  }
  const credits = part.credit(config, groups)
  return {
    rows: rowsOf(groups, credits, sampling.temperature),
    tally: {
      proposals: { asked: proposals.length, wellFormed: outcomes.length },
      rollouts: tallyOutcomes(outcomes),
      pHat: tallyPHat(outcomes.map(({ vote }) => vote!.pHat)),
      reward: tallyTerms(rewards.map(({ terms, total }) => ({ ...terms, total }))),
      groups: tallyGroups(credits),
    },
  }
}

/**
 * Rewards the rollouts of a step's tasks. Algorithm §6.
 * @param rolloutsByTask by outcome, then sample
 */
export function scoreSolutions<Config>(
  config: Config,
  part: SolvePart<Config>,
  outcomes: readonly TaskOutcome[],
  rolloutsByTask: readonly (readonly Rollout[])[],
): ScoredPart {
  const { sampling } = part.batch(config)
  const groups = outcomes.map(({ id, pHat, samples }, task): RewardedGroup => {
    const rollouts = rolloutsByTask[task]!
    const rewards = samples.map(({ agrees }, sample) =>
      part.reward(config, {
        agreesWithLabel: agrees === true,
        text: rollouts[sample]!.turns.map((turn) => turn.text).join(''),
      }),
    )
    return { id, pHat, rewards, samples: [...rollouts] }
  })
  const credits = part.credit(config, groups)
  return {
    rows: rowsOf(groups, credits, sampling.temperature),
    tally: {
      proposals: { asked: 0, wellFormed: 0 },
      rollouts: tallyOutcomes(outcomes),
      pHat: tallyPHat(outcomes.map(({ pHat }) => pHat ?? 0)),
      reward: tallyTerms(groups.flatMap(({ rewards }) => rewards.map((total) => ({ total })))),
      groups: tallyGroups(credits),
    },
  }
}
