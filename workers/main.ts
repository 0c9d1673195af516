// A worker's process: `node workers/main.ts KIND`. It ends on SIGTERM or SIGINT, and by itself only after a fatal error.
import { NativeConnection } from '@temporalio/worker'
import { flushCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Logger, pino } from 'pino'
import { temporalAddressOf } from '../contracts/machine-config.ts'
import { type Environment, readEnvironment, type WorkerKind, workerKinds } from './environment.ts'
import { acquireLock } from '../host/lock.mjs'
import { giveBackLostWork } from '../services/temporal/lost-work.ts'
import { isGone } from './identity.ts'
import { createWorker } from './kinds.ts'
import { installTelemetry } from './telemetry.ts'

const RETRY_MS = 1_000

/** The SDK gives up at once where there is no server; a worker that is started before its server waits for it. */
async function connect({ machine }: Environment, logger: Logger): Promise<NativeConnection> {
  const address = temporalAddressOf(machine)
  for (;;) {
    try {
      return await NativeConnection.connect({ address })
    } catch (error) {
      logger.warn({ address, error: (error as Error).message }, 'no Temporal server answers: trying again')
      await sleep(RETRY_MS)
    }
  }
}

/** What starting took, half of the heap, is given back now: V8 would do that in the middle of the work. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}

/** What a worker like this one was at when it was killed is tried again, by us perhaps. */
async function giveBack(kind: WorkerKind, environment: Environment, connection: NativeConnection, logger: Logger) {
  const server = { connection, namespace: environment.machine.temporal.namespace }
  try {
    const attempts = await giveBackLostWork(server, (identity) => isGone(kind, identity))
    if (attempts > 0) logger.info({ attempts }, 'the work of a worker that has died is tried again')
  } catch (error) {
    logger.warn({ error: (error as Error).message }, 'the work of a worker that has died is found by its missing beats')
  }
}

function isKind(text: string | undefined): text is WorkerKind {
  return workerKinds.some((known) => known === text)
}

async function run(kind: WorkerKind): Promise<void> {
  const environment = readEnvironment(process.env)
  // Behind another life of this worker we wait here, with all our code loaded, and have no port yet.
  if (environment.lock !== undefined) await acquireLock(environment.lock)
  const logger = installTelemetry(kind, environment)
  const connection = await connect(environment, logger)
  void giveBack(kind, environment, connection, logger)
  const { worker, close } = await createWorker(kind, environment, connection, logger)
  // A signal that comes before the worker runs stops it as well.
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
  })
  collectGarbage()
  flushCompileCache() // the next life is not to wait for the end of this one
  logger.info('ready')
  try {
    await worker.runUntil(told)
  } finally {
    await close()
    await connection.close()
  }
}

const [kind] = process.argv.slice(2)
try {
  if (!isKind(kind)) throw new Error(`usage: node workers/main.ts ${workerKinds.join('|')}`)
  await run(kind)
  process.exit(0)
} catch (error) {
  // Before there is an environment to configure one, or after it: a logger for the last words.
  pino({ base: { worker: kind, pid: process.pid } }).fatal(error)
  process.exit(1)
}
