// Workflows that a test bundles and runs: what needs Temporal's sandbox to be tried.
import { condition, isCancellation, setHandler, sleep, defineQuery } from '@temporalio/workflow'
import { mapConcurrent } from '../../workflows/map-concurrent.ts'

/** What a window did. */
export interface WindowReport {
  /** Items in the order in which they were begun, and in which they were done. */
  begun: number[]
  done: number[]
  /** The most that were under way at once, in each phase of the script. */
  widest: number[]
  /** What it threw, if it did. */
  failure: string | null
}

/** Runs `items` in a window and writes down what happens. */
class Recorder {
  readonly report: WindowReport = { begun: [], done: [], widest: [0], failure: null }
  inFlight = 0

  /** Notes an item while `work` lasts. */
  async note<T>(item: number, work: () => Promise<T>): Promise<number> {
    this.report.begun.push(item)
    this.inFlight++
    this.report.widest.push(Math.max(this.report.widest.pop()!, this.inFlight))
    try {
      await work()
      return item
    } finally {
      this.inFlight--
    }
  }

  /** Begins a phase. */
  next(): void {
    this.report.widest.push(this.inFlight)
  }

  async finish(window: Promise<void>): Promise<WindowReport> {
    await window.catch((error: Error) => (this.report.failure = isCancellation(error) ? 'cancelled' : error.message))
    return this.report
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

/** So many items of different lengths, all in one window. */
export async function windowOf(count: number, width: number): Promise<WindowReport> {
  const recorder = new Recorder()
  const work = async (item: number) => {
    // Microtasks: no timer is needed for one item to take longer than another.
    for (let turn = 0; turn < 1 + (item % 7); turn++) await Promise.resolve()
  }
  const run = (item: number) => recorder.note(item, () => work(item))
  return recorder.finish(
    mapConcurrent(
      numbers(count),
      () => width,
      run,
      (item) => void recorder.report.done.push(item),
    ),
  )
}

/** Eight items in a window of four; after the first two it is paused, then goes on with a width of one. */
export async function pausedWindow(): Promise<WindowReport> {
  const recorder = new Recorder()
  const { report } = recorder
  let [width, paused, mayEnd] = [4, false, 2]
  const run = (item: number) => recorder.note(item, () => condition(() => item < mayEnd))
  const window = mapConcurrent(
    numbers(8),
    () => width,
    run,
    (item) => void report.done.push(item),
    () => !paused,
  )
  await sleep(1)
  // Two have ended and two were begun for them: four are under way. Now nothing new begins.
  paused = true
  mayEnd = 6
  await sleep(1)
  const begunWhilePaused = report.begun.length
  width = 1
  paused = false
  mayEnd = 8
  recorder.next()
  const ended = await recorder.finish(window)
  return { ...ended, widest: [...ended.widest, begunWhilePaused] }
}

/** The third of ten items fails while others are under way. */
export async function failingWindow(): Promise<WindowReport> {
  const recorder = new Recorder()
  const work = async (item: number) => {
    if (item === 2) throw new Error('the third')
    await sleep(1)
    if (item === 3) throw new Error('a later one')
  }
  const run = (item: number) => recorder.note(item, () => work(item))
  return recorder.finish(
    mapConcurrent(
      numbers(10),
      () => 4,
      run,
      (item) => void recorder.report.done.push(item),
    ),
  )
}

export const begunQuery = defineQuery<number>('begun')

/** Items that end when the workflow is cancelled, each a little after it. */
export async function cancelledWindow(): Promise<WindowReport> {
  const recorder = new Recorder()
  setHandler(begunQuery, () => recorder.report.begun.length)
  const run = (item: number) => recorder.note(item, () => sleep('1 day'))
  return recorder.finish(
    mapConcurrent(
      numbers(10),
      () => 3,
      run,
      (item) => void recorder.report.done.push(item),
    ),
  )
}

let timesCalled = 0

/** State of a module belongs to one workflow alone. */
export async function countsAlone(): Promise<number> {
  timesCalled++
  await sleep(1)
  return timesCalled
}
