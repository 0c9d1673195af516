import { mkdirSync, existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StepReference } from '../../contracts/training-record.ts'
import { failure } from '../../services/failure.ts'
import { pruneCheckpoints } from '../../services/artifact-store/prune-checkpoints.ts'
import { LineageFiles } from '../../services/trainer/lineage-files.ts'
import type { LoopWorld } from '../support/loop-world.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { undisturbedRun } from '../support/undisturbed-run.ts'

const RUN = 'small'
const small = smallConfig(RUN)
const kl = { coefficient: 0.01, reference: 'stage-start' }
/** Two iterations, so that the frozen executor and each stage's start are long behind the heads; KL refers to a stage's start. */
const config = smallConfig(RUN, {
  iterations: 2,
  curriculum: { ...small.curriculum, training: { ...small.curriculum.training, kl } },
  executor: { ...small.executor, training: { ...small.executor.training, kl } },
})
const undisturbed = undisturbedRun(config)
const story = sideBySide()

/** What a call needed of the store, by what for, where it was no head any more. */
type Needed = Record<'parent' | 'reference' | 'policy', Set<string>>

/**
 * Lets a world's trainer keep its checkpoints in a folder as the real one does, collects garbage before each step
 * and before the first request of each stage, by pins alone, and has whoever needs what is gone fail.
 */
function collectAllTheTime(world: LoopWorld, { pins }: { pins: boolean }) {
  const root = temporaryFolder()
  const files = new LineageFiles(root, async () => '')
  const { trainer, models, store } = world
  const step = trainer.step.bind(trainer)
  const hold = trainer.hold.bind(trainer)
  const generate = models.generate.bind(models)
  const heads = new Map<string, string>()
  const needed: Needed = { parent: new Set(), reference: new Set(), policy: new Set() }
  let collected = 0
  const need = (what: keyof Needed, digest: string | null) => {
    if (digest === null || digest === 'base') return
    if (![...heads.values()].includes(digest)) needed[what].add(digest)
    if (!existsSync(join(root, 'checkpoints', digest)))
      throw failure('Agent0.Missing', `the ${what} ${digest} was collected`)
  }
  trainer.step = async (request, ...rest) => {
    const { path: uri, sha256 } = request.config
    const { coefficient, reference } = (await store.getJson(StepReference, { uri, sha256, count: 1 })).kl
    need('parent', request.parent)
    need('reference', coefficient > 0 ? reference : null)
    const record = await step(request, ...rest)
    const steps = join(root, 'lineages', request.lineage, 'steps')
    mkdirSync(steps, { recursive: true })
    mkdirSync(join(root, 'checkpoints', record.checkpointDigest), { recursive: true })
    writeFileSync(join(steps, `${String(request.step).padStart(6, '0')}.json`), JSON.stringify(record))
    heads.set(request.lineage, record.checkpointDigest)
    return record
  }
  trainer.hold = async (holder, checkpoints) => {
    await hold(holder, checkpoints)
    if (pins) await files.hold(holder, checkpoints)
  }
  models.generate = (request) => {
    const { checkpointDir } = request.policy
    need('policy', checkpointDir && basename(checkpointDir))
    return generate(request)
  }
  const seen = new Set<string>()
  world.before = async (call) => {
    const moment = call.startsWith('generate') ? /iter-\d+\/\w+/.exec(call)![0] : call
    if (call.startsWith('publish') || call.startsWith('execute') || seen.has(moment)) return
    seen.add(moment)
    const gone = await pruneCheckpoints(root, { keepLast: 1, milestoneEvery: 0 }, [], 'delete')
    collected += gone.length
  }
  return {
    needed,
    collected: () => collected,
    held: () => [...trainer.held].filter(([, digests]) => digests.length > 0),
  }
}

story('a run that nobody disturbs goes on to its end', undisturbed.story)

story('garbage is collected all the time, and the run leaves the same: all that it needs is held', async (world) => {
  const { needed, collected, held } = collectAllTheTime(world, { pins: true })
  expect(await world.finish(config)).toMatchObject({ kind: 'finished', iterations: 2 })
  await undisturbed.expectSame(world)
  expect(collected()).toBeGreaterThan(0)
  // It was put to the test: KL referred to what was no head any more, and the frozen executor was sampled from.
  expect(needed.reference.size).toBeGreaterThan(0)
  expect(needed.policy.size).toBeGreaterThan(0)
  // Nothing is held once it is over.
  expect(held()).toEqual([])
})

story('what a skipped publication leaves is held too: the last published policy is no head', async (world) => {
  const { needed, collected } = collectAllTheTime(world, { pins: true })
  const { before } = world
  world.before = async (call, signal) => {
    await before(call, signal)
    if (call.startsWith(`publish ${RUN}-executor-v2-`)) throw failure('Llm.BadRequest', 'it is refused')
  }
  const handle = await world.begin(config)
  const { halted } = await world.status(RUN, (status) => status.halted !== null)
  expect(halted!.stage).toBe('executor')
  await world.update(RUN, 'skipStage')
  expect(await handle.result()).toMatchObject({ kind: 'finished', iterations: 2 })
  expect(collected()).toBeGreaterThan(0)
  expect(needed.parent.size).toBeGreaterThan(0)
})

story('without pins the same garbage collection ends the run: what is checked here can fail', async (world) => {
  collectAllTheTime(world, { pins: false })
  await world.begin(config)
  const { halted } = await world.status(RUN, (status) => status.halted !== null)
  expect(halted!.reason).toContain('was collected')
})
