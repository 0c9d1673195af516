import { readFile } from 'node:fs/promises'
import { iterationId, stageId } from '../contracts/ids.ts'
import { taskQueues } from '../contracts/task-queues.ts'
import { firstState } from '../core/loop/evolution.ts'
import { SHARD_TASKS_MAX } from '../workflows/shards.ts'
import type { StageInput } from '../workflows/stage-input.ts'
import type { evaluation } from '../workflows/evaluation.ts'
import { type Figure, median } from './figures.ts'
import { BASE, control, type LoopRig, withLoopRig } from './loop-rig.ts'

const TASKS = 10_000
/** Heaps and caches grow until then. */
const WARM_UP_TASKS = 1_000
const FIFTHS = 5

/** Resident memory of a process, MiB. */
async function residentMiB(pid: number): Promise<number> {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))!
  return Number(kib) / 1024
}

/** Resident memory of both workers at each tick behind the warm-up. */
function watchMemory(rig: LoopRig): Record<keyof LoopRig['workers'], number[]> {
  const seen = { workflow: [] as number[], rollout: [] as number[] }
  rig.onTick = ({ requests }) => {
    if (requests < WARM_UP_TASKS) return
    for (const name of ['workflow', 'rollout'] as const)
      void residentMiB(rig.workers[name]).then(
        (mib) => seen[name].push(mib),
        () => {},
      )
  }
  return seen
}

function memoryFigures(name: string, mib: readonly number[]): Figure[] {
  const middle = median(mib)
  const fifths = Array.from({ length: FIFTHS }, (_, fifth) =>
    mib.slice((fifth * mib.length) / FIFTHS, ((fifth + 1) * mib.length) / FIFTHS),
  )
  return [
    { name: `resident memory of the ${name} worker, median`, value: middle, unit: 'MiB' },
    { name: '– lowest, against the median', value: 100 * (Math.min(...mib) / middle - 1), unit: '%' },
    { name: '– highest, against the median', value: 100 * (Math.max(...mib) / middle - 1), unit: '%' },
    ...fifths.map((each, fifth) => ({
      name: `– in fifth ${fifth + 1} of the run, median`,
      value: median(each),
      unit: 'MiB',
    })),
  ]
}

/** 10,000 tasks without work, through the evaluation stage and its shards. */
export function benchTasks(): Promise<Figure[]> {
  return withLoopRig({ model: { turns: 1, turnMs: 0, spread: 0 }, heldOut: TASKS }, 1, async (rig) => {
    const { client, run, config, context } = rig
    const stage = stageId(iterationId(run, 0), 'evaluation')
    const workflowId = `agent0/${stage}`
    const input: StageInput = {
      context,
      config,
      stage,
      name: 'evaluation',
      state: firstState(run, config, BASE),
      control: control(config.rollout.tasksInFlight),
      curated: null,
    }
    const memory = watchMemory(rig)
    const began = performance.now()
    const options = { workflowId, taskQueue: taskQueues.workflow, args: [input] as [StageInput] }
    await client.workflow.execute<typeof evaluation>('evaluation', options)
    const seconds = (performance.now() - began) / 1_000
    const shards = Array.from(
      { length: TASKS / SHARD_TASKS_MAX },
      (_, shard) => `${workflowId}/step-0001/shard-${String(shard).padStart(3, '0')}`,
    )
    const described = [workflowId, ...shards].map((id) => client.workflow.getHandle(id).describe())
    const lengths = (await Promise.all(described)).map(({ historyLength }) => historyLength)
    return [
      { name: `${TASKS} tasks in ${shards.length} shards`, value: TASKS / seconds, unit: 'tasks/s' },
      { name: 'longest history', value: Math.max(...lengths), unit: 'events' },
      ...memoryFigures('rollout', memory.rollout),
      ...memoryFigures('workflow', memory.workflow),
    ]
  })
}
