import { CancelledFailure } from '@temporalio/common'
import { proposeTasks, type ProposeTasksInput } from '../../activities/propose-tasks.ts'
import { RolloutTask } from '../../contracts/loop-records.ts'
import { Proposal } from '../../contracts/task.ts'
import { failure } from '../../services/failure.ts'
import { ActivityRig, aStep, asActivity, timeless } from '../support/activity-rig.ts'
import { Gate } from '../support/gate.ts'
import { aPolicy } from '../support/policies.ts'
import { encode } from '../support/rollouts.ts'
import { smallConfig } from '../support/small-world.ts'

const BLOCK = 4

const run = async (rig: ActivityRig, changes: Partial<ProposeTasksInput> = {}) =>
  asActivity(proposeTasks(rig.services), {
    context: await rig.contextOf(),
    step: aStep,
    policy: aPolicy(0, null),
    range: { from: 0, to: 10 },
    blockSize: BLOCK,
    sampling: smallConfig('small').curation.sampling,
    ...changes,
  })

const propose = async (rig: ActivityRig, changes?: Partial<ProposeTasksInput>) =>
  timeless(await (await run(rig, changes)).result)
const proposalsOf = async (rig: ActivityRig, changes?: Partial<ProposeTasksInput>) =>
  rig.store.getRecords(Proposal, (await propose(rig, changes)).proposals)

test('a range is written block by block, each proposal under its index, and the well-formed ones are tasks', async () => {
  const rig = new ActivityRig()
  const { proposals, tasks, sampledTokens } = await propose(rig)
  const written = await rig.store.getRecords(Proposal, proposals)
  expect(written.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, index) => `${aStep}/task-${String(index).padStart(6, '0')}`),
  )
  expect(rig.models.requests.map(({ samples }) => samples)).toEqual([BLOCK, BLOCK, 2])
  const wellFormed = written.filter(({ parsed }) => parsed.kind === 'well_formed')
  const asked = await rig.store.getRecords(RolloutTask, tasks)
  expect(asked.map(({ id }) => id)).toEqual(wellFormed.map(({ id }) => id))
  // Nothing of a proposer's own answer goes on, nor is there any label.
  expect(asked.every(({ label, pHat, truth }) => label === null && pHat === null && truth === null)).toBe(true)
  expect(sampledTokens).toBe(written.reduce((sum, { generation }) => sum + generation.tokenIds.length, 0))
})

test('a range is written once: asked again, nothing is sampled', async () => {
  const rig = new ActivityRig()
  const first = await propose(rig)
  rig.before = (call) => {
    throw new Error(`asked again: ${call}`)
  }
  expect(await propose(rig)).toEqual(first)
})

test('wherever the server fails, what was sampled is kept, and the next attempt asks only for the rest', async () => {
  const whole = await propose(new ActivityRig())
  for (const broken of [0, 1, 2]) {
    const rig = new ActivityRig()
    let call = 0
    rig.before = () => {
      if (call++ === broken) throw failure('Llm.Unavailable', 'nobody answers')
    }
    await expect(propose(rig)).rejects.toMatchObject({ type: 'Llm.Unavailable' })
    expect(call).toBe(3)
    expect(await propose(rig)).toEqual(whole)
    expect(call).toBe(4)
  }
})

test('another range takes what former ones left, however they were cut, and samples the rest with the same seeds', async () => {
  const whole = await proposalsOf(new ActivityRig(), { range: { from: 0, to: 20 } })
  const rig = new ActivityRig()
  await propose(rig, { range: { from: 0, to: 10 } })
  await propose(rig, { range: { from: 10, to: 11 } })
  const asked = rig.models.requests.length
  expect(await proposalsOf(rig, { range: { from: 0, to: 20 } })).toEqual(whole)
  const samples = rig.models.requests.slice(asked).map((request) => request.samples)
  expect(samples.toSorted((a, b) => a - b)).toEqual([1, BLOCK, BLOCK])
  rig.before = (call) => {
    throw new Error(`asked again: ${call}`)
  }
  expect(await proposalsOf(rig, { range: { from: 0, to: 11 } })).toEqual(whole.slice(0, 11))
  expect(await proposalsOf(rig, { range: { from: 9, to: 18 } })).toEqual(whole.slice(9, 18))
})

test('attempts that overlap end with the proposals of one', async () => {
  let written = 0
  const rig = new ActivityRig(() => `<question>${written++}</question>\\boxed{1}`)
  const [left, right] = await Promise.all([propose(rig), propose(rig)])
  expect(left).toEqual(right)
})

test('proposals of another policy under the key are refused', async () => {
  const rig = new ActivityRig()
  await propose(rig)
  await expect(propose(rig, { policy: aPolicy(1, '/other') })).rejects.toMatchObject({
    type: 'Agent0.Invariant',
    nonRetryable: true,
  })
})

describe('where prompts are drawn', () => {
  const config = smallConfig('small', { prompts: { curriculum: 'worked-examples' } })
  /** The fake server takes short prompts: their ends, which hold the last example and the topic. */
  const inShort = (rig: ActivityRig): ActivityRig =>
    Object.defineProperty(rig, 'services', {
      value: {
        ...rig.services,
        tokenizer: { ...rig.services.tokenizer, encodeTemplate: (text: string) => encode(text.slice(-400)) },
      },
    })
  const aRig = () => inShort(new ActivityRig(() => String.raw`<question>What is 1?</question>\boxed{1}`))
  const drawing = async (rig: ActivityRig, changes: Partial<ProposeTasksInput> = {}) => {
    const asked = { context: await rig.contextOf(config), range: { from: 0, to: 20 }, blockSize: 10 }
    return proposalsOf(rig, { ...asked, proposalsPerPrompt: 5, ...changes })
  }
  const promptsOf = (proposals: readonly Proposal[]) => proposals.map(({ promptTokenIds }) => String(promptTokenIds))

  test('each group of proposals has its own prompt and is one request, whatever the block', async () => {
    const rig = aRig()
    const prompts = promptsOf(await drawing(rig))
    expect(rig.models.requests.map(({ samples }) => samples)).toEqual([5, 5, 5, 5])
    expect(new Set(prompts).size).toBe(4)
    for (const [index, prompt] of prompts.entries()) expect(prompt).toBe(prompts[index - (index % 5)])
  })

  test('a part that does not say how many share a prompt gives one to each block: the members of a group differ by chance alone', async () => {
    const rig = aRig()
    const asked = { context: await rig.contextOf(config), range: { from: 0, to: 20 }, blockSize: 10 }
    const prompts = promptsOf(await proposalsOf(rig, asked))
    expect(rig.models.requests.map(({ samples }) => samples)).toEqual([10, 10])
    expect(new Set(prompts).size).toBe(2)
  })

  test('another attempt, and a range that was cut elsewhere, draw the same prompts', async () => {
    const whole = await drawing(aRig())
    const rig = aRig()
    await drawing(rig, { range: { from: 0, to: 7 } })
    expect(await drawing(rig)).toEqual(whole)
    rig.before = (call) => {
      throw new Error(`asked again: ${call}`)
    }
    expect(await drawing(rig, { range: { from: 3, to: 18 } })).toEqual(whole.slice(3, 18))
  })
})

test('a cancelled attempt stores nothing', async () => {
  const rig = new ActivityRig()
  const gate = new Gate(() => true)
  rig.before = gate.pass
  const { result, environment } = await run(rig)
  await gate.reached
  environment.cancel('CANCELLED')
  await expect(result).rejects.toBeInstanceOf(CancelledFailure)
  expect((await rig.store.list(aStep)).filter((key) => !key.includes('config'))).toEqual([])
})
