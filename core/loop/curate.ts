import type { CuratedTask } from '../../contracts/curated-task.ts'
import type { FilterDecision, TaskOutcome } from '../../contracts/loop-records.ts'
import type { CurationTally } from '../../contracts/stage-tallies.ts'
import type { Proposal } from '../../contracts/task.ts'
import { type CandidateFilter, questionForm } from '../curriculum/candidate-filter.ts'
import { answeredShare } from '../voting/answered-share.ts'
import { tallyDecisions, tallyOutcomes, tallyPHat } from '../metrics/tally.ts'

/** A pool after the filter. */
export interface CuratedPool {
  tasks: CuratedTask[]
  decisions: FilterDecision[]
  tally: CurationTally
}

function curated({ id, question, samples, vote }: TaskOutcome, proposedAnswer: string): CuratedTask {
  const { size, votes, abstained, pHat, label } = vote!
  const executed = samples.reduce((sum, { executedCalls }) => sum + executedCalls, 0)
  return {
    id,
    question,
    label: label!,
    samples: size,
    votes: Math.max(...votes.map(({ count }) => count)),
    abstained,
    pHat,
    toolCalls: executed / size,
    proposedAnswer,
  }
}

/**
 * Which proposals of a pool become tasks, and why the others do not. Algorithm §5.
 * @param proposals in the order of their keys
 * @param outcomes of the well-formed ones
 */
export function curate(
  filter: CandidateFilter,
  proposals: readonly Pick<Proposal, 'id' | 'parsed'>[],
  outcomes: readonly TaskOutcome[],
): CuratedPool {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  const tasks: CuratedTask[] = []
  const decisions = proposals.map(({ id, parsed }): FilterDecision => {
    const outcome = byId.get(id)
    const question = parsed.kind === 'well_formed' ? parsed.question : null
    const [label, pHat] = [outcome?.vote?.label ?? null, outcome?.vote?.pHat ?? 0]
    const abstainedShare = 1 - answeredShare(outcome?.vote)
    const dropped = filter({ id, question, label, pHat, abstainedShare })
    if (dropped === null) tasks.push(curated(outcome!, parsed.kind === 'well_formed' ? parsed.ownAnswer : ''))
    return { id, question, label, pHat, dropped }
  })
  return {
    tasks,
    decisions,
    tally: {
      proposals: { asked: proposals.length, wellFormed: outcomes.length },
      distinct: new Set(outcomes.map(({ question }) => questionForm(question))).size,
      rollouts: tallyOutcomes(outcomes),
      pHat: tallyPHat(outcomes.map(({ vote }) => vote!.pHat)),
      ...tallyDecisions(decisions.map(({ dropped }) => dropped)),
    },
  }
}
