import type { CuratedTask } from '../../contracts/curated-task.ts'
import type { FilterDecision, TaskOutcome } from '../../contracts/loop-records.ts'

/** Tasks of a report that are shown in full. */
export const SHOWN_TASKS = 10

/** Iterations that they are taken from: the first, the last, and one between. */
const POOLS_MAX = 3

/** Why a task is shown, and which of several is. Taken in this order, then again with the next best. */
export const reasonsToShow = [
  { name: 'kept, most divided', rule: 'the kept task with p̂ nearest ½' },
  { name: 'dropped, lowest p̂', rule: 'the one dropped below the band with the lowest p̂' },
  { name: 'dropped, highest p̂', rule: 'the one dropped above the band with the highest p̂' },
  {
    name: 'held out, wrong then right',
    rule: 'the held-out task whose majority is wrong for the base model and right for the last iteration',
  },
  { name: 'kept, most tool calls', rule: 'the kept task with most tool calls' },
  { name: 'held out, right then wrong', rule: 'the held-out task that turned wrong' },
] as const

export type ShownBecause = (typeof reasonsToShow)[number]['name']

export interface ChosenTask {
  because: ShownBecause
  iteration: number
  task: string
}

export interface Pool {
  iteration: number
  decisions: readonly FilterDecision[]
  tasks: readonly CuratedTask[]
}

export interface HeldOut {
  iteration: number
  outcomes: readonly TaskOutcome[]
}

/** Ids that a reason would show, the best first. */
interface Ranking {
  because: ShownBecause
  iteration: number
  ids: string[]
}

/** In ascending order of a number; equals stay in order. */
function ranked<T extends { id: string }>(items: readonly T[], number: (item: T) => number): string[] {
  return items.toSorted((left, right) => number(left) - number(right)).map(({ id }) => id)
}

function poolRankings({ iteration, decisions, tasks }: Pool): Ranking[] {
  const droppedFor = (reason: string) => decisions.filter(({ dropped }) => dropped === reason)
  return [
    // Rounded, since 0.6 and 0.4 are not equally far from 0.5 in floating point.
    { because: 'kept, most divided', ids: ranked(tasks, ({ pHat }) => Math.round(1_000 * Math.abs(pHat - 0.5))) },
    { because: 'dropped, lowest p̂', ids: ranked(droppedFor('below-band'), ({ pHat }) => pHat) },
    { because: 'dropped, highest p̂', ids: ranked(droppedFor('above-band'), ({ pHat }) => -pHat) },
    { because: 'kept, most tool calls', ids: ranked(tasks, ({ toolCalls }) => -toolCalls) },
  ].map((each) => ({ ...each, iteration }) as Ranking)
}

/** Tasks of the last evaluation by what the first one said of the same question. */
function heldOutRankings(first: HeldOut | undefined, last: HeldOut | undefined): Ranking[] {
  if (first === undefined || last === undefined || first.iteration === last.iteration) return []
  const before = new Map(first.outcomes.map(({ question, majorityRight }) => [question, majorityRight]))
  const turned = (from: boolean) =>
    last.outcomes
      .filter(({ question, majorityRight }) => before.get(question) === from && majorityRight === !from)
      .map(({ id }) => id)
  const { iteration } = last
  return [
    { because: 'held out, wrong then right', iteration, ids: turned(false) },
    { because: 'held out, right then wrong', iteration, ids: turned(true) },
  ]
}

function spread<T>(items: readonly T[]): T[] {
  if (items.length <= POOLS_MAX) return [...items]
  return [items[0]!, items[Math.floor((items.length - 1) / 2)]!, items.at(-1)!]
}

/**
 * Chooses the tasks that a report shows in full, by rule: no task is picked for its looks.
 * @param pools by iteration
 * @param heldOut by iteration; the first and the last count
 */
export function chooseTasks(pools: readonly Pool[], heldOut: readonly HeldOut[]): ChosenTask[] {
  const rankings = [...spread(pools).flatMap(poolRankings), ...heldOutRankings(heldOut[0], heldOut.at(-1))]
  const ordered = reasonsToShow.flatMap(({ name }) => rankings.filter(({ because }) => because === name))
  const ranks = Math.max(0, ...ordered.map(({ ids }) => ids.length))
  const chosen = new Map<string, ChosenTask>()
  for (let rank = 0; rank < ranks; rank++) {
    for (const { because, iteration, ids } of ordered) {
      const task = ids[rank]
      if (chosen.size === SHOWN_TASKS) return [...chosen.values()]
      if (task !== undefined && !chosen.has(task)) chosen.set(task, { because, iteration, task })
    }
  }
  return [...chosen.values()]
}
