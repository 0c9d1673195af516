import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { findTemporalCli } from '../../infra/setup/steps/temporal-cli.mjs'
import { checkServer } from '../../infra/temporal/check-server.ts'
import { prepareNamespace } from '../../infra/temporal/prepare-namespace.ts'
import { eventually, freePort } from './supervised.ts'

/** A real Temporal server in memory, for the tests of one file. */
export interface TemporalServer {
  address: string
  client: Client
  connection: NativeConnection
  close(): Promise<void>
}

export async function startTemporalServer(): Promise<TemporalServer> {
  const cli = await findTemporalCli()
  if (cli === undefined) throw new Error('there is no Temporal server on this machine: run "npm run setup"')
  const port = await freePort()
  const settings = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1']
  const args = ['server', 'start-dev', '--ip=127.0.0.1', `--port=${port}`, '--headless', '--log-level=error']
  const flags = [...settings, 'system.enableActivityEagerExecution=true'].map(
    (each) => `--dynamic-config-value=${each}`,
  )
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', cli.path, ...args, ...flags], { stdio: 'ignore' })
  const address = `127.0.0.1:${port}`
  await eventually('the Temporal server answers', () =>
    checkServer(address).then(
      () => true,
      () => false,
    ),
  )
  await prepareNamespace(address, 'default', { ownServer: true })
  const [clientConnection, connection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ])
  return {
    address,
    client: new Client({ connection: clientConnection }),
    connection,
    close: async () => {
      await clientConnection.close()
      await connection.close()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
