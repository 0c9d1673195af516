import { failureTypes } from '../../contracts/errors.ts'
import type { RunStatus } from '../../contracts/run-status.ts'
import { eventually } from './eventually.ts'
import { midStep } from './observe.ts'
import { type OwnRun, RUN } from './own-run.ts'
import { recovery } from './recovery.ts'
import { kill, killWorkers } from './victims.ts'

/** A stage and more may lie between two moments that are waited for. */
const LONG = { withinMs: 900_000 }

/** Far over the bound of a run whose servers compute as its trainer does, and far below what another base model has. */
const THOUSANDTHS_OF_A_NAT = 50

const halts = ({ resolvedHalts, halted }: RunStatus) => resolvedHalts.length + (halted === null ? 0 : 1)

/** Waits until the run is halted for the nth time. */
async function haltedAgain(run: OwnRun, times: number): Promise<void> {
  const isThere = async () => {
    const status = await run.status()
    return status !== null && status.halted !== null && halts(status) === times
  }
  await eventually(`the run is halted, ${times} times so far`, isThere, { ...LONG, everyMs: 200 })
}

/** The second policy of the curriculum is trained and refused: the server scores recorded rows as if it were another one. */
async function refuse(run: OwnRun): Promise<void> {
  await midStep(run, 'curriculum', 2, 1, LONG)
  await run.fault('misscore', THOUSANDTHS_OF_A_NAT)
  await haltedAgain(run, 1)
  const screen = (await run.agent0('status', RUN)).replaceAll(/\s+/g, ' ')
  const ways = ['publishes the same checkpoint again', 'continues with the last published policy', '--accept-canary']
  for (const words of [failureTypes['Agent0.CanaryOverBound'].advice, ...ways])
    if (!screen.includes(words)) throw new Error(`"agent0 status" does not say "${words}": ${screen}`)
}

/** Refused, tried again with the cause still there, and after its workers have died; then the cause is gone. */
export async function refusedAndRetried(run: OwnRun): Promise<number | null> {
  await refuse(run)
  await run.agent0('retry', 'curriculum', '--run', RUN)
  await haltedAgain(run, 2)
  await killWorkers(run)
  await eventually('a worker answers for the run', async () => (await run.status()) !== null, LONG)
  await run.fault('misscore', 0)
  return recovery(run, () => run.agent0('retry', 'curriculum', '--run', RUN))
}

/** Refused, and left out: the run goes on with the first policy, and iteration 2 trains from there. */
export async function refusedAndSkipped(run: OwnRun): Promise<void> {
  await refuse(run)
  await run.fault('misscore', 0)
  await run.agent0('skip', 'curriculum', '--run', RUN)
}

/** The same, and the trainer dies in the step that sets the refused policy aside, and the training worker in the one after. */
export async function refusedSkippedAndKilled(run: OwnRun): Promise<number | null> {
  await refusedAndSkipped(run)
  await midStep(run, 'curriculum', 3, 1, LONG)
  await kill(run, 'trainer')
  await midStep(run, 'curriculum', 4, 1, LONG)
  return recovery(run, () => kill(run, 'worker-training'))
}
