import type { PastActivity, PastWorkflow } from '../../contracts/past-workflow.ts'
import type { StageWork } from '../../contracts/run-record.ts'
import { addTallies } from './add-tallies.ts'
import { busyTime, type Interval } from './intervals.ts'

/** The activity that a shard fans out; a child of a shard is such a task too, turn by turn. */
const FANNED_OUT = 'rolloutTask'

/** The part of the time of all slots in which they did no work. */
export function overhead(useful: number, slots: number): number {
  return 1 - useful / slots
}

/** The most that overlap at one time. Where one ends as the next begins, they do not. */
export function mostAtOnce(intervals: readonly Interval[]): number {
  const changes = intervals.flatMap(([from, to]) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ])
  let [now, most] = [0, 0]
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) most = Math.max(most, (now += by))
  return most
}

const lifeOf = ({ began, ended }: PastWorkflow): Interval => [began, ended]
/** A clock that was set back makes no time negative. */
const lengthOf = ([from, to]: Interval) => Math.max(0, to - from)
const atWork = (activities: readonly PastActivity[]) =>
  activities.map(({ started, ended }): Interval => [started, ended])

/** Of one workflow, milliseconds. */
type Times = { useful: number; slots: number }

/**
 * A shard has as many slots as it had tasks in flight at its most, from the first one's beginning to the last one's end; before and behind
 * that (proposals, the vote) it has one.
 */
function timesOfShard(shard: PastWorkflow): Times {
  const tasks = shard.activities.filter(({ type }) => type === FANNED_OUT)
  const serial = shard.activities.filter(({ type }) => type !== FANNED_OUT)
  const inFlight = [...tasks.map(({ scheduled, ended }): Interval => [scheduled, ended]), ...shard.children.map(lifeOf)]
  const useful = [
    busyTime(atWork(serial), lifeOf(shard)),
    ...atWork(tasks).map(lengthOf),
    ...shard.children.map((child) => busyTime(atWork(child.activities), lifeOf(child))),
  ].reduce((sum, each) => sum + each, 0)
  const window = inFlight.reduce<Interval>(
    ([from, to], [begin, end]) => [Math.min(from, begin), Math.max(to, end)],
    inFlight[0] ?? [0, 0],
  )
  const wall = lengthOf(window)
  return { useful, slots: mostAtOnce(inFlight) * wall + lengthOf(lifeOf(shard)) - wall }
}

/** A stage has one slot while no shard is under way: scoring, training and publishing follow each other. */
function timesOfStage(stage: PastWorkflow): Times {
  const withShards = busyTime(stage.children.map(lifeOf), lifeOf(stage))
  const alone = {
    useful: busyTime(atWork(stage.activities), lifeOf(stage)),
    slots: lengthOf(lifeOf(stage)) - withShards,
  }
  return stage.children.map(timesOfShard).reduce<Times>(addTallies, alone)
}

function retriesOf({ activities, lostDecisions, children }: PastWorkflow): StageWork['retries'] {
  const decisions = lostDecisions === 0 ? {} : { decision: { 'no answer': lostDecisions } }
  const own = activities
    .filter(({ attempts }) => attempts > 1)
    .map(({ type, attempts, lastFailure }) => ({ [type]: { [lastFailure ?? 'unknown']: attempts - 1 } }))
  return [...own, ...children.map(retriesOf)].reduce<StageWork['retries']>(addTallies, decisions)
}

/** What came of a stage's time: what it did, what it could have done, and what it had to do again. */
export function stageWork(stage: PastWorkflow): StageWork {
  const { useful, slots } = timesOfStage(stage)
  return { usefulSeconds: useful / 1_000, slotSeconds: Math.max(0, slots) / 1_000, retries: retriesOf(stage) }
}
