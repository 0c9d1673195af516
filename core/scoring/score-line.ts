import type { RunConfig } from '../../contracts/run-config.ts'
import type { ScoreLine, ScoreRecord } from '../../contracts/score.ts'
import type { ParsedProposal } from '../../contracts/task.ts'
import type { Vote } from '../../contracts/vote.ts'
import { rowControl } from '../advantages/row-control.ts'
import { answerIn } from '../answers/answer-in.ts'
import { parseProposal } from '../answers/parse-proposal.ts'
import { type CandidateFilter, candidateFilter } from '../curriculum/candidate-filter.ts'
import { gatedProposal } from '../rewards/format.ts'
import { proposalReward, questionOf } from '../rewards/curriculum-reward.ts'

function proposalOf(config: RunConfig, { question, proposal }: ScoreLine): ParsedProposal {
  const parsed: ParsedProposal =
    proposal === undefined ? { kind: 'well_formed', question, ownAnswer: '' } : parseProposal(proposal)
  return gatedProposal(config.curriculum.reward.format, parsed)
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
    this.#filter = candidateFilter(config.curation, [])
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
    const { total, terms } = proposalReward(curriculum.reward, { id, proposal, pHat: vote.pHat, toolCalls }, penalty)
    const question = proposal.kind === 'well_formed' ? proposal.question : null
    const dropReason = this.#filter({ id, question, label: vote.label, pHat: vote.pHat })
    const { votes, abstained, pHat, label } = vote
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
