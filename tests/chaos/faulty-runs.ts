// The runs of `npm run bench faults`: one for each kind of victim, which is killed again and again, each between two that nobody disturbs.
// node tests/chaos/faulty-runs.ts CONFIG SECONDS VICTIM…: a line of JSON, a `FaultyRun`, for each when it is over.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultyRun, FaultyVictim } from '../../bench/fault-figures.ts'
import { differences } from './fingerprint.ts'
import { hasRecorded } from './observe.ts'
import { NoProcess, type OwnRun } from './own-run.ts'
import { type Outcome, wholeRun } from './outcome.ts'
import { kill, killContainers } from './victims.ts'

const LOOK_MS = 100

const KILLERS: Record<FaultyVictim, (run: OwnRun) => Promise<unknown>> = {
  'rollout worker': (run) => kill(run, 'worker-rollout'),
  'workflow worker': (run) => kill(run, 'worker-workflow'),
  'model server': (run) => kill(run, 'model-server'),
  trainer: (run) => kill(run, 'trainer'),
  Temporal: (run) => kill(run, 'temporal'),
  sandbox: killContainers,
}

/** Kills half a period after the beginning and then once per period, until the iteration is recorded. */
async function oneRun(config: string, everyMs: number, victim: FaultyVictim | null) {
  let [seconds, kills] = [0, 0]
  const outcome = await wholeRun(
    async (run) => {
      const beganAt = performance.now()
      let nextAt = beganAt + everyMs / 2
      while (!hasRecorded(run)) {
        await sleep(LOOK_MS)
        if (victim === null || performance.now() < nextAt) continue
        try {
          await KILLERS[victim](run)
          kills += 1
          nextAt += everyMs
        } catch (error) {
          if (!(error instanceof NoProcess)) throw error // it is being started again: at the next look
        }
      }
      seconds = (performance.now() - beganAt) / 1_000
    },
    { config },
  )
  return { outcome, seconds, kills }
}

const [config, period, ...victims] = process.argv.slice(2)
const everyMs = 1_000 * Number(period)
const tell = (run: FaultyRun) => console.log(JSON.stringify(run))

let undisturbed: Outcome | undefined
// A machine may change its speed within an hour; the two neighbours tell what it was.
for (const victim of [null, ...(victims as FaultyVictim[]).flatMap((victim) => [victim, null])]) {
  const { outcome, seconds, kills } = await oneRun(config!, everyMs, victim)
  undisturbed ??= outcome
  const wrong = [...differences(undisturbed.fingerprint, outcome.fingerprint), ...outcome.left]
  tell({ victim, seconds, kills, wrong })
}
process.exit(0) // Temporal's client holds on
