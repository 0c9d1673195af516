import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { searchAttributes } from '../../contracts/messages.ts'
import { findTemporalCli } from '../../infra/setup/steps/temporal-cli.mjs'
import { SERVER_SETTINGS, settingFlags } from '../../infra/supervisor/temporal-service.ts'
import { checkServer } from '../../services/temporal/check-server.ts'
import { eventually, freePort } from './supervised.ts'

/** A real Temporal server in memory, for the tests of one file. */
export interface TemporalServer {
  address: string
  /** A client of one of its namespaces; what happens in one is unknown in the others. */
  clientOf(namespace: string): Client
  connection: NativeConnection
  close(): Promise<void>
}

export interface TemporalServerOptions {
  namespaces?: readonly string[]
  /** The server suggests to cut a history that is longer than this. */
  suggestCutAfterEvents?: number
}

const STARTS_MAX = 3

/** A server that answers, and its address. Another process may take the port that was free a moment ago: then on another one. */
async function startOnFreePort(
  cli: string,
  flags: readonly string[],
): Promise<{ child: ChildProcess; address: string }> {
  for (let starts = 1; ; starts++) {
    const port = await freePort()
    const args = ['server', 'start-dev', '--ip=127.0.0.1', `--port=${port}`, '--headless', '--log-level=error']
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', cli, ...args, ...flags], { stdio: 'ignore' })
    const address = `127.0.0.1:${port}`
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null
    const answers = () =>
      checkServer(address).then(
        () => true,
        () => false,
      )
    await eventually('the Temporal server answers or ends', async () => hasEnded() || answers(), 120_000)
    if (!hasEnded()) return { child, address }
    if (starts === STARTS_MAX) throw new Error(`the Temporal server ended ${starts} times with ${child.exitCode}`)
  }
}

export async function startTemporalServer({
  namespaces = ['default'],
  suggestCutAfterEvents = 4_096,
}: TemporalServerOptions = {}): Promise<TemporalServer> {
  const cli = await findTemporalCli()
  if (cli === undefined) throw new Error('there is no Temporal server on this machine: run "npm run setup"')
  const settings = { ...SERVER_SETTINGS, 'limit.historyCount.suggestContinueAsNew': suggestCutAfterEvents }
  const flags = [
    ...namespaces.map((name) => `--namespace=${name}`),
    ...Object.values(searchAttributes).map(
      // As the server's command line spells types: Keyword.
      ({ name, type }) => `--search-attribute=${name}=${type[0]}${type.slice(1).toLowerCase()}`,
    ),
    ...settingFlags(settings),
  ]
  const { child, address } = await startOnFreePort(cli.path, flags)
  const [clientConnection, connection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ])
  return {
    address,
    clientOf: (namespace) => new Client({ connection: clientConnection, namespace }),
    connection,
    close: async () => {
      await clientConnection.close()
      await connection.close()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
