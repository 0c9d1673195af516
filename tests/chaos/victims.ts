import Docker from 'dockerode'
import { isAlive, type ProcessIdentity, waitForEnd } from '../../host/process-identity.ts'
import { processesOf } from '../../infra/supervisor/state-file.ts'
import { containersOf } from './census.ts'
import type { OwnRun } from './own-run.ts'

const END_MS = 20_000

/** The services that `up` starts, by their names in `agent0 ps`. */
export const SERVICES = [
  'temporal',
  'model-server',
  'trainer',
  'worker-workflow',
  'worker-rollout',
  'worker-training',
  'worker-bookkeeping',
] as const

async function killAll(lives: readonly ProcessIdentity[]): Promise<void> {
  for (const { pid } of lives) process.kill(pid, 'SIGKILL')
  await Promise.all(lives.map((life) => waitForEnd(life, END_MS)))
}

/** SIGKILL to one service, and its end; its supervisor starts it again. */
export const kill = (run: OwnRun, service: (typeof SERVICES)[number] | 'supervisor') => killAll([run.process(service)])

/** SIGKILL to a service and to its next life, which waits behind it. */
export async function killWithSpare(run: OwnRun, service: 'trainer' | 'model-server'): Promise<void> {
  const { spare } = run.report().services.find(({ name }) => name === service)!
  await killAll(spare !== undefined && isAlive(spare) ? [run.process(service), spare] : [run.process(service)])
}

/** SIGKILL to all workers at once; their supervisor starts them again. */
export async function killWorkers(run: OwnRun): Promise<void> {
  const workers = SERVICES.filter((service) => service.startsWith('worker-'))
  await killAll(workers.map((service) => run.process(service)))
}

/** SIGSTOP, and SIGCONT after a time, unless somebody has ended it meanwhile. */
export async function freeze(run: OwnRun, service: (typeof SERVICES)[number], milliseconds: number): Promise<void> {
  const life = run.process(service)
  process.kill(life.pid, 'SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  if (isAlive(life)) process.kill(life.pid, 'SIGCONT')
}

/** Kills the sandbox containers of this run, as an engine that is restarted would. Gives how many. */
export async function killContainers(run: OwnRun): Promise<number> {
  const engine = new Docker()
  const running = (await containersOf(run)).filter(({ State }) => State === 'running')
  const killed = await Promise.all(
    running.map(
      ({ Id }) =>
        engine
          .getContainer(Id)
          .kill()
          .then(() => 1)
          .catch(() => 0), // it has ended by itself
    ),
  )
  return killed.reduce((sum, one) => sum + one, 0)
}

/** SIGKILL to `up`'s supervisor, then `agent0 up` again. The kernel takes its services along. */
export async function killSupervisor(run: OwnRun): Promise<void> {
  await kill(run, 'supervisor')
  await run.up()
}

/** SIGKILL to the supervisor and all services at once, as when the machine dies; then `agent0 up` again. */
export async function killEverything(run: OwnRun): Promise<void> {
  const report = run.report()
  await killAll([report.supervisor, ...processesOf(report)].filter(isAlive))
  await run.up()
}
