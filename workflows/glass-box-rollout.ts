import type { GlassBoxInput, GlassBoxResult } from '../activities/glass-box.ts'
import type { RolloutTaskInput, RolloutTaskResult } from '../activities/rollout-task.ts'
import { type Interval, union } from '../core/metrics/intervals.ts'
import { onRollout } from './proxies.ts'

async function finishSample(input: GlassBoxInput): Promise<Interval[]> {
  const requests: Interval[] = []
  let at: Pick<GlassBoxResult, 'next' | 'turn'> = { next: 'generate', turn: 0 }
  while (at.next !== 'finish') {
    const { generateTurn, executeCode } = onRollout(`sample ${input.sample}, turn ${at.turn}: ${at.next}`)
    const result = await (at.next === 'execute' ? executeCode(input) : generateTurn(input))
    requests.push(...result.requests)
    at = result
  }
  return requests
}

/**
 * The rollouts of one task with an activity per turn, for people to read. Same journal, seeds and limits as `rolloutTask`,
 * which writes the finished record here too.
 */
export async function glassBoxRollout(input: RolloutTaskInput): Promise<RolloutTaskResult> {
  const samples = Array.from({ length: input.settings.samplesPerTask }, (_, sample) => sample)
  const requests = await Promise.all(samples.map((sample) => finishSample({ ...input, sample })))
  const written = await onRollout('all samples: write the record').rolloutTask(input)
  return { ...written, requests: union([...written.requests, ...requests.flat()]) }
}
