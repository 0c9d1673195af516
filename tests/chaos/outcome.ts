import { leftOf } from './census.ts'
import { type Fingerprint, fingerprint } from './fingerprint.ts'
import { eventually } from './eventually.ts'
import { OwnRun } from './own-run.ts'
import { TokenMeter } from './token-meter.ts'

/** What a run came to, and what it left on the machine. */
export interface Outcome {
  fingerprint: Fingerprint
  /** Processes, containers and files that should be gone, a line each. */
  left: string[]
  /** From the beginning of the run to its end, seconds. */
  seconds: number
  /** Tokens that the model server sampled, in all its lives. */
  sampledTokens: number
}

/** The fault injector: gets a run that has begun, and returns when it has done what it does. */
export type Disturb = (run: OwnRun) => Promise<void>

/** A whole run on services of its own, disturbed or not, from nothing to nothing. */
export async function wholeRun(disturb: Disturb = async () => {}, config?: string): Promise<Outcome> {
  const run = await OwnRun.begin(config)
  const meter = new TokenMeter(run)
  try {
    const beganAt = performance.now()
    await disturb(run)
    await run.finish()
    const seconds = (performance.now() - beganAt) / 1_000
    await eventually('all services are healthy again', () => run.isHealthy())
    const sampledTokens = await meter.stop()
    const found = await fingerprint(run)
    await run.down()
    return { fingerprint: found, left: await leftOf(run), seconds, sampledTokens }
  } finally {
    await meter.stop()
    await run.end()
  }
}
