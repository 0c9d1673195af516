import { sampleId, turnId, type TurnId } from '../../../contracts/ids.ts'
import { advance } from '../../../core/rollout/advance.ts'
import { planGenerations, turnSeed } from '../../../core/rollout/plan-generations.ts'
import { startRollout, type RolloutState } from '../../../core/rollout/rollout-state.ts'
import { aStart, aTaskId, generated } from '../../support/rollouts.ts'

const fresh = (sample: number): RolloutState => startRollout({ ...aStart(), id: sampleId(aTaskId, sample) })
/** A rollout that writes on in its second turn. */
const inSecondTurn = (sample: number): RolloutState => advance(fresh(sample), generated(0, 'text\n```\n'))
const turnOf = (sample: number, turn: number): TurnId => turnId(sampleId(aTaskId, sample), turn)

test('the first turns of a task are one request', () => {
  const planned = planGenerations(7, [0, 1, 2, 3].map(fresh))
  expect(planned).toEqual([{ turns: [0, 1, 2, 3].map((sample) => turnOf(sample, 0)), seed: turnSeed(7, turnOf(0, 0)) }])
})

test('later turns are one request per sample', () => {
  const planned = planGenerations(7, [0, 1].map(inSecondTurn))
  expect(planned).toEqual(
    [0, 1].map((sample) => ({ turns: [turnOf(sample, 1)], seed: turnSeed(7, turnOf(sample, 1)) })),
  )
})

test('a first turn that is asked for again, alone or with others, keeps its seed', () => {
  const all = planGenerations(7, [0, 1, 2, 3, 4].map(fresh))[0]!
  const again = planGenerations(7, [fresh(1), fresh(3), fresh(4)])
  expect(again).toEqual([
    { turns: [turnOf(1, 0)], seed: all.seed + 1 },
    { turns: [turnOf(3, 0), turnOf(4, 0)], seed: all.seed + 3 },
  ])
})

test('samples in different turns keep their order', () => {
  const planned = planGenerations(7, [fresh(0), inSecondTurn(1), fresh(2)])
  expect(planned.map(({ turns }) => turns)).toEqual([[turnOf(0, 0)], [turnOf(1, 1)], [turnOf(2, 0)]])
})

test('every turn of a task has a seed of its own, which another run seed changes', () => {
  const turns = [0, 1, 2].flatMap((sample) => [0, 1, 2].map((turn) => turnOf(sample, turn)))
  const seeds = [1, 2].flatMap((runSeed) => turns.map((turn) => turnSeed(runSeed, turn)))
  expect(new Set(seeds).size).toBe(18)
})

test('a seed is wanted for turns only', () => {
  expect(() => turnSeed(1, aTaskId as unknown as TurnId)).toThrow('is not the id of a turn')
})
