import { leftOf } from './census.ts'
import { type Fingerprint, fingerprint } from './fingerprint.ts'
import { eventually } from './eventually.ts'
import { OwnRun, type RunSetting } from './own-run.ts'
import { type Asked, askedOf, type RecordedTurn, recordedTurns } from './sampling.ts'

/** What a run came to, what it cost, and what it left on the machine. */
export interface Outcome {
  fingerprint: Fingerprint
  /** Processes, containers and files that should be gone, a line each. */
  left: string[]
  /** From the beginning of the run to its end, seconds. */
  seconds: number
  turns: RecordedTurn[]
  asked: Asked
}

/** The fault injector: gets a run that has begun, and returns when it has done what it does. */
export type Disturb = (run: OwnRun) => Promise<unknown>

/** A whole run on services of its own, disturbed or not, from nothing to nothing. */
export async function wholeRun(disturb: Disturb = async () => {}, setting: RunSetting = {}): Promise<Outcome> {
  const run = await OwnRun.begin(setting)
  try {
    const beganAt = performance.now()
    await disturb(run)
    await run.finish()
    const seconds = (performance.now() - beganAt) / 1_000
    await eventually('all services are healthy again', () => run.isHealthy())
    const found = { fingerprint: await fingerprint(run), turns: await recordedTurns(run), asked: askedOf(run) }
    await run.down()
    return { ...found, left: await leftOf(run), seconds }
  } finally {
    await run.end()
  }
}
