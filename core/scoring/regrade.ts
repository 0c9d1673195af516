import type { FilterDecision, TaskOutcome } from '../../contracts/loop-records.ts'
import type { Rollout } from '../../contracts/rollout.ts'
import type { Proposal } from '../../contracts/task.ts'
import { lastAnswer } from '../rollout/rollout-state.ts'

/** What would come out otherwise. */
export const CHANGE_KINDS = [
  /** The answer read out of a rollout. */
  'answer',
  /** The classes of equal answers: fewer, the same number with other votes, or more. */
  'merged',
  'regrouped',
  'split',
  /** The pseudo-label of a vote. */
  'label',
  /** p̂ of a vote. */
  'p-hat',
  /** Whether an answer agrees with the label that its task came with. */
  'agreement',
  /** Whether an answer, or the largest class, is right. */
  'right',
  /** What a proposal is read as. */
  'proposal',
  /** A task that comes into the data set of a curation, or leaves it. */
  'into-data-set',
  'out-of-data-set',
  /** The reward of a proposal or of a rollout. */
  'reward',
] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** One thing that would come out otherwise today. */
export interface Change {
  task: string
  kind: ChangeKind
  /** Index of the rollout; absent for what is the whole task's. */
  sample?: number
  before: unknown
  after: unknown
}

/** A rollout with the answer, and so the ending, that today's code reads in it. */
export function readAgain(rollout: Rollout): Rollout {
  const answer = lastAnswer(rollout.turns)
  if (answer !== null) return { ...rollout, answer, ending: 'answered' }
  return { ...rollout, answer, ending: rollout.ending === 'answered' ? 'no_answer' : rollout.ending }
}

type Classes = NonNullable<TaskOutcome['vote']>['votes']

function classesChange(task: string, before: Classes, after: Classes): Change[] {
  const counts = (classes: Classes) => classes.map(({ count }) => count).join()
  if (counts(before) === counts(after)) return []
  const grown = Math.sign(after.length - before.length)
  const kind = grown < 0 ? 'merged' : grown > 0 ? 'split' : 'regrouped'
  return [{ task, kind, before, after }]
}

/** What differs between the stored outcome of a task and today's. */
export function changesOfTask(before: TaskOutcome, after: TaskOutcome): Change[] {
  const task = before.id
  const one = (kind: ChangeKind, was: unknown, is: unknown, sample?: number): Change[] =>
    was === is ? [] : [{ task, kind, ...(sample !== undefined && { sample }), before: was, after: is }]
  const ofSamples = before.samples.flatMap((was, sample) => {
    const is = after.samples[sample]!
    return [
      ...one('answer', was.answer, is.answer, sample),
      ...one('agreement', was.agrees, is.agrees, sample),
      ...one('right', was.right, is.right, sample),
    ]
  })
  const [was, is] = [before.vote, after.vote]
  if (was === null || is === null) return ofSamples
  return [
    ...ofSamples,
    ...classesChange(task, was.votes, is.votes),
    ...one('label', was.label, is.label),
    ...one('p-hat', was.pHat, is.pHat),
    ...one('right', before.majorityRight, after.majorityRight),
  ]
}

/** A proposal as it is taken today, and what that changes. */
export interface ProposalAgain {
  proposal: Proposal
  changes: Change[]
  /** Today's question has no rollouts, so the proposal is taken as it was. */
  needsSamples: boolean
}

const shown = ({ parsed }: Proposal) => (parsed.kind === 'well_formed' ? parsed.question : parsed.problem)

/**
 * A proposal read again. One that is another question today, or that was malformed, was not rolled out: what its rollouts
 * would bring is not known.
 */
export function proposalAgain(stored: Proposal, parsed: Proposal['parsed']): ProposalAgain {
  const proposal = { ...stored, parsed }
  const [before, after] = [shown(stored), shown(proposal)]
  if (before === after) return { proposal, changes: [], needsSamples: false }
  const needsSamples = parsed.kind === 'well_formed'
  const changes: Change[] = [{ task: stored.id, kind: 'proposal', before, after }]
  return { proposal: needsSamples ? stored : proposal, changes, needsSamples }
}

/** Which proposals of a pool are tasks of the data set today, and were not, or the other way round. */
export function changesOfPool(before: readonly FilterDecision[], after: readonly FilterDecision[]): Change[] {
  return before.flatMap((was, index): Change[] => {
    const is = after[index]!
    if ((was.dropped === null) === (is.dropped === null)) return []
    const kind = is.dropped === null ? 'into-data-set' : 'out-of-data-set'
    return [{ task: was.id, kind, before: was.dropped ?? 'kept', after: is.dropped ?? 'kept' }]
  })
}

/** Rewards that differ, of a task's only sample or by sample. */
export function changesOfRewards(task: string, before: readonly number[], after: readonly number[]): Change[] {
  return before.flatMap((was, sample): Change[] =>
    was === after[sample] ? [] : [{ task, kind: 'reward', sample, before: was, after: after[sample] }],
  )
}
