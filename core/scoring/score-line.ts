import type { RunConfig } from '../../contracts/run-config.ts'
import type { ScoreLine, ScoreRecord } from '../../contracts/score.ts'
import type { ParsedProposal } from '../../contracts/task.ts'
import type { Vote } from '../../contracts/vote.ts'
import { rowControl } from '../advantages/row-control.ts'
import { answerIn } from '../answers/answer-in.ts'
import { recipes } from '../recipes/index.ts'
import type { CandidateFilter } from '../curriculum/candidate-filter.ts'
import { gatedProposal } from '../rewards/format.ts'
import { proposalReward, questionOf } from '../rewards/curriculum-reward.ts'
import { answeredShare } from '../voting/answered-share.ts'

function proposalOf(config: RunConfig, { question, proposal }: ScoreLine): ParsedProposal {
  if (proposal !== undefined) return recipes[config.recipe].readProposal(config, proposal)
  return gatedProposal(config.curriculum.reward.format, { kind: 'well_formed', question, ownAnswer: '' })
}

/** What the clusters see of a line: its question, nothing if its proposal is malformed. */
export function questionOfLine(config: RunConfig, line: ScoreLine): string {
  return questionOf(proposalOf(config, line))
}

/** The answer of each rollout of a line. */
export function answersOfLine(line: ScoreLine): (string | null)[] {
  return line.rollouts.map(({ text }) => answerIn(text))
}

/** Scores lines in their order; remembers which questions were kept. */
export class LineScorer {
  readonly #config: RunConfig
  readonly #filter: CandidateFilter

  constructor(config: RunConfig) {
    this.#config = config
    const curation = recipes[config.recipe].stages.find((stage) => stage.kind === 'curation')
    if (curation === undefined) throw new Error(`the recipe ${config.recipe} has no curation to score by`)
    this.#filter = curation.filter(config, [])
  }

  /**
   * @param vote over `answersOfLine`
   * @param penalty of this line's question in its batch: `repetitionPenalties`
   */
  score(line: ScoreLine, vote: Vote, penalty: number): ScoreRecord {
    const { curriculum, executor } = this.#config
    const { id } = line
    const proposal = proposalOf(this.#config, line)
    const toolCalls = line.rollouts.map(({ toolCalls: calls }) => ({ written: calls, executed: calls }))
    const { votes, abstained, pHat, label } = vote
    const answered = answeredShare(vote)
    const outcome = { id, proposal, pHat, answeredShare: answered, toolCalls }
    const { total, terms } = proposalReward(curriculum.reward, outcome, penalty)
    const question = proposal.kind === 'well_formed' ? proposal.question : null
    const dropReason = this.#filter({ id, question, label, pHat, abstainedShare: 1 - answered })
    const kept = dropReason === null
    return {
      id,
      answers: answersOfLine(line),
      votes,
      abstained,
      pHat,
      label,
      kept,
      dropReason,
      reward: { ...terms, total },
      adpo: kept && executor.loss.kind === 'adpo' ? rowControl(executor.loss, id, pHat) : null,
    }
  }
}
