import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../services/failure.ts'
import { IterationRecord } from '../../contracts/run-record.ts'
import { Rollout } from '../../contracts/rollout.ts'
import { TrainingRecord } from '../../contracts/training-record.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import type { LoopWorld } from '../support/loop-world.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'
import { undisturbedRun } from '../support/undisturbed-run.ts'

const RUN = 'whole'
const config = smallConfig(RUN, { iterations: 2 })
const undisturbed = undisturbedRun(config)
const story = sideBySide()

const at = (world: LoopWorld, key: string): ArtifactReference => world.store.references.get(`${RUN}/${key}`)!
const recordOf = (world: LoopWorld, iteration: number) =>
  world.store.getJson(IterationRecord, at(world, `iter-00${iteration}/record.json`))

story('a run goes through its iterations, and each leaves a record', async (world) => {
  await undisturbed.story(world)
  const [base, first, second] = await Promise.all([0, 1, 2].map((iteration) => recordOf(world, iteration)))

  // Iteration 0 measures the base model and changes nothing.
  expect(base!.stages.map(({ stage }) => stage)).toEqual(['evaluation'])
  expect(Object.values(base!.next.policies).map(({ version }) => version)).toEqual([0, 0])
  expect(base!.next).toMatchObject({ iteration: 1, frozen: null, archive: [] })

  for (const record of [first!, second!]) {
    expect(record.stages.map(({ stage }) => stage)).toEqual(['curriculum', 'curation', 'executor', 'evaluation'])
    const { heldOutMean, frozenExecutorAgreement, labelAccuracy } = record.summary
    expect([heldOutMean, frozenExecutorAgreement, labelAccuracy]).toEqual([0, 0, 0].map(() => expect.any(Number)))
  }
  expect([first, second].map((record) => record!.next.policies['executor']!.version)).toEqual([2, 4])
  // The executor of iteration 1 stays the measure of later tasks.
  expect(second!.next.frozen).toEqual(first!.next.policies['executor'])
  expect(second!.next.archive).toHaveLength(2)
})

story('each step is on the weights of the step before, and each role has a lineage of its own', async (world) => {
  await undisturbed.story(world)
  for (const role of ['curriculum', 'executor']) {
    const steps = world.trainer.computed.filter(({ lineage }) => lineage === `${RUN}-${role}`)
    const keys = [1, 2].flatMap((iteration) => [1, 2].map((step) => `iter-00${iteration}/${role}/step-000${step}`))
    const records = await Promise.all(
      keys.map((key) => world.store.getJson(TrainingRecord, at(world, `${key}/training.json`))),
    )
    expect(steps.map(({ step, parent }) => [step, parent])).toEqual(
      records.map((_, index) => [index + 1, records[index - 1]?.checkpointDigest ?? null]),
    )
  }
  const rollouts = await world.store.getRecords(
    Rollout,
    at(world, 'iter-001/executor/step-0002/task-000000/rollouts.jsonl'),
  )
  expect(new Set(rollouts.map(({ policy }) => policy.replace(/-[0-9a-f]{8}$/, '')))).toEqual(
    new Set([`${RUN}-executor-v1`]),
  )
})

story(
  'a record says how long model servers were busy while a stage had work for them, traced rollouts included',
  async (world) => {
    const name = 'timed'
    const rollout = { ...config.rollout, traceShare: 1 }
    world.before = (call) => (call.startsWith('generate') ? sleep(50) : undefined)
    await world.finish(smallConfig(name, { rollout }))
    const key = `${name}/iter-001/record.json`
    const { stages, serverUse } = await world.store.getJson(IterationRecord, world.store.references.get(key)!)
    expect(Object.keys(serverUse)).toEqual(stages.map(({ stage }) => stage))
    for (const { busySeconds, wallSeconds } of Object.values(serverUse)) {
      // A timer may be a millisecond early.
      expect(busySeconds).toBeGreaterThan(0.09)
      expect(busySeconds).toBeLessThanOrEqual(wallSeconds)
    }
  },
)

story('a record says how much of the slots was at work, and what had to be done again and why', async (world) => {
  const name = 'counted'
  let isAway = true
  world.before = async (call) => {
    if (call.startsWith('generate')) await sleep(20)
    if (call !== `train ${name}-executor 1` || !isAway) return
    isAway = false
    throw failure('Trainer.Unavailable', 'for once')
  }
  await world.finish(smallConfig(name, { rollout: { ...config.rollout, traceShare: 0.5 } }))
  const key = `${name}/iter-001/record.json`
  const { seconds, work } = await world.store.getJson(IterationRecord, world.store.references.get(key)!)
  expect(Object.keys(work)).toEqual(Object.keys(seconds))
  for (const { usefulSeconds, slotSeconds } of Object.values(work)) {
    expect(usefulSeconds).toBeGreaterThan(0.02)
    expect(usefulSeconds).toBeLessThanOrEqual(slotSeconds)
  }
  const retries = Object.entries(work).map(([stage, each]) => [stage, each.retries])
  expect(Object.fromEntries(retries)).toEqual({
    curriculum: {},
    curation: {},
    executor: { trainStep: { 'Trainer.Unavailable': 1 } },
    evaluation: {},
  })
})

story('two runs at once do not meet', async (world) => {
  const other = smallConfig('other', { iterations: 2, seed: 7 })
  const ends = await Promise.all([world.finish(config), world.finish(other)])
  expect(ends.map(({ kind }) => kind)).toEqual(['finished', 'finished'])
  await undisturbed.expectSame(world)
})
