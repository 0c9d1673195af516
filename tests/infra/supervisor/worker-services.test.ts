import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { MachineConfig } from '../../../contracts/machine-config.ts'
import { workerServices } from '../../../infra/supervisor/worker-services.ts'
import { eventually, freePort } from '../../support/supervised.ts'
import { startTemporalServer } from '../../support/temporal-server.ts'

const taskQueue = 'probes'
const activity = { taskQueue, startToCloseTimeout: '1 minute' } as const

test('a worker that polls is healthy, and so is one that has all the tasks that it may have', async () => {
  const metricsPort = await freePort()
  const prometheus = { bindAddress: `127.0.0.1:${metricsPort}` }
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { metrics: { prometheus } } })
  const machine = MachineConfig.parse({ ports: { worker: metricsPort } })
  const [service] = workerServices({ machine, base: '' })
  const isHealthy = () => service!.checkHealth().then(() => true, () => false) // prettier-ignore
  const pollers = async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    return Number(/^temporal_num_pollers\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0)
  }
  const server = await startTemporalServer()
  expect(await isHealthy()).toBe(false)

  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const activities = { hold: () => held }
  const worker = await Worker.create({
    connection: server.connection,
    taskQueue,
    activities,
    maxConcurrentActivityTaskExecutions: 1,
  })
  const running = worker.run()
  await eventually('it polls', async () => (await pollers()) > 0)
  expect(await isHealthy()).toBe(true)

  const task = await server.clientOf('default').activity.start('hold', { ...activity, id: 'probe' })
  await eventually('it polls no more', async () => (await pollers()) === 0)
  expect(await isHealthy()).toBe(true)

  letGo()
  await task.result()
  worker.shutdown()
  await running
  await server.close()
}, 60_000)
