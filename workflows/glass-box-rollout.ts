import type { GlassBoxInput, GlassBoxResult } from '../activities/glass-box.ts'
import type { RolloutTaskInput, RolloutTaskResult } from '../activities/rollout-task.ts'
import { onRollout } from './proxies.ts'

async function finishSample(input: GlassBoxInput): Promise<void> {
  let at: Pick<GlassBoxResult, 'next' | 'turn'> = { next: 'generate', turn: 0 }
  while (at.next !== 'finish') {
    const { generateTurn, executeCode } = onRollout(`sample ${input.sample}, turn ${at.turn}: ${at.next}`)
    at = await (at.next === 'execute' ? executeCode(input) : generateTurn(input))
  }
}

/**
 * The rollouts of one task with an activity per turn, for people to read. Same journal, seeds and limits as `rolloutTask`,
 * which writes the finished record here too.
 */
export async function glassBoxRollout(input: RolloutTaskInput): Promise<RolloutTaskResult> {
  const samples = Array.from({ length: input.settings.samplesPerTask }, (_, sample) => sample)
  await Promise.all(samples.map((sample) => finishSample({ ...input, sample })))
  return onRollout('all samples: write the record').rolloutTask(input)
}
