import { reasonOf, SetupProblem } from '../../host/problem.mjs'
import { liveReport } from '../../infra/supervisor/state-file.ts'
import { isServerAway, type RunClient, type RunEntry, withRuns } from '../../services/temporal/run-client.ts'
import { readMachine, stateFolder } from '../../host/machine.ts'
import { endingLines } from './words.ts'

/** The Temporal server that this machine's `up` runs or watches, `host:port`; undefined if nothing is up. */
export function temporalOfUp(): string | undefined {
  const service = liveReport(stateFolder())?.services.find(({ name }) => name === 'temporal')
  return service?.address.split(',')[0]
}

/** The Temporal server that the machine config names, else the one of this machine's `up`. */
export function temporalAddress(): string {
  const { address: named } = readMachine().temporal
  const address = named === 'own' ? temporalOfUp() : named
  if (address) return address
  throw new SetupProblem(
    'No Temporal server is known: start one with "agent0 up", or name yours in TEMPORAL_ADDRESS or in temporal.address of machine.yaml (host:port).',
  )
}

/** Calls `use` with the runs of that server. */
export async function openRuns<T>(use: (runs: RunClient) => Promise<T>): Promise<T> {
  const address = temporalAddress()
  const { namespace } = readMachine().temporal
  let isConnected = false
  try {
    return await withRuns({ address, namespace }, (runs) => {
      isConnected = true
      return use(runs)
    })
  } catch (error) {
    if (!isConnected || isServerAway(error))
      throw new SetupProblem(`The Temporal server at ${address} does not answer: see "agent0 ps".`)
    if (/namespace .*not found/i.test(reasonOf(error)))
      throw new SetupProblem(`The Temporal server at ${address} has no namespace ${namespace}.`)
    throw error
  }
}

export const NO_RUN = 'There is no run yet: "agent0 start CONFIG" starts one.'

const names = (entries: readonly RunEntry[]) => entries.map(({ run }) => run).join(', ')

/** The run of a name. Throws a SetupProblem that names the known runs. */
export async function runNamed(runs: RunClient, name: string): Promise<RunEntry> {
  const found = await runs.find(name)
  if (found !== null) return found
  const known = await runs.list()
  throw new SetupProblem(
    known.length === 0
      ? `There is no run ${name}, and no other run yet: "agent0 start CONFIG" starts one.`
      : `There is no run ${name}; known runs: ${names(known)}.`,
  )
}

/** The named run; without a name the only running one, else, if none is running, the latest. */
export async function chooseRun(runs: RunClient, name: string | undefined): Promise<RunEntry> {
  if (name !== undefined) return runNamed(runs, name)
  const known = await runs.list()
  const running = known.filter(({ ending }) => ending === null)
  if (running.length > 1) throw new SetupProblem(`Several runs are running, choose one: ${names(running)}.`)
  const meant = running[0] ?? known[0]
  if (meant === undefined) throw new SetupProblem(NO_RUN)
  return meant
}

/** As `chooseRun`, but throws a SetupProblem if the run is not running. */
export async function chooseRunning(runs: RunClient, name: string | undefined): Promise<string> {
  const { run, ending, ...times } = await chooseRun(runs, name)
  if (ending === null) return run
  const which = name === undefined ? 'No run is running. The latest one: ' : ''
  throw new SetupProblem(which + endingLines({ run, ending, ...times }).join(' '))
}
