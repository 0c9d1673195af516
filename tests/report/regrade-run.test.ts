import { rolloutsKey } from '../../contracts/artifact-keys.ts'
import { TaskOutcome } from '../../contracts/loop-records.ts'
import type { ArtifactStore } from '../../contracts/ports/index.ts'
import { Rollout } from '../../contracts/rollout.ts'
import { Proposal } from '../../contracts/task.ts'
import { readRun } from '../../report/read-run.ts'
import { regradeRun, type StepAgain } from '../../report/regrade-run.ts'
import { FakeStore } from '../support/fake-store.ts'
import { LoopWorld } from '../support/loop-world.ts'
import { fakeGrader, smallConfig } from '../support/small-world.ts'
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts'

jest.setTimeout(120_000)

const RUN = 'graded'
let server: TemporalServer
let finished: ArtifactStore

beforeAll(async () => {
  server = await startTemporalServer()
  const world = new LoopWorld(server)
  await world.start()
  await world.finish(smallConfig(RUN))
  await world.close()
  finished = world.store
})

afterAll(() => server.close())

/** A copy of the run in which the records under some keys are others, as an earlier version would have left them. */
async function withOther(change: (key: string, records: unknown[]) => unknown[]): Promise<FakeStore> {
  const copy = new FakeStore()
  for (const key of await finished.list(RUN)) {
    const reference = (await finished.find(key))!
    const bytes = await finished.get(reference)
    if (!key.endsWith('.jsonl')) {
      await copy.putIfAbsent(key, bytes, reference.count)
      continue
    }
    const lines = Buffer.from(bytes)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
    await copy.putRecords(
      key,
      change(
        key,
        lines.map((line) => JSON.parse(line)),
      ),
    )
  }
  return copy
}

async function regraded(store: FakeStore): Promise<StepAgain[]> {
  const steps: StepAgain[] = []
  for await (const step of regradeRun(store, (await readRun(store, RUN))!, fakeGrader)) steps.push(step)
  return steps
}

const kindsIn = (step: StepAgain | undefined) => [...new Set(step?.changes.map(({ kind }) => kind))].toSorted()

/** The first stored outcome that was voted on in a step, and the key that it stands under. */
async function outcomeIn(step: string, holds: (outcome: TaskOutcome) => boolean) {
  for (const key of await finished.list(`${RUN}/iter-001`)) {
    if (!key.includes(step) || !key.endsWith('-outcomes.jsonl')) continue
    const outcomes = await finished.getRecords(TaskOutcome, (await finished.find(key))!)
    const found = outcomes.find(holds)
    if (found !== undefined) return { key, outcome: found }
  }
  throw new Error(`no such outcome in ${step}`)
}

test('of a run that this version has graded nothing would change, in any of its steps', async () => {
  const steps = await regraded(await withOther((_, records) => records))
  expect(steps.map(({ step }) => step)).toEqual(expect.arrayContaining([`${RUN}/iter-001/curation/step-0000`]))
  expect(steps.some(({ step }) => step.includes('/executor/'))).toBe(true)
  expect(steps.some(({ step }) => step.includes('/evaluation/'))).toBe(true)
  expect(steps.flatMap(({ changes }) => changes)).toEqual([])
  expect(steps.every(({ isWhole, tasks }) => isWhole && tasks > 0)).toBe(true)
})

