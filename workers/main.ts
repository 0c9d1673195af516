// A worker's process: `node workers/main.ts KIND`. It ends on SIGTERM or SIGINT, and by itself only after a fatal error.
import { NativeConnection } from '@temporalio/worker'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Environment, readEnvironment, type WorkerKind, workerKinds } from './environment.ts'
import { createWorker } from './kinds.ts'
import { installTelemetry } from './telemetry.ts'

const RETRY_MS = 1_000

/** The SDK gives up at once where there is no server; a worker that is started before its server waits for it. */
async function connect({ TEMPORAL_ADDRESS: address }: Environment, logger: Logger): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect({ address })
    } catch (error) {
      logger.warn({ address, error: (error as Error).message }, 'no Temporal server answers: trying again')
      await sleep(RETRY_MS)
    }
  }
}

async function run(kind: WorkerKind): Promise<void> {
  const environment = readEnvironment(process.env)
  const logger = installTelemetry(kind, environment)
  const connection = await connect(environment, logger)
  const { worker, close } = await createWorker(kind, environment, connection, (line) => logger.info(line))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (worker.getState() === 'RUNNING') worker.shutdown()
    })
  }
  logger.info('ready')
  try {
    await worker.run()
  } finally {
    await close()
    await connection.close()
  }
}

const [kind] = process.argv.slice(2)
if (!workerKinds.some((known) => known === kind)) {
  console.error(`usage: node workers/main.ts ${workerKinds.join('|')}`)
  process.exit(2)
}
try {
  await run(kind as WorkerKind)
  process.exit(0)
} catch (error) {
  console.error(error)
  process.exit(1)
}
