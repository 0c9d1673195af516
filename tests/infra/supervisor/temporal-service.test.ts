import { Client, Connection } from '@temporalio/client'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { isAlive } from '../../../host/process-identity.ts'
import { machineDefaults, type MachineConfig } from '../../../contracts/machine-config.ts'
import { searchAttributes } from '../../../contracts/messages.ts'
import { findTemporalCli } from '../../../infra/setup/steps/temporal-cli.mjs'
import { temporalService } from '../../../infra/supervisor/temporal-service.ts'
import { eventually, OwnServices } from '../../support/supervised.ts'

// The real Temporal server under the real supervisor, driven through `agent0` as a person types it.
jest.setTimeout(120_000)

const services = new OwnServices()
let connection: Connection | undefined

async function client(): Promise<Client> {
  await connection?.close()
  connection = await Connection.connect({ address: `127.0.0.1:${services.temporalPort}` })
  return new Client({ connection })
}

/** Pids of processes whose command line names our state folder: everything that these tests may have left. */
function ourProcesses(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(services.stateFolder)
    } catch {
      return false
    }
  })
}

const isHealthy = () => services.report().services.every((service) => service.state === 'healthy')

beforeAll(async () => {
  await services.choosePorts()
})

afterAll(async () => {
  await connection?.close()
  await services.agent0(['down'])
})

test('`up` on a machine where nothing runs starts the server and says where it is', async () => {
  const { code, said } = await services.up()
  expect(said).toMatch(/agent0 is up:[^]*temporal +healthy/)
  expect(code).toBe(0)
})

test('the server knows our search attributes and keeps closed workflows for 30 days', async () => {
  const { workflowService, operatorService } = (await client()).connection
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' })
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(Object.values(searchAttributes).map(({ name }) => name)),
  )
  const { config } = await workflowService.describeNamespace({ namespace: 'default' })
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3_600)
})

test('`up` twice: the second says that it runs, and starts nothing', async () => {
  const pid = services.temporalPid()
  const { code, said } = await services.up()
  expect(said).toContain('agent0 is already up')
  expect(code).toBe(0)
  expect(services.temporalPid()).toBe(pid)
})

test('`ps` shows service, state, pid, uptime, restarts and address', async () => {
  const { said } = await services.agent0(['ps'])
  expect(said).toMatch(/SERVICE +STATE +PID +UPTIME +RESTARTS +ADDRESS/)
  expect(said).toMatch(
    new RegExp(`temporal +healthy +${services.temporalPid()} +.*127\\.0\\.0\\.1:${services.temporalPort}`),
  )
})

test('a server that is killed comes back with the same data', async () => {
  const options = { taskQueue: 'nobody-polls', workflowId: 'survivor', args: [] }
  await (await client()).workflow.start('a-workflow', options)
  const pid = services.temporalPid()
  process.kill(pid, 'SIGKILL')
  await eventually('the killed server is back', () => isHealthy() && services.temporalPid() !== pid)
  const description = await (await client()).workflow.getHandle('survivor').describe()
  expect(description.status.name).toBe('RUNNING')
  expect(services.report().services[0]!.restarts).toBe(1)
})

test('a supervisor that is killed takes the server with it, and the next `up` finds the same data', async () => {
  const server = services.report().services[0]!.process!
  process.kill(services.report().supervisor.pid, 'SIGKILL')
  // At once, while the old server may still be ending: never two servers on one database.
  const { code, said } = await services.up()
  expect(said).toContain('agent0 is up:')
  expect(code).toBe(0)
  expect(services.temporalPid()).not.toBe(server.pid)
  expect(isAlive(server)).toBe(false)
  const description = await (await client()).workflow.getHandle('survivor').describe()
  expect(description.status.name).toBe('RUNNING')
})

test('`up` at a moment when the server is down waits until it is back', async () => {
  process.kill(services.temporalPid(), 'SIGKILL')
  const { code, said } = await services.up()
  expect(said).toMatch(/agent0 is already up:[^]*temporal +healthy/)
  expect(code).toBe(0)
})

