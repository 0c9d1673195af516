import type { TaskOutcome, TaskToAnswer } from '../../contracts/loop-records.ts'
import type { Rollout, ToolCall } from '../../contracts/rollout.ts'
import { normalForm } from '../answers/normal-form.ts'
import { parseToolCall } from '../answers/parse-tool-call.ts'
import { pairsToCompare } from '../voting/pairs-to-compare.ts'
import { plainlyDifferent } from '../voting/plainly-different.ts'
import { type Compare, vote } from '../voting/vote.ts'

/** A program over the limit of lines was written, not run. */
function wasRun(toolCall: ToolCall | null): boolean {
  return toolCall !== null && toolCall.verdict.kind !== 'not_run'
}

type Pair = readonly [string, string]

/** Pairs of a known answer with every other answer that has another normal form. */
function pairsWith(known: string | null, answers: readonly (string | null)[]): Pair[] {
  if (known === null) return []
  const others = answers.flatMap((answer) =>
    answer !== null && normalForm(answer) !== normalForm(known) ? [answer] : [],
  )
  return [...new Set(others)].map((answer) => [known, answer] as const)
}

/**
 * The pairs that a grader has to decide before `outcomeOf`: of a labelled task its label with each answer, of any other one
 * what its vote may ask; and the truth with each answer. Different integers need no grader.
 */
export function pairsOfTask({ label, truth }: TaskToAnswer, answers: readonly (string | null)[]): Pair[] {
  const first = label === null ? pairsToCompare(answers) : pairsWith(label, answers)
  return [...first, ...pairsWith(truth, answers)].filter(([left, right]) => !plainlyDifferent(left, right))
}

/** Compares by what was decided for `pairs`, in whatever order a pair is asked. */
export function byDecided(pairs: readonly Pair[], decisions: readonly ReturnType<Compare>[]): Compare {
  const table = new Map(pairs.map((pair, index) => [JSON.stringify(pair), decisions[index]!]))
  return (left, right) => {
    if (normalForm(left) === normalForm(right)) return 'equal'
    if (plainlyDifferent(left, right)) return 'different'
    const decision = table.get(JSON.stringify([left, right]))
    if (decision === undefined) throw new Error(`nobody compared "${left}" with "${right}"`)
    return decision
  }
}

/**
 * What the rollouts of a task came to. Algorithm §3; agreement (with the label) and correctness (against the truth) are
 * apart.
 * @param rollouts by sample
 */
export function outcomeOf(task: TaskToAnswer, rollouts: readonly Rollout[], compare: Compare): TaskOutcome {
  const { id, question, label, pHat, truth } = task
  const answers = rollouts.map(({ answer }) => answer)
  const same = (known: string | null, answer: string | null) =>
    known === null ? null : answer !== null && compare(known, answer) === 'equal'
  const ballot = label === null ? vote(answers, compare) : null
  return {
    id,
    question,
    policy: rollouts[0]!.policy,
    label,
    pHat,
    vote: ballot,
    majorityRight: ballot === null ? null : same(truth, ballot.label),
    samples: rollouts.map(({ ending, answer, turns }) => ({
      ending,
      answer,
      agrees: same(label, answer),
      right: same(truth, answer),
      writtenCalls: turns.filter(({ text }) => parseToolCall(text).kind === 'call').length,
      executedCalls: turns.filter(({ toolCall }) => wasRun(toolCall)).length,
      sampledTokens: turns.reduce((sum, turn) => sum + turn.sampledTokens, 0),
    })),
  }
}
