import type { CuratedTask } from '../../../contracts/curated-task.ts'
import { taskId, type StepId } from '../../../contracts/ids.ts'
import type { FilterDecision, TaskOutcome } from '../../../contracts/loop-records.ts'
import { chooseTasks, type HeldOut, type Pool, SHOWN_TASKS } from '../../../core/report/choose-tasks.ts'

const idIn = (iteration: number, stage: string, task: number) =>
  taskId(`run/iter-00${iteration}/${stage}/step-0000` as StepId, task)

/** A pool of one proposal per p̂: 0.3 to 0.8 are kept. Tool calls grow with p̂. */
function pool(iteration: number, pHats: readonly number[]): Pool {
  const tenths = pHats.map((pHat, task) => ({ id: idIn(iteration, 'curation', task), pHat }))
  const reason = (pHat: number) => (pHat < 0.3 ? 'below-band' : pHat > 0.8 ? 'above-band' : null)
  return {
    iteration,
    decisions: tenths.map(({ id, pHat }): FilterDecision => ({
      id,
      question: id,
      label: '1',
      pHat,
      dropped: reason(pHat),
    })),
    tasks: tenths
      .filter(({ pHat }) => reason(pHat) === null)
      .map(({ id, pHat }): CuratedTask => {
        const votes = Math.round(pHat * 10)
        return {
          id,
          question: id,
          label: '1',
          samples: 10,
          votes,
          abstained: 0,
          pHat,
          toolCalls: pHat,
          proposedAnswer: null,
        }
      }),
  }
}

const heldOut = (iteration: number, right: readonly (boolean | null)[]): HeldOut => ({
  iteration,
  outcomes: right.map((majorityRight, task) => {
    const id = idIn(iteration, 'evaluation', task)
    return { id, question: `question ${task}`, majorityRight } as TaskOutcome
  }),
})

const TENTHS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
const shown = (chosen: ReturnType<typeof chooseTasks>) =>
  chosen.map(
    ({ because, task }) => `${because}: ${task.replace(/^run\/iter-00|\/step-0000/g, '').replace('/task-00000', ' ')}`,
  )

test('three iterations and a held-out task that turned right fill the ten places', () => {
  const pools = [1, 2, 3].map((iteration) => pool(iteration, TENTHS))
  const chosen = chooseTasks(pools, [heldOut(0, [true, false]), heldOut(3, [true, true])])
  expect(chosen.map(({ because, iteration, task }) => [because, iteration, Number(task.slice(-6))])).toEqual([
    ['kept, most divided', 1, 5],
    ['kept, most divided', 2, 5],
    ['kept, most divided', 3, 5],
    ['dropped, lowest p̂', 1, 0],
    ['dropped, lowest p̂', 2, 0],
    ['dropped, lowest p̂', 3, 0],
    ['dropped, highest p̂', 1, 10],
    ['dropped, highest p̂', 2, 10],
    ['dropped, highest p̂', 3, 10],
    ['held out, wrong then right', 3, 1],
  ])
})

test('one iteration goes round the reasons until ten places are filled', () => {
  const chosen = shown(chooseTasks([pool(1, TENTHS)], []))
  expect(chosen).toHaveLength(SHOWN_TASKS)
  expect(chosen.slice(0, 5).map((each) => each.split(':')[0])).toEqual([
    'kept, most divided',
    'dropped, lowest p̂',
    'dropped, highest p̂',
    'kept, most tool calls',
    'kept, most divided',
  ])
})

test('of equals the first is shown, also where p̂ lies on the other side of a half', () => {
  const [first] = chooseTasks([pool(1, [0.6, 0.4, 0.6])], [])
  expect(first!.task).toBe(idIn(1, 'curation', 0))
})

test('no task is shown twice, and at most ten are', () => {
  const pools = [1, 2, 3, 4, 5].map((iteration) => pool(iteration, [...TENTHS, ...TENTHS]))
  const chosen = chooseTasks(pools, [heldOut(0, [false, false, true]), heldOut(5, [true, true, false])])
  expect(new Set(chosen.map(({ task }) => task)).size).toBe(chosen.length)
  expect(chosen).toHaveLength(SHOWN_TASKS)
})

test('of many iterations the first, one between and the last are shown', () => {
  const chosen = chooseTasks(
    [1, 2, 3, 4, 5].map((iteration) => pool(iteration, TENTHS)),
    [],
  )
  expect([...new Set(chosen.map(({ iteration }) => iteration))]).toEqual([1, 3, 5])
})

test('held-out tasks are compared by their question, and need two evaluations and two judgements', () => {
  const both = chooseTasks([], [heldOut(0, [true, null, false]), heldOut(2, [false, true, true])])
  expect(shown(both)).toEqual([
    'held out, wrong then right: 2/evaluation 2',
    'held out, right then wrong: 2/evaluation 0',
  ])
  const one = heldOut(0, [false])
  expect(chooseTasks([], [one, one])).toEqual([])
  expect(chooseTasks([], [])).toEqual([])
})
