import { seededStream } from '../random/seeded-stream.ts'
import { shuffled } from '../random/shuffled.ts'

/**
 * Indices of the tasks that a training stage takes, in the order of its steps: the whole set in random order, then again
 * in another, as often as needed. No task comes twice before all have come once.
 * @param available tasks in the data set, at least one
 */
export function drawTasks(runSeed: number, stage: string, available: number, wanted: number): number[] {
  if (available < 1) throw new Error(`${stage}: there are no tasks to draw from`)
  const all = Array.from({ length: available }, (_, index) => index)
  const epochs = Math.ceil(wanted / available)
  const order = Array.from({ length: epochs }, (_, epoch) =>
    shuffled(all, seededStream(runSeed, `${stage}/draw-${epoch}`)),
  )
  return order.flat().slice(0, wanted)
}
