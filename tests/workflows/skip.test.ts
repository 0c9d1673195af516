import { nonRetryableTypes } from '../../contracts/errors.ts'
import { IterationRecord } from '../../contracts/run-record.ts'
import { failure } from '../../services/failure.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'

const RUN = 'small'
const ITERATIONS = 5
const story = sideBySide()

interface Refusal {
  iteration: number
  stage: string
  /** `generate`, or `train 2` for the second step that the stage trains. */
  what: string
}

/** What is refused, once each: something of every stage, in each iteration something else. */
const refusals: readonly Refusal[] = [
  { iteration: 0, stage: 'evaluation', what: 'generate' },
  ...['generate', 'train 1', 'publish 1', 'train 2', 'publish 2'].flatMap((what, index) => {
    const iteration = index + 1
    const stages = [
      { iteration, stage: 'curriculum', what },
      { iteration, stage: 'executor', what },
      { iteration, stage: 'evaluation', what: 'generate' },
    ]
    return iteration === ITERATIONS ? [{ iteration, stage: 'curation', what: 'generate' }, ...stages] : stages
  }),
]

/** Names each call of a run as `Refusal` does. The calls of a stage's steps have their numbers in the lineage, not in the stage. */
class CallNames {
  readonly #steps = new Map<string, string[]>()
  #iteration = 0

  nameOf(call: string): Refusal {
    const [what, of] = call.split(' ') as [string, string]
    const place = /\/iter-(\d+)\/([a-z]+)\//.exec(call)
    if (place !== null) this.#iteration = Number(place[1])
    const iteration = this.#iteration
    if (place !== null) return { iteration, stage: place[2]!, what }
    const stage = of.startsWith(`${RUN}-curriculum`) ? 'curriculum' : 'executor'
    const key = `${iteration} ${stage} ${what}`
    const steps = this.#steps.get(key) ?? []
    if (!steps.includes(call)) steps.push(call)
    this.#steps.set(key, steps)
    return { iteration, stage, what: `${what} ${steps.indexOf(call) + 1}` }
  }
}

const keyOf = ({ iteration, stage, what }: Refusal) => `${iteration} ${stage} ${what}`

story(
  'halts of every stage, at whatever it was doing and of every type of refusal, are skipped: the run goes on to its end',
  async (world) => {
    const types = [...nonRetryableTypes]
    const [names, left] = [new CallNames(), new Set(refusals.map(keyOf))]
    world.before = (call) => {
      const key = keyOf(names.nameOf(call))
      if (!left.delete(key)) return
      throw failure(types[left.size % types.length]!, `refused: ${call}`)
    }
    const handle = await world.begin(smallConfig(RUN, { iterations: ITERATIONS }))
    let over = false
    const result = handle.result().finally(() => (over = true))
    for (let halts = 0; ; halts++) {
      // One of another kind may come on top, where a stage lacks what a skipped one would have made.
      const halted = await world
        .status(RUN, (status) => over || status.halted !== null)
        .catch((error: unknown) => (over ? null : Promise.reject(error as Error)))
      if (over || halted === null) break
      expect(halts).toBeLessThan(2 * refusals.length)
      await world.update(RUN, 'skipStage').catch(() => {})
    }
    expect(await result).toMatchObject({ kind: 'finished', iterations: ITERATIONS })
    expect([...left]).toEqual([])
    // Every step that was trained stands, and no number was given twice.
    const numbers = world.trainer.computed.map(({ lineage, step }) => `${lineage} ${step}`)
    expect(new Set(numbers).size).toBe(numbers.length)
    for (let iteration = 0; iteration <= ITERATIONS; iteration++) {
      const record = world.store.references.get(`${RUN}/iter-00${iteration}/record.json`)!
      const { decisions } = await world.store.getJson(IterationRecord, record)
      const stages = refusals.filter((each) => each.iteration === iteration).map(({ stage }) => stage)
      expect(decisions!.map(({ stage }) => stage)).toEqual(expect.arrayContaining(stages))
    }
  },
)

story('a stage whose records cannot be read can be skipped: its role stays as it was before', async (world) => {
  world.before = (call) => {
    if (call.startsWith(`publish ${RUN}-executor-v1-`)) throw failure('Llm.BadRequest', 'the server refuses it')
  }
  const handle = await world.begin(smallConfig(RUN))
  await world.status(RUN, ({ halted }) => halted !== null)
  const { uri } = world.store.references.get(`${RUN}/iter-001/executor/step-0001/training.json`)!
  world.store.blobs.set(uri, Buffer.from('{}'))
  await world.update(RUN, 'skipStage')
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
  const record = world.store.references.get(`${RUN}/iter-001/record.json`)!
  expect((await world.store.getJson(IterationRecord, record)).next.policies['executor']!.version).toBe(0)
})

story('a retry with a config that cannot be used halts again and does not fail the run', async (world) => {
  const config = smallConfig(RUN)
  let refused = false
  world.before = (call) => {
    if (refused || call !== `train ${RUN}-curriculum 1`) return
    refused = true
    throw failure('Trainer.BadRequest', 'no')
  }
  const handle = await world.begin(config)
  await world.status(RUN, ({ halted }) => halted !== null)
  await world.update(RUN, 'retryStage', { ...config, iterations: -1 })
  const { halted } = await world.status(RUN, (status) => status.halted !== null && status.resolvedHalts.length === 1)
  expect(halted!.reason).toMatch(/iterations/)
  await world.update(RUN, 'retryStage', null)
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
})
