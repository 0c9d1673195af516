import { setTimeout as sleep } from 'node:timers/promises'
import { hasRecorded, progress } from './observe.ts'
import type { OwnRun } from './own-run.ts'

const LOOK_MS = 100

/**
 * Strikes, and waits until all services are healthy and the run has left something new; gives how long that took, seconds.
 * Null if the run was at its end before.
 */
export async function recovery(run: OwnRun, strike: () => Promise<unknown>): Promise<number | null> {
  const struckAt = performance.now()
  await strike()
  return recovered(run, progress(run), struckAt)
}

/** The same, for a strike at that moment of a run that had left so much. */
export async function recovered(run: OwnRun, before: number, struckAt: number): Promise<number | null> {
  // The supervisor's report is older than the strike until it has noticed it.
  while (!(run.isHealthy() && progress(run) > before)) {
    if (hasRecorded(run)) return null
    await sleep(LOOK_MS)
  }
  return (performance.now() - struckAt) / 1_000
}
