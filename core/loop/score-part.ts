import type { TaskOutcome } from '../../contracts/loop-records.ts'
import type { Rollout } from '../../contracts/rollout.ts'
import type { OnlineTrainingTally } from '../../contracts/stage-tallies.ts'
import type { Proposal } from '../../contracts/task.ts'
import type { TrainingRow } from '../../contracts/training-row.ts'
import type { GroupCredit, RewardGroup } from '../advantages/credit.ts'
import { tallyGroups, tallyOutcomes, tallyPHat, tallyTerms } from '../metrics/tally.ts'
import type { ProposePart, SolvePart } from '../recipes/recipe.ts'
import type { ProposalReward } from '../rewards/curriculum-reward.ts'
import { rowsOfGroup, type SampledTokens } from '../training/training-rows.ts'
import { answeredShare } from '../voting/answered-share.ts'

/** What the samples of a group get, and the p̂ of its task. */
type CreditedGroup = GroupCredit & Pick<RewardGroup, 'pHat'>

/** What one part of a step gives its samples, and what is counted of it. Whoever has the samples' tokens makes the rows: `rowsOf`. */
export interface ScoredPart {
  groups: readonly CreditedGroup[]
  temperature: number
  tally: Omit<OnlineTrainingTally, 'steps' | 'updates'>
}

/** The trainer's rows of a group. */
export function rowsOf(
  { groups, temperature }: Pick<ScoredPart, 'groups' | 'temperature'>,
  group: number,
  samples: readonly SampledTokens[],
): TrainingRow[] {
  return rowsOfGroup(groups[group]!, samples, { pHat: groups[group]!.pHat, temperature })
}

function credited<Config>(
  config: Config,
  part: ProposePart<Config> | SolvePart<Config>,
  groups: readonly RewardGroup[],
): Pick<ScoredPart, 'groups' | 'temperature'> & { tallied: ScoredPart['tally']['groups'] } {
  const credits = part.credit(config, groups)
  return {
    groups: credits.map((credit, index) => ({ ...credit, pHat: groups[index]!.pHat })),
    temperature: part.batch(config).sampling.temperature,
    tallied: tallyGroups(credits),
  }
}

/**
 * The rewards of a step's proposals, in their order. Malformed ones were not rolled out and have p̂ = 0. Algorithm §4.
 * @param outcomes of the well-formed ones
 */
export function rewardsOfProposals<Config>(
  config: Config,
  part: ProposePart<Config>,
  proposals: readonly Pick<Proposal, 'id' | 'parsed'>[],
  outcomes: readonly TaskOutcome[],
): ProposalReward[] {
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
  return part.rewards(config, scored)
}

/**
 * What a step's proposals get for how their answers went.
 * @param proposals all of the step, in order; groups are `groupSize` in a row
 * @param outcomes of the well-formed ones
 */
export function scoreProposals<Config>(
  config: Config,
  part: ProposePart<Config>,
  step: string,
  proposals: readonly Pick<Proposal, 'id' | 'parsed'>[],
  outcomes: readonly TaskOutcome[],
): ScoredPart {
  const { groupSize } = part.batch(config)
  const rewards = rewardsOfProposals(config, part, proposals, outcomes)
  const rewarded: RewardGroup[] = []
  for (let first = 0; first < proposals.length; first += groupSize) {
    rewarded.push({
      id: `${step}/group-${String(rewarded.length).padStart(6, '0')}`,
      pHat: null,
      rewards: rewards.slice(first, first + groupSize).map(({ total }) => total),
    })
  }
  const { groups, temperature, tallied } = credited(config, part, rewarded)
  return {
    groups,
    temperature,
    tally: {
      proposals: { asked: proposals.length, wellFormed: outcomes.length },
      rollouts: tallyOutcomes(outcomes),
      pHat: tallyPHat(outcomes.map(({ vote }) => vote!.pHat)),
      reward: tallyTerms(rewards.map(({ terms, total }) => ({ ...terms, total }))),
      groups: tallied,
    },
  }
}

/** The reward of one rollout of a task. Algorithm §6. */
export function solutionReward<Config>(
  config: Config,
  part: SolvePart<Config>,
  { samples }: TaskOutcome,
  sample: number,
  { turns }: Pick<Rollout, 'turns'>,
): number {
  const text = turns.map((turn) => turn.text).join('')
  return part.reward(config, { agreesWithLabel: samples[sample]!.agrees === true, text })
}

/**
 * What the rollouts of a step's tasks get for their rewards. Algorithm §6.
 * @param rewards by outcome, then sample
 */
export function scoreSolutions<Config>(
  config: Config,
  part: SolvePart<Config>,
  outcomes: readonly TaskOutcome[],
  rewards: readonly (readonly number[])[],
): ScoredPart {
  const rewarded = outcomes.map(({ id, pHat }, task): RewardGroup => ({ id, pHat, rewards: rewards[task]! }))
  const { groups, temperature, tallied } = credited(config, part, rewarded)
  return {
    groups,
    temperature,
    tally: {
      proposals: { asked: 0, wellFormed: 0 },
      rollouts: tallyOutcomes(outcomes),
      pHat: tallyPHat(outcomes.map(({ pHat }) => pHat ?? 0)),
      reward: tallyTerms(rewards.flat().map((total) => ({ total }))),
      groups: tallied,
    },
  }
}
