import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { IterationRecord } from '../../contracts/run-record.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import { failure } from '../../services/failure.ts'
import type { LoopWorld } from '../support/loop-world.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'
import { undisturbedRun } from '../support/undisturbed-run.ts'

const RUN = 'small'
const config = smallConfig(RUN)
const undisturbed = undisturbedRun(config)
const story = sideBySide()

const recordOf = async (world: LoopWorld, run = RUN) => {
  const reference = world.store.references.get(`${run}/iter-001/record.json`) as ArtifactReference
  return world.store.getJson(IterationRecord, reference)
}

/** Lets the first call that is meant fail; those behind it go through. */
function failOnce(world: LoopWorld, meant: string, error: Error): void {
  let failed = false
  world.before = (call) => {
    if (failed || call !== meant) return
    failed = true
    throw error
  }
}

const haltOf = async (world: LoopWorld, run = RUN) => (await world.status(run, ({ halted }) => halted !== null)).halted!

/** The same config with another size of the trainer's micro-batches: what a person changes when memory did not suffice. */
function withSmallerBatches({ executor, ...rest }: RunConfig): RunConfig {
  const training = { ...executor.training, compute: { ...executor.training.compute, microBatchTokens: 512 } }
  return { ...rest, executor: { ...executor, training } }
}

story('a run that nobody disturbs goes on to its end', undisturbed.story)

story('a refusal halts the stage with its reason; tried again, the run leaves the same', async (world) => {
  failOnce(world, `train ${RUN}-curriculum 2`, failure('Trainer.Diverged', 'the loss is not a number'))
  const handle = await world.begin(config)
  expect(await haltOf(world)).toEqual({
    stage: 'curriculum',
    reason: 'the loss is not a number',
    advice:
      'lower the learning rate in the config, and look at "agent0 report"; then "agent0 retry curriculum", or "agent0 skip curriculum" to leave it out',
    where: `agent0/${RUN}/iter-001/curriculum`,
  })
  await world.update(RUN, 'retryStage', null)
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

story(
  'tried again with another config, a stage keeps its finished steps and heeds the config in the next',
  async (world) => {
    failOnce(world, `train ${RUN}-executor 2`, failure('Trainer.OutOfMemory', 'too large'))
    const handle = await world.begin(config)
    expect((await haltOf(world)).stage).toBe('executor')
    await world.update(RUN, 'retryStage', withSmallerBatches(config))
    expect(await handle.result()).toMatchObject({ kind: 'finished' })
    const steps = world.trainer.computed.filter(({ lineage }) => lineage === `${RUN}-executor`)
    const sizes = steps.map(async ({ config: { path, sha256 } }) => {
      const text = Buffer.from(await world.store.get({ uri: path, sha256, count: 1 })).toString()
      return (JSON.parse(text) as { microBatchTokens: number }).microBatchTokens
    })
    expect(await Promise.all(sizes)).toEqual([config.executor.training.compute.microBatchTokens, 512])
    // What had been sampled when it halted is what the step is trained on.
    const batches = (await world.store.list(`${RUN}/iter-001/executor/step-0002`)).filter((key) =>
      key.includes('/batch-'),
    )
    expect(batches.map((key) => world.store.references.get(key)!.sha256)).toEqual(
      [0, 0].map(() => steps[1]!.batch.sha256),
    )
  },
)

story('a stage that is left out changes nothing; what it had trained stands', async (world) => {
  failOnce(world, `train ${RUN}-curriculum 2`, failure('Trainer.OutOfMemory', 'too large'))
  const handle = await world.begin(config)
  await haltOf(world)
  await world.update(RUN, 'skipStage')
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
  const { stages, next } = await recordOf(world)
  expect(stages.map(({ stage }) => stage)).toEqual(['curation', 'executor', 'evaluation'])
  expect(next.policies['curriculum']!.version).toBe(1)
  expect(next.policies['curriculum']!.checkpoint).toBe((await world.trainer.head(`${RUN}-curriculum`)).checkpointDigest)
})

story('without tasks there is nothing to train on: the next stage halts too, and says why', async (world) => {
  failOnce(world, `generate ${RUN}/iter-001/curation/step-0000/proposals-0`, failure('Llm.BadRequest', 'no such model'))
  const handle = await world.begin(config)
  expect(await haltOf(world)).toMatchObject({
    stage: 'curation',
    reason: expect.stringContaining('no such model'),
    where: `agent0/${RUN}/iter-001/curation/step-0000/shard-000`,
  })
  await world.update(RUN, 'skipStage')
  const { halted } = await world.status(RUN, (status) => status.halted?.stage === 'executor')
  expect(halted!.reason).toContain('has no tasks to train on: curation kept none')
  await world.update(RUN, 'skipStage')
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
})

/** A band in which nothing lies: where all 6 answers differ. */
const emptyBand = smallConfig(RUN, {
  curation: { ...config.curation, band: { low: 0.16, high: 0.17 } },
})

story(
  'too low a yield gives the counted reasons; a wider band finds the tasks in the same proposals',
  async (world) => {
    const handle = await world.begin(emptyBand)
    const { stage, reason, advice } = await haltOf(world)
    expect(stage).toBe('curation')
    expect(reason).toMatch(/^8 proposals yielded 0 tasks and 2 are needed; dropped: \d+ .+; at this yield no budget/)
    expect(advice).toContain('"agent0 retry --config"')
    // The second pool, which the budget would allow, was not begun.
    const proposals = world.models.requests.filter(({ task }) => /\/curation\/.*\/proposals-/.test(task))
    expect(new Set(proposals.map(({ task }) => task)).size).toBe(1)
    const asked = world.models.requests.length
    await world.update(RUN, 'retryStage', config)
    expect(await handle.result()).toMatchObject({ kind: 'finished' })
    const again = world.models.requests.slice(asked).filter(({ task }) => task.includes('/curation/'))
    expect(again).toEqual([])
    const { stages } = await recordOf(world)
    const curation = stages.find(({ kind }) => kind === 'curation')!
    expect(curation).toMatchObject({ tally: { proposals: { asked: 8 } } })
    expect((curation as { tasks: ArtifactReference }).tasks.count).toBeGreaterThanOrEqual(2)
  },
)

story('a pool with too few tasks grows, and every proposal of it is answered and counted', async (world) => {
  const grown = smallConfig(RUN, { curation: { ...config.curation, tasksMin: 7 } })
  expect(await world.finish(grown)).toMatchObject({ kind: 'finished' })
  const { stages } = await recordOf(world)
  const curation = stages.find((stage) => stage.kind === 'curation')!
  const { proposals, rollouts, kept, dropped } = curation.tally
  expect(proposals.asked).toBeGreaterThan(config.curation.poolSize)
  expect(rollouts.tasks).toBe(proposals.wellFormed)
  expect(kept + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(proposals.asked)
  expect(dropped['no-label']).toBeUndefined()
  expect(kept).toBeGreaterThanOrEqual(7)
})
