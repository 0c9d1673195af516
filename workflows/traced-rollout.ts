import { setCurrentDetails, workflowInfo } from '@temporalio/workflow'
import type { TracedTurnInput } from '../activities/traced-rollout.ts'
import type { RolloutTaskInput, RolloutTaskResult } from '../activities/rollout-task.ts'
import type { SampleStatus } from '../contracts/run-status.ts'
import { currentTraceDetails, turnLabels } from '../core/temporal-ui/current-details.ts'
import { type Interval, union } from '../core/metrics/intervals.ts'
import { onRollout } from './proxies.ts'

/** What the turns of a sample add to the task's result. */
interface Turns {
  requests: Interval[]
  /** The highest attempt of one of them. */
  attempt: number
}

async function finishSample(input: TracedTurnInput, show: (status: SampleStatus) => void): Promise<Turns> {
  const turns: Turns = { requests: [], attempt: 1 }
  let at: SampleStatus = { next: 'generate', turn: 0 }
  while (at.next !== 'finish') {
    show(at)
    const { generateTurn, executeCode } = onRollout(`sample ${input.sample}, turn ${at.turn}: ${turnLabels[at.next]}`)
    const result = await (at.next === 'execute' ? executeCode(input) : generateTurn(input))
    turns.requests.push(...result.requests)
    turns.attempt = Math.max(turns.attempt, result.attempt ?? 1)
    at = result
  }
  show(at)
  return turns
}

/**
 * The rollouts of one task with an activity per turn, for people to read. Same journal, seeds and limits as `rolloutTask`,
 * which writes the finished record here too.
 */
export async function tracedRollout(input: RolloutTaskInput): Promise<RolloutTaskResult> {
  const statuses: SampleStatus[] = Array.from({ length: input.settings.samplesPerTask }, () => ({
    next: 'generate',
    turn: 0,
  }))
  const show = (sample: number) => (status: SampleStatus) => {
    statuses[sample] = status
    setCurrentDetails(currentTraceDetails(workflowInfo().workflowId, `task ${input.index}`, statuses))
  }
  const turns = await Promise.all(statuses.map((_, sample) => finishSample({ ...input, sample }, show(sample))))
  const written = await onRollout('all samples: write the record').rolloutTask(input)
  return {
    ...written,
    attempt: Math.max(written.attempt ?? 1, ...turns.map(({ attempt }) => attempt)),
    requests: union([...written.requests, ...turns.flatMap(({ requests }) => requests)]),
  }
}