test('`down` after everything was killed says that nothing was running', async () => {
  const { supervisor, services: running } = services.report()
  process.kill(supervisor.pid, 'SIGKILL')
  await eventually('the server has followed', () => !isAlive(running[0]!.process!))
  expect((await services.agent0(['down'])).said).toBe('Nothing was running.')
})

test('two `up` at once start one supervisor and one server', async () => {
  await services.agent0(['down'])
  const both = await Promise.all([services.up(), services.up()])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(new Set(ourProcesses())).toEqual(new Set([services.report().supervisor.pid, services.temporalPid()]))
})

test('a port that a stranger holds: says by whom, and which option moves it', async () => {
  const stranger = createServer()
  const other = new OwnServices()
  await other.choosePorts()
  await new Promise<void>((resolve) => stranger.listen(other.temporalPort, '127.0.0.1', resolve))
  const { code, said } = await other.up()
  stranger.close()
  expect(said).toMatch(
    new RegExp(`Port ${other.temporalPort}.* pid ${process.pid} \\(.*jest.*\\).*--temporal-port NUMBER`),
  )
  expect(code).toBe(1)
})

test('a server that does not start: the sentence of its last error, then where its log is', async () => {
  const other = new OwnServices()
  await other.choosePorts()
  const { version } = (await findTemporalCli())!
  mkdirSync(other.stateFolder, { recursive: true })
  writeFileSync(join(other.stateFolder, `temporal-${version}.sqlite`), 'no database')
  const { code, said } = await other.up()
  expect(said.split('\n')).toEqual([
    expect.stringMatching(
      /^✗ temporal does not start \(ended with exit code 1\): failed .* file is not a database.*\.$/,
    ),
    `Its log: ${join(other.stateFolder, 'logs', 'temporal.log')}`,
  ])
  expect(code).toBe(1)
})

test("with TEMPORAL_ADDRESS somebody else's server is watched and prepared, and none of ours is started", async () => {
  const guest = new OwnServices()
  await guest.choosePorts()
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${services.temporalPort}` }
  const { code, said } = await guest.up({ env })
  expect(said).toMatch(new RegExp(`temporal +healthy +– +– +0 +127\\.0\\.0\\.1:${services.temporalPort}$`, 'm'))
  expect(code).toBe(0)
  await guest.agent0(['down'])
  expect(isHealthy()).toBe(true)
})

test('`logs` shows the log of a service, and names the services where there is none of that name', async () => {
  expect((await services.agent0(['logs', 'temporal'])).said).toContain('Temporal Server:')
  const { code, said } = await services.agent0(['logs', 'nobody'])
  expect(said).toBe('There is no log of "nobody": known are supervisor, temporal, model-server.')
  expect(code).toBe(1)
})

test('`down` leaves no process', async () => {
  await connection?.close()
  connection = undefined
  const { said } = await services.agent0(['down'])
  expect(said).toBe('Stopped: supervisor, temporal. The data stay.')
  expect(ourProcesses()).toEqual([])
  expect((await services.agent0(['down'])).said).toBe('Nothing was running.')
  expect((await services.agent0(['ps'])).code).toBe(1)
})

test('the web UI, which asks nobody who they are, is started only where a port is named for it', async () => {
  const argumentsOf = (ui: MachineConfig['ports']['ui']) => {
    const machine = { ...machineDefaults, ports: { ...machineDefaults.ports, ui } }
    const { command, ports, address } = temporalService({ stateFolder: '/s', machine })
    return { args: command!.args, ports: ports.map(({ option }) => option), address }
  }
  const off = argumentsOf(machineDefaults.ports.ui)
  expect(off.args).toContain('--headless')
  expect([...off.args, ...off.ports, off.address].join(' ')).not.toMatch(/ui-port|UI/)
  const on = argumentsOf(8_233)
  expect(on.args).toContain('--ui-port=8233')
  expect(on.args).not.toContain('--headless')
  expect(on.ports).toContain('--ui-port')
  expect(on.address).toMatch(/UI http:\/\/127\.0\.0\.1:8233$/)
})
