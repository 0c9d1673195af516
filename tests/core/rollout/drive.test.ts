import { sampleId, turnId } from '../../../contracts/ids.ts'
import type { RolloutEvent } from '../../../contracts/rollout.ts'
import { driveRollouts, type RolloutEffects } from '../../../core/rollout/drive.ts'
import { eventsOf, slotOf } from '../../../core/rollout/journal.ts'
import { turnSeed } from '../../../core/rollout/plan-generations.ts'
import { replay } from '../../../core/rollout/advance.ts'
import { aGeneration, aStart, aTaskId, encode, okVerdict, program } from '../../support/rollouts.ts'

const SEED = 5
const samples = [0, 1, 2].map((sample) => sampleId(aTaskId, sample))
const startOf = (id: (typeof samples)[number]) => ({ ...aStart(), id })

/** Effects that write one program and then answer with what it printed; every request and record is noted. */
function effectsOver(journal: Map<string, RolloutEvent>, failing: (slot: string) => boolean = () => false) {
  const requests: string[][] = []
  const executions: string[] = []
  const effects: RolloutEffects = {
    generate: async ({ turns, state, seed }) => {
      requests.push([...turns])
      return turns.map((turn, index) => {
        const text = state.turns.length === 0 ? program(`print(${turn.at(-9)})`) : `\\boxed{${state.turns.length}}`
        const generation = { ...aGeneration(text, state.turns.length === 0 ? 'stop_text' : 'end_of_sequence') }
        return { policy: aStart().policy, generation: { ...generation, seed: seed + index } }
      })
    },
    execute: async (code) => {
      executions.push(code)
      const text = '```output\n1\n```\n'
      return { verdict: okVerdict('1\n'), output: { text, tokenIds: encode(text) } }
    },
    record: async (state, event) => {
      const slot = slotOf(state.id, event)
      if (failing(slot)) throw new Error(`no room for ${slot}`)
      const there = journal.get(slot) ?? event
      journal.set(slot, there)
      return there
    },
  }
  return { effects, requests, executions }
}

const statesFrom = (journal: ReadonlyMap<string, unknown>) =>
  samples.map((id) => replay(startOf(id), eventsOf(id, journal)))

test('first turns of a task are one request, all others one each, with the seeds of their keys', async () => {
  const journal = new Map<string, RolloutEvent>()
  const { effects, requests } = effectsOver(journal)
  const rollouts = await driveRollouts(SEED, statesFrom(journal), effects)
  expect(requests[0]).toEqual(samples.map((id) => turnId(id, 0)))
  expect(new Set(requests.slice(1).map((turns) => turns.join()))).toEqual(new Set(samples.map((id) => turnId(id, 1))))
  expect(rollouts.map(({ id, answer }) => [id, answer])).toEqual(samples.map((id) => [id, '1']))
  const seeds = rollouts.map(({ turns }) => turns.map(({ seed }) => seed))
  expect(seeds).toEqual(samples.map((id) => [0, 1].map((turn) => turnSeed(SEED, turnId(id, turn)))))
})

test('wherever it was cut, a drive goes on from the journal: nothing journaled is asked again, and the end is the same', async () => {
  const whole = new Map<string, RolloutEvent>()
  const expected = await driveRollouts(SEED, statesFrom(whole), effectsOver(whole).effects)
  for (const broken of whole.keys()) {
    const journal = new Map<string, RolloutEvent>()
    const before = effectsOver(journal, (slot) => slot === broken)
    await expect(driveRollouts(SEED, statesFrom(journal), before.effects)).rejects.toThrow(broken)
    // The other samples were brought to their ends before the failure was told.
    expect(journal.size).toBeGreaterThanOrEqual(whole.size - 3)
    const after = effectsOver(journal)
    expect(await driveRollouts(SEED, statesFrom(journal), after.effects)).toEqual(expected)
    expect(after.requests.flat().length + after.executions.length).toBeLessThanOrEqual(3)
    expect([...journal.keys()].toSorted()).toEqual([...whole.keys()].toSorted())
  }
})

test('where another attempt came first, its event is what the rollout goes on with', async () => {
  const journal = new Map<string, RolloutEvent>()
  const states = statesFrom(journal)
  const theirs: RolloutEvent = {
    kind: 'generated',
    turn: 0,
    policy: aStart().policy,
    generation: aGeneration('\\boxed{theirs}', 'end_of_sequence'),
  }
  journal.set(slotOf(samples[1]!, theirs), theirs)
  const rollouts = await driveRollouts(SEED, states, effectsOver(journal).effects)
  expect(rollouts.map(({ answer }) => answer)).toEqual(['1', 'theirs', '1'])
})

test('a journal is read up to its first gap', () => {
  const [sample] = samples
  const event = { kind: 'generated', turn: 1 }
  expect(eventsOf(sample!, new Map([[slotOf(sample!, { turn: 1, kind: 'generated' }), event]]))).toEqual([])
  expect(() => eventsOf(aTaskId as never, new Map())).toThrow('is not the id of a sample')
})
