import type { RunView } from '../../services/temporal/run-view.ts'

interface Mark {
  at: number
  value: number
}

/** How fast a run is, measured while somebody watches it. */
export interface Pace {
  /** What is measured: a training stage, or a part of another stage. A new part starts a new measurement. */
  part: string
  /** Tasks of the shards at the last look. */
  tasksNow: number
  /** Cumulative number of tasks seen to end, at each look of the last minute. */
  tasks: Mark[]
  /** The part's progress from 0 to 1: the first and the last change that were seen. */
  progress: Mark[]
}

const WINDOW_MS = 60_000

function partOf({ status, stage }: RunView): string {
  if (status === null || stage === null) return ''
  return stage.steps === null
    ? `${status.iteration}/${stage.stage}/${stage.doing}`
    : `${status.iteration}/${stage.stage}`
}

/** Tasks that are done in the shards under way. */
const tasksDone = ({ shards }: RunView) => shards.reduce((sum, { done }) => sum + done, 0)

/** From 0 to 1: steps of a training stage, else shards, a running one by its tasks. */
function progressOf({ stage, shards }: RunView): number {
  if (stage === null) return 0
  if (stage.steps !== null) return stage.steps.done / Math.max(1, stage.steps.total)
  if (stage.shardsOver === null) return 0
  const running = shards.reduce((sum, { done, total }) => sum + (total > 0 ? done / total : 0), 0)
  return Math.min(1, (stage.shardsOver.done + running) / Math.max(1, stage.shardsOver.total))
}

/** The pace after one more look; `before` is null at the first. */
export function nextPace(before: Pace | null, view: RunView): Pace {
  const { at } = view
  const [part, tasksNow, progress] = [partOf(view), tasksDone(view), progressOf(view)]
  if (before?.part !== part) {
    // Progress from before the first look says nothing about the pace; the start of a part does.
    const isBeginning = before !== null && progress === 0
    return {
      part,
      tasksNow,
      tasks: [{ at, value: 0 }],
      progress: isBeginning ? [{ at, value: 0 }] : [],
    }
  }
  // A shard that ends no longer reports its tasks: only increases count.
  const added = Math.max(0, tasksNow - before.tasksNow)
  const tasks = [...before.tasks, { at, value: before.tasks.at(-1)!.value + added }]
  const last = before.progress.at(-1)
  const isNews = progress > (last?.value ?? 0)
  const seen = isNews ? [...before.progress.slice(0, 1), { at, value: progress }] : before.progress
  return { part, tasksNow, tasks: tasks.filter((mark) => at - mark.at <= WINDOW_MS), progress: seen }
}

/** Tasks per second over the last minute; null before anything is seen. */
export function tasksPerSecond({ tasks }: Pace): number | null {
  const [first, last] = [tasks[0]!, tasks.at(-1)!]
  return last.value > first.value ? ((last.value - first.value) * 1_000) / (last.at - first.at) : null
}

/** Milliseconds until the part ends at the pace so far; null before two changes were seen. */
export function millisecondsLeft({ progress }: Pace, at: number): number | null {
  const [first, last] = progress
  if (first === undefined || last === undefined) return null
  const perMs = (last.value - first.value) / (last.at - first.at)
  return Math.max(0, (1 - last.value) / perMs - (at - last.at))
}
