import type { RunConfig } from '../../contracts/run-config.ts'
import type { ScoreLine, ScoreRecord } from '../../contracts/score.ts'
import type { ParsedProposal } from '../../contracts/task.ts'
import type { Vote } from '../../contracts/vote.ts'
import { rowControl } from '../advantages/row-control.ts'
import { answerIn } from '../answers/answer-in.ts'
import { recipes } from '../recipes/index.ts'
import type { ProposePart } from '../recipes/recipe.ts'
import type { CandidateFilter } from '../curriculum/candidate-filter.ts'
import { gatedProposal } from '../rewards/format.ts'
import type { ProposalOutcome, ProposalReward } from '../rewards/curriculum-reward.ts'
import { answeredShare } from '../voting/answered-share.ts'

function proposalOf(config: RunConfig, { question, proposal }: ScoreLine): ParsedProposal {
  if (proposal !== undefined) return recipes[config.recipe].readProposal(config, proposal)
  return gatedProposal(config.curriculum.reward.format, { kind: 'well_formed', question, ownAnswer: '' })
}

/** The answer of each rollout of a line. */
export function answersOfLine(line: ScoreLine): (string | null)[] {
  return line.rollouts.map(({ text }) => answerIn(text))
}

/** Scores lines by the recipe, as a run would; remembers which questions were kept. */
export class LineScorer {
  readonly #config: RunConfig
  readonly #filter: CandidateFilter
  readonly #part: ProposePart<RunConfig>

  constructor(config: RunConfig) {
    this.#config = config
    const { stages } = recipes[config.recipe]
    const curation = stages.find((stage) => stage.kind === 'curation')
    const parts = stages.flatMap((stage) => (stage.kind === 'online-training' ? stage.parts : []))
    const part = parts.find((each) => each.kind === 'propose')
    if (curation === undefined || part === undefined)
      throw new Error(`the recipe ${config.recipe} proposes or curates nothing to score by`)
    this.#filter = curation.filter(config, [])
    this.#part = part
  }

  /**
   * All that the reward of a line depends on, besides the other lines of its file.
   * @param vote over `answersOfLine`
   */
  outcome(line: ScoreLine, vote: Vote): ProposalOutcome {
    const toolCalls = line.rollouts.map(({ toolCalls: calls }) => ({ written: calls, executed: calls }))
    const proposal = proposalOf(this.#config, line)
    return { id: line.id, proposal, pHat: vote.pHat, answeredShare: answeredShare(vote), toolCalls }
  }

  /** The rewards of a file's lines, which are one batch, in their order. */
  rewards(batch: readonly ProposalOutcome[]): ProposalReward[] {
    return this.#part.rewards(this.#config, batch)
  }

  /** Of one line, in the order of the file. */
  record(line: ScoreLine, vote: Vote, { terms, total }: ProposalReward): ScoreRecord {
    const { loss } = this.#config.executor
    const { id } = line
    const proposal = proposalOf(this.#config, line)
    const { votes, abstained, pHat, label } = vote
    const question = proposal.kind === 'well_formed' ? proposal.question : null
    const dropReason = this.#filter({ id, question, label, pHat, abstainedShare: 1 - answeredShare(vote) })
    const kept = dropReason === null
    const adpo = kept && loss.kind === 'adpo' ? rowControl(loss, id, pHat) : null
    const answers = answersOfLine(line)
    return { id, answers, votes, abstained, pHat, label, kept, dropReason, reward: { ...terms, total }, adpo }
  }
}
