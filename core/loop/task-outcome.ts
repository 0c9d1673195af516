import { ANSWER_RULES, type AnswerRules, GRADER_VERSION } from '../../contracts/answer-rules.ts'
import type { TaskOutcome, RolloutTask } from '../../contracts/loop-records.ts'
import type { Rollout, ToolCall, Turn } from '../../contracts/rollout.ts'
import { parseToolCall } from '../answers/parse-tool-call.ts'
import { type AnswerPair, distinctAnswers, needsGrader, pairsToCompare } from '../voting/pairs-to-compare.ts'
import { type Compare, vote } from '../voting/vote.ts'

/** A program over the limit of lines was written, not run. */
function wasRun(toolCall: ToolCall | null): boolean {
  return toolCall !== null && toolCall.verdict.kind !== 'not_run'
}

/** A call that was meant and not understood: in a form that nobody runs, or without an end. */
function isMisread({ text, finish, toolCall }: Turn): boolean {
  if (toolCall !== null) return false
  const { kind } = parseToolCall(text)
  return kind === 'not_understood' || (kind === 'unclosed' && finish === 'end_of_sequence')
}

/** The pairs of a known answer with the others that a grader has to compare it with. */
function pairsWith(known: string | null, answers: readonly (string | null)[], rules: AnswerRules): AnswerPair[] {
  if (known === null) return []
  const others = distinctAnswers(answers).filter((answer) => needsGrader(known, answer, rules))
  return others.map((answer) => [known, answer] as const)
}

/**
 * The pairs that a grader has to decide before `outcomeOf`: of a labelled task its label with each answer, of any other
 * task what its vote compares; and the truth with each answer.
 */
export function pairsOfTask(
  { label, truth }: RolloutTask,
  answers: readonly (string | null)[],
  rules: AnswerRules = ANSWER_RULES,
): AnswerPair[] {
  const first = label === null ? pairsToCompare(answers, rules) : pairsWith(label, answers, rules)
  return [...first, ...pairsWith(truth, answers, rules)]
}

/**
 * The result of a task's rollouts. Algorithm §3; agreement (with the label) and correctness (against the truth) are
 * apart.
 * @param rollouts by sample
 */
export function outcomeOf(task: RolloutTask, rollouts: readonly Rollout[], compare: Compare): TaskOutcome {
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
    graderVersion: GRADER_VERSION,
    samples: rollouts.map(({ ending, answer, turns }) => ({
      ending,
      answer,
      agrees: same(label, answer),
      right: same(truth, answer),
      writtenCalls: turns.filter(({ text }) => parseToolCall(text).kind === 'call').length,
      misreadCalls: turns.filter(isMisread).length,
      executedCalls: turns.filter(({ toolCall }) => wasRun(toolCall)).length,
      sampledTokens: turns.reduce((sum, turn) => sum + turn.sampledTokens, 0),
    })),
  }
}
