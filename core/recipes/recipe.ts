import type { CurationConfig } from '../../contracts/config/curation.ts'
import type { EvaluationConfig } from '../../contracts/config/evaluation.ts'
import type { Loss } from '../../contracts/config/loss.ts'
import type { AnswerSampling } from '../../contracts/config/rollout.ts'
import type { Sampling } from '../../contracts/config/sampling.ts'
import type { Training } from '../../contracts/config/training.ts'
import type { Role } from '../../contracts/primitives.ts'
import type { ParsedProposal } from '../../contracts/task.ts'
import type { GroupCredit, RewardGroup } from '../advantages/credit.ts'
import type { PoolCounts, YieldDecision } from '../curriculum/check-yield.ts'
import type { CandidateFilter } from '../curriculum/candidate-filter.ts'
import type { AnswerOutcome } from '../rewards/executor-reward.ts'
import type { ProposalOutcome, ProposalReward } from '../rewards/curriculum-reward.ts'
import type { ProposerPrompt } from '../prompts/agent-prompts.ts'
import type { Prompt } from '../rollout/prompt.ts'

/** How many samples a part of a step takes, and how. */
export interface BatchSettings {
  /** Prompts or tasks. */
  groups: number
  /** Samples of each. */
  groupSize: number
  sampling: Sampling
}

interface PartOfStep<Config> {
  /** Who is sampled. */
  role: Role
  batch(config: Config): BatchSettings
  /** What the trainer gets for the rewarded groups. */
  credit(config: Config, groups: readonly RewardGroup[]): GroupCredit[]
}

/** A role writes tasks, which another one answers, and earns by how that went. */
export interface ProposePart<Config> extends PartOfStep<Config> {
  kind: 'propose'
  /** Who answers the proposals; its weights stand still. */
  answeredBy: Role
  answers(config: Config): AnswerSampling
  /** Rewards of a step's proposals, in their order. */
  rewards(config: Config, proposals: readonly ProposalOutcome[]): ProposalReward[]
}

/** A role answers tasks of a curation and earns by its answers. */
export interface SolvePart<Config> extends PartOfStep<Config> {
  kind: 'solve'
  /** The stage whose tasks are drawn. */
  tasksFrom: string
  /** Reward of one rollout. */
  reward(config: Config, answer: AnswerOutcome): number
}

/** Repeated once per step: sample the parts, reward them, train once on all their rows, publish. */
export interface OnlineTrainingStage<Config> {
  kind: 'online-training'
  name: string
  /** Whose weights are trained. */
  role: Role
  steps(config: Config): number
  training(config: Config): Training
  loss(config: Config): Loss
  parts: readonly (ProposePart<Config> | SolvePart<Config>)[]
}

/** A pool of proposals, answered and voted on, becomes a set of tasks. */
export interface CurationStage<Config> {
  kind: 'curation'
  name: string
  proposedBy: Role
  answeredBy: Role
  settings(config: Config): CurationConfig
  filter(config: Config, archive: readonly string[]): CandidateFilter
  checkYield(config: Config, pool: PoolCounts): YieldDecision
}

/** What the iteration brought. */
export interface EvaluationStage<Config> {
  kind: 'evaluation'
  name: string
  role: Role
  settings(config: Config): EvaluationConfig
}

export type Stage<Config> = OnlineTrainingStage<Config> | CurationStage<Config> | EvaluationStage<Config>

/**
 * An algorithm as data: who is trained, and the stages of an iteration in their order. A stage's slots are pure functions;
 * its numbers come out of the config through them, so that a workflow reads neither a recipe's name nor its config's keys.
 */
export interface Recipe<Config> {
  /** Every role starts from the run's base model and continues from its own weights. */
  roles: readonly Role[]
  /** What a proposer reads before it writes. */
  proposePrompt(config: Config): ProposerPrompt
  /** What an answerer reads before it writes. */
  answerPrompt(config: Config, question: string): Prompt
  /** What the text of a proposer is taken as, by the run's format gate. */
  readProposal(config: Config, text: string): ParsedProposal
  stages: readonly Stage<Config>[]
}
