import { EvolutionState } from '../../../contracts/evolution-state.ts'
import { runId } from '../../../contracts/ids.ts'
import { Policy } from '../../../contracts/policy.ts'
import { afterIteration, afterStage, firstState, lineageOf, namedPolicy } from '../../../core/loop/evolution.ts'
import { preset } from '../../support/presets.ts'

const run = runId('tiny')
const BASE = 'b'.repeat(64)
const first = firstState(run, preset('default'), BASE)
const trained = namedPolicy(run, 'executor', 2, 'c'.repeat(64), '/c')
const tasks = { uri: 'blob', sha256: 'd'.repeat(64), count: 3 }

test('a run begins with every role on the base model', () => {
  expect(EvolutionState.parse(first)).toEqual(first)
  expect(Object.keys(first.policies)).toEqual(['curriculum', 'executor'])
  for (const policy of Object.values(first.policies)) {
    expect(Policy.parse(policy)).toMatchObject({ version: 0, checkpoint: BASE, uri: null })
  }
  expect([lineageOf(run, 'executor'), trained.name]).toEqual(['tiny-executor', 'tiny-executor-v2-cccccccc'])
})

test('a stage changes what it is about, and tokens add up', () => {
  const afterTraining = afterStage(first, { kind: 'trained', role: 'executor', policy: trained, sampledTokens: 5 })
  expect(afterTraining).toEqual({ ...first, policies: { ...first.policies, executor: trained }, sampledTokens: 5 })
  const afterCuration = afterStage(afterTraining, { kind: 'curated', tasks, sampledTokens: 7 })
  expect(afterCuration).toEqual({ ...afterTraining, archive: [tasks], sampledTokens: 12 })
  expect(afterStage(afterCuration, { kind: 'evaluated', sampledTokens: 1 })).toEqual({
    ...afterCuration,
    sampledTokens: 13,
  })
})

test('a state is never changed in place', () => {
  const before = structuredClone(first)
  afterStage(first, { kind: 'curated', tasks, sampledTokens: 7 })
  afterIteration(first, 'executor')
  expect(first).toEqual(before)
})

test('the frozen policy is that of the end of iteration 1, for ever', () => {
  const one = afterIteration(first, 'executor')
  expect(one).toMatchObject({ iteration: 1, frozen: null })
  const two = afterIteration({ ...one, policies: { ...one.policies, executor: trained } }, 'executor')
  expect(two).toMatchObject({ iteration: 2, frozen: trained })
  const three = afterIteration({ ...two, policies: first.policies }, 'executor')
  expect(three).toMatchObject({ iteration: 3, frozen: trained })
})

test('a recipe that evaluates no role freezes none', () => {
  expect(afterIteration({ ...first, iteration: 1 }, '').frozen).toBeNull()
})