test('a pool task whose answers were held for one comes into the data set with its label and p̂', async () => {
  const { outcome } = await outcomeIn(
    '/curation/',
    ({ vote }) => vote!.votes.length > 1 && vote!.pHat <= 0.8 && vote!.pHat >= 0.3,
  )
  const decisions: unknown[] = []
  const store = await withOther((key, records) => {
    if (key.endsWith('-decisions.jsonl'))
      return records.map((each) => {
        const decision = each as { id: string; dropped: string | null }
        if (decision.id === outcome.id) decisions.push(decision)
        return decision.id === outcome.id ? { ...decision, pHat: 1, label: '0', dropped: 'above-band' } : decision
      })
    if (!key.endsWith('-outcomes.jsonl')) return records
    return records.map((each) => {
      const stored = each as TaskOutcome
      if (stored.id !== outcome.id) return stored
      const vote = {
        ...stored.vote!,
        votes: [{ answer: '0', count: stored.vote!.size }],
        abstained: 0,
        pHat: 1,
        label: '0',
      }
      return { ...stored, vote }
    })
  })
  const step = (await regraded(store)).find(({ changes }) => changes.length > 0)
  expect(decisions.length).toBeGreaterThan(0)
  expect(kindsIn(step)).toEqual(['into-data-set', 'label', 'p-hat', 'split'])
  expect(step!.changes.every(({ task }) => task === outcome.id)).toBe(true)
  expect(step!.changes.find(({ kind }) => kind === 'label')).toMatchObject({ before: '0', after: outcome.vote!.label })
})

test('an answer that was not read counts: the vote, and the reward of the proposal', async () => {
  const answered = (sample: TaskOutcome['samples'][number]) => sample.answer !== null
  const { outcome } = await outcomeIn('/curriculum/', ({ samples }) => samples.every(answered))
  const store = await withOther((key, records) => {
    if (key === rolloutsKey(outcome.id))
      return records.map((each) => ({ ...Rollout.parse(each), answer: null, ending: 'no_answer' }))
    if (!key.endsWith('-outcomes.jsonl')) return records
    return records.map((each) => {
      const stored = each as TaskOutcome
      if (stored.id !== outcome.id) return stored
      const samples = stored.samples.map((sample) => ({ ...sample, answer: null, ending: 'no_answer' as const }))
      const vote = { ...stored.vote!, votes: [], abstained: samples.length, pHat: 0, label: null }
      return { ...stored, samples, vote }
    })
  })
  const step = (await regraded(store)).find(({ changes }) => changes.length > 0)
  expect(kindsIn(step)).toEqual(expect.arrayContaining(['answer', 'label', 'p-hat', 'split']))
  const read = step!.changes.filter(({ kind }) => kind === 'answer')
  expect(read.map(({ after }) => after)).toEqual(outcome.samples.map(({ answer }) => answer))
})

test('an agreement with a label that was missed changes the reward of that rollout', async () => {
  const { outcome } = await outcomeIn('/executor/', ({ samples }) => samples.some(({ agrees }) => agrees === true))
  const sample = outcome.samples.findIndex(({ agrees }) => agrees === true)
  const store = await withOther((key, records) =>
    !key.endsWith('-outcomes.jsonl')
      ? records
      : records.map((each) => {
          const stored = each as TaskOutcome
          if (stored.id !== outcome.id) return stored
          const samples = stored.samples.map((was, index) => (index === sample ? { ...was, agrees: false } : was))
          return { ...stored, samples }
        }),
  )
  const changes = (await regraded(store)).flatMap((step) => step.changes)
  expect(changes).toEqual([
    { task: outcome.id, kind: 'agreement', sample, before: false, after: true },
    { task: outcome.id, kind: 'reward', sample, before: 0, after: 1 },
  ])
})

test('a proposal that nobody answered is named, and its reward is not guessed', async () => {
  let changed: string | undefined
  const store = await withOther((key, records) => {
    if (!/\/curriculum\/.*\/proposals-\d+-\d+\.jsonl$/.test(key)) return records
    return records.map((each) => {
      const proposal = Proposal.parse(each)
      if (changed !== undefined || proposal.parsed.kind !== 'malformed') return proposal
      changed = proposal.id
      const text = '<question>Let x=1. Then add 1. What is x?</question>\n\\boxed{2}'
      return { ...proposal, generation: { ...proposal.generation, text } }
    })
  })
  expect(changed).toBeDefined()
  const steps = (await regraded(store)).filter(({ needsSamples }) => needsSamples.length > 0)
  expect(steps.map(({ needsSamples }) => needsSamples)).toEqual([[changed]])
  expect(kindsIn(steps[0])).toEqual(['proposal'])
})
