import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { viewRun } from '../../services/temporal/run-view.ts'
import { eventually } from './eventually.ts'
import { type OwnRun, RUN } from './own-run.ts'

// What can be seen of a run from outside, whoever of its processes is dead: by files and by HTTP, not through the workflows.

/** All files below a folder, absolute; none where it is not there yet. */
export function filesBelow(folder: string): string[] {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return [] // it has not been made yet, or something in it was renamed while we looked
  }
}

/** The files below a folder of a run's store. */
export const filesIn = (run: OwnRun, folder: string) => filesBelow(join(run.storeFolder, folder))

/** Tasks of a stage of iteration 1 that are rolled out. */
export function tasksDone(run: OwnRun, stage: string): number {
  return filesIn(run, `runs/${RUN}/iter-001/${stage}`).filter((file) => file.endsWith('/rollouts.jsonl')).length
}

/** A number that grows with everything that a run leaves. */
export function progress(run: OwnRun): number {
  return filesIn(run, 'runs').length + filesIn(run, 'lineages').length
}

export const hasRecorded = (run: OwnRun) => existsSync(join(run.storeFolder, 'runs', RUN, 'iter-001', 'record.json'))

/** A counter or gauge of the model server; null while it does not answer. */
export async function modelServerSays(run: OwnRun, name: string): Promise<number | null> {
  try {
    const answer = await fetch(`${run.url('model')}/metrics`, { signal: AbortSignal.timeout(2_000) })
    const line = (await answer.text()).split('\n').find((each) => each.startsWith(`vllm:${name}{`))
    return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ')))
  } catch {
    return null
  }
}

/** What the trainer says of a training step; nothing while it does not answer. */
export async function trainingState(
  run: OwnRun,
  role: string,
  step: number,
): Promise<{ state?: string; phase?: string }> {
  try {
    const url = `${run.url('trainer')}/v1/lineages/${RUN}-${role}/steps/${step}`
    const options = { signal: AbortSignal.timeout(2_000), headers: run.tokenOf('trainer') }
    return (await (await fetch(url, options)).json()) as {
      state?: string
      phase?: string
    }
  } catch {
    return {}
  }
}

/** Waits until a look at the run, as `agent0 status` takes it, shows an activity being retried. */
export async function retryShown(run: OwnRun, reason: RegExp, activity?: string): Promise<void> {
  const isShown = () =>
    run.withRuns(async (runs) => {
      const pendingFailures = (await viewRun(runs, RUN))?.pendingFailures ?? []
      return pendingFailures.some((one) => reason.test(one.reason) && (activity ?? one.activity) === one.activity)
    })
  await eventually(`a retry is shown: ${reason.source}`, isShown, { withinMs: 240_000, everyMs: 200 })
}

/** Waits until a training step of iteration 1 is recorded; 'curriculum/step-0001', say. */
export async function trained(run: OwnRun, step: string): Promise<void> {
  const record = join(run.storeFolder, 'runs', RUN, 'iter-001', step, 'training.json')
  await eventually(`${step} is trained`, () => existsSync(record))
}

/** Waits until a stage is in the middle of its fan-out: some tasks done, some in flight, which a model server answers. */
export async function midFanOut(run: OwnRun, stage: string, done = 4): Promise<void> {
  const isThere = async () =>
    tasksDone(run, stage) >= done && ((await modelServerSays(run, 'num_requests_running')) ?? 0) >= 2
  await eventually(`${done} tasks of ${stage} are done and others under way`, isThere)
}

/** Waits until the trainer is at an update of a step of a role. */
export async function midStep(
  run: OwnRun,
  role: string,
  step: number,
  update: 1 | 2,
  limits?: { withinMs: number },
): Promise<void> {
  const isThere = async () => {
    const { state, phase } = await trainingState(run, role, step)
    return state === 'running' && phase?.startsWith(`update ${update}`) === true
  }
  await eventually(`step ${step} of ${role} is at update ${update}`, isThere, limits)
}
