import { canaryBound, outdatedPolicies } from '../../../core/loop/publication.ts'
import { afterStage, firstState, lineageStart, namedPolicy } from '../../../core/loop/evolution.ts'
import { runId } from '../../../contracts/ids.ts'
import { smallConfig } from '../../support/small-world.ts'

const settings = { canaryMultiple: 4, canaryFloor: 0.001, baseDifferenceMax: 0.2 }
const rows = { rows: [] }
const digest = (letter: string) => letter.repeat(64)
const RUN = runId('tiny')
const policyOf = (version: number, letter: string) =>
  namedPolicy(RUN, 'executor', version, digest(letter), `/c/${letter}`)

test.each([
  ['a multiple of what the base model differs by', 0.02, rows, 0.08],
  ['the floor, where that is next to nothing', 1e-7, rows, 0.001],
  ['the floor, where it was not measured', null, rows, 0.001],
  ['what a former canary allows', null, { ...rows, tolerance: 0.05 }, 0.05],
])('a canary may differ by %s', (_what, calibrated, canary, bound) => {
  expect(canaryBound(settings, calibrated, canary)).toBe(bound)
})

test('outdated are older policies of the same run and role that nobody samples from', () => {
  const policy = policyOf(5, 'a')
  const kept = policyOf(1, 'b').name
  const served = [
    'base',
    policy.name,
    kept,
    policyOf(3, 'c').name,
    policyOf(4, 'd').name,
    // A later one, of a lineage that another attempt has led on; and those of others, however like ours they begin.
    policyOf(6, 'e').name,
    namedPolicy(RUN, 'curriculum', 3, digest('c'), '/c').name,
    namedPolicy(runId('tiny-executor-v3'), 'executor', 2, digest('c'), '/c').name,
    namedPolicy(runId('tiny-2'), 'executor', 2, digest('c'), '/c').name,
    'tiny-executor-v3-notadigest',
  ]
  expect(outdatedPolicies(policy, [...served, ...served], [kept, policyOf(4, 'd').name])).toEqual([
    policyOf(3, 'c').name,
  ])
})

describe('a step that was trained and is not published', () => {
  const start = firstState(RUN, smallConfig(RUN), digest('0'))
  const trained = (policy: ReturnType<typeof policyOf>, unpublished?: ReturnType<typeof policyOf>) =>
    ({ kind: 'trained', role: 'executor', policy, sampledTokens: 1, ...(unpublished && { unpublished }) }) as const

  test('is the head that the lineage goes on behind, while the role stays at its policy', () => {
    const state = afterStage(start, trained(policyOf(3, 'a'), policyOf(4, 'b')))
    expect(state.policies['executor']).toEqual(policyOf(3, 'a'))
    expect(lineageStart(state, 'executor')).toEqual({ steps: 4, setAside: digest('b') })
    expect(lineageStart(state, 'curriculum')).toEqual({ steps: 0, setAside: undefined })
  })

  test('stays the head while nothing else is trained, gives way to the next one, and is over with the next policy', () => {
    const first = afterStage(start, trained(policyOf(3, 'a'), policyOf(4, 'b')))
    expect(afterStage(first, trained(policyOf(3, 'a')))).toMatchObject({ setAside: { executor: { step: 4 } } })
    const second = afterStage(first, trained(policyOf(3, 'a'), policyOf(5, 'c')))
    expect(lineageStart(second, 'executor')).toEqual({ steps: 5, setAside: digest('c') })
    const third = afterStage(second, trained(policyOf(6, 'd')))
    expect(lineageStart(third, 'executor')).toEqual({ steps: 6, setAside: undefined })
    expect(third).not.toHaveProperty('setAside')
  })
})
