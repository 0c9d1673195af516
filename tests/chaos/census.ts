import Docker from 'dockerode'
import { readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { findGarbage, removeGarbage } from '../../services/artifact-store/open.ts'
import { filesBelow, filesIn } from './observe.ts'
import type { OwnRun } from './own-run.ts'

/** Commands of all living processes that the services of a run have started, or that those have: they inherit its variables. */
function processesOf({ stateFolder }: OwnRun): string[] {
  const mark = `AGENT0_STATE=${stateFolder}\0`
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)) return []
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return command === '' ? [] : [`process ${pid}: ${command.slice(0, 120)}`] // a zombie has no command
    } catch {
      return [] // it has ended while we looked
    }
  })
}

/** The sandbox containers that a run's rollout workers have made, in all lives: their pids stand in the log. */
export async function containersOf(run: OwnRun): Promise<Docker.ContainerInfo[]> {
  const pids = new Set([...run.log('worker-rollout').matchAll(/"pid":(\d+)/g)].map((match) => match[1]!))
  const slots = await new Docker().listContainers({ all: true, filters: { label: ['agent0.sandbox=slot'] } })
  return slots.filter(({ Labels }) => {
    const [host, , pid] = (Labels['agent0.owner'] ?? '').split('/')
    return host === hostname() && pids.has(pid ?? '')
  })
}

/** What is left of a run whose services were ended, and of its store once garbage was collected; a line each. */
export async function leftOf(run: OwnRun): Promise<string[]> {
  const rule = { olderThanMs: 0, now: Date.now() + 1_000 }
  await removeGarbage(run.storeFolder, await findGarbage(run.storeFolder, rule), rule)
  const containers = (await containersOf(run)).map(({ Names, Status }) => `container ${Names.join()}: ${Status}`)
  const isLeft = (file: string) => /\/(scratch|record)$|\/scratch\//.test(file)
  const files = [
    ...filesIn(run, 'tmp'),
    ...filesIn(run, 'journals'),
    ...filesIn(run, 'lineages').filter(isLeft),
    ...filesBelow(run.temporaryFolder),
  ]
  return [...processesOf(run), ...containers, ...files.map((file) => `file ${file}`)]
}
