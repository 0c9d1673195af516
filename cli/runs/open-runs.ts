import { reasonOf, SetupProblem } from '../../host/problem.mjs'
import { liveReport } from '../../infra/supervisor/state-file.ts'
import { isServerAway, type RunClient, type RunEntry, withRuns } from '../../services/temporal/run-client.ts'
import { readMachine, stateFolder } from '../../host/machine.ts'
import { endingLines } from './words.ts'

/** The Temporal server that this machine's `up` runs or watches, `host:port`; undefined where nothing is up. */
export function temporalOfUp(): string | undefined {
  const service = liveReport(stateFolder())?.services.find(({ name }) => name === 'temporal')
  return service?.address.split(',')[0]
}

/** Where the Temporal server is: the one that is named, else the one of this machine's `up`. */
export function temporalAddress(): string {
  const { address: named } = readMachine().temporal
  const address = named === 'own' ? temporalOfUp() : named
  if (address) return address
  throw new SetupProblem(
    'No Temporal server is known: start this machine\'s with "agent0 up", or name yours in TEMPORAL_ADDRESS or temporal.address of machine.yaml (host:port).',
  )
}

/** Calls `use` with the runs of the server that is known here. */
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

const names = (entries: readonly RunEntry[]) => entries.map(({ run }) => run).join(', ')

/** The run of a name. Throws a SetupProblem that names those there are. */
export async function runNamed(runs: RunClient, name: string): Promise<RunEntry> {
  const found = await runs.find(name)
  if (found !== null) return found
  const known = await runs.list()
  throw new SetupProblem(
    known.length === 0
      ? `There is no run ${name}, nor any other yet: "agent0 start CONFIG" begins one.`
      : `There is no run ${name}; there are: ${names(known)}.`,
  )
}

/** The run that is meant: the named one; else the one that runs, if it is the only one; else, if none runs, the latest. */
export async function chooseRun(runs: RunClient, name: string | undefined): Promise<RunEntry> {
  if (name !== undefined) return runNamed(runs, name)
  const known = await runs.list()
  const running = known.filter(({ ending }) => ending === null)
  if (running.length > 1) throw new SetupProblem(`Several runs are running, so name one: ${names(running)}.`)
  const meant = running[0] ?? known[0]
  if (meant === undefined) throw new SetupProblem('There is no run yet: "agent0 start CONFIG" begins one.')
  return meant
}

/** The running run that is meant. Throws a SetupProblem where none runs. */
export async function chooseRunning(runs: RunClient, name: string | undefined): Promise<string> {
  const { run, ending, ...times } = await chooseRun(runs, name)
  if (ending === null) return run
  const which = name === undefined ? 'No run is running. The latest: ' : ''
  throw new SetupProblem(which + endingLines({ run, ending, ...times }).join(' '))
}
