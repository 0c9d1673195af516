import { CancelledFailure } from '@temporalio/common'
import { executeCode, generateTurn, type TracedTurnInput } from '../../activities/traced-rollout.ts'
import { rolloutTask, type RolloutTaskInput } from '../../activities/rollout-task.ts'
import { Rollout } from '../../contracts/rollout.ts'
import { failure } from '../../services/failure.ts'
import { ActivityRig, asActivity, timeless } from '../support/activity-rig.ts'
import { Gate } from '../support/gate.ts'
import { aPolicy } from '../support/policies.ts'
import { END } from '../support/stub-model.ts'
import { adders, smallConfig } from '../support/small-world.ts'

const SAMPLES = 4

async function inputOf(rig: ActivityRig, changes: Partial<RolloutTaskInput> = {}): Promise<RolloutTaskInput> {
  const settings = { ...smallConfig('small').curation.answers, samplesPerTask: SAMPLES }
  const tasks = await rig.sums(42)
  return { context: await rig.contextOf(), tasks, index: 0, policy: aPolicy(0, null), settings, ...changes }
}

const attempt = async (rig: ActivityRig, changes?: Partial<RolloutTaskInput>) =>
  asActivity(rolloutTask(rig.services), await inputOf(rig, changes))

async function rollOut(rig: ActivityRig, changes?: Partial<RolloutTaskInput>) {
  return timeless(await (await attempt(rig, changes)).result)
}

/** The calls of an undisturbed attempt, and what it leaves. */
async function undisturbed() {
  const rig = new ActivityRig()
  const calls: string[] = []
  rig.before = (call) => void calls.push(call)
  return { calls, result: await rollOut(rig) }
}

test('a task is rolled out once: asked again, nothing is sampled or run', async () => {
  const rig = new ActivityRig()
  const first = await rollOut(rig)
  expect(first).toMatchObject({ of: SAMPLES, answered: SAMPLES })
  expect(first.toolCalls).toBe(SAMPLES)
  rig.before = (call) => {
    throw new Error(`asked again: ${call}`)
  }
  expect(await rollOut(rig)).toEqual(first)
})

test('wherever a service fails, the attempt fails with its outage and leaves no record; the next asks only for the rest', async () => {
  const whole = await undisturbed()
  // First turns are one request; then a program and a turn for each sample.
  expect(whole.calls).toHaveLength(1 + 2 * SAMPLES)
  for (let broken = 0; broken < whole.calls.length; broken++) {
    const rig = new ActivityRig()
    let call = 0
    rig.before = () => {
      if (call++ === broken) throw failure('Llm.Unavailable', 'nobody answers')
    }
    await expect(rollOut(rig)).rejects.toMatchObject({ type: 'Llm.Unavailable', nonRetryable: false })
    expect(await rig.store.list('small')).not.toContainEqual(expect.stringContaining('rollouts'))
    const done = call - 1
    expect(await rollOut(rig)).toEqual(whole.result)
    expect(call).toBe(done + 1 + (whole.calls.length - done))
  }
})

test('attempts that overlap end in one record, a chain of turns per sample, whoever wrote which', async () => {
  // No two texts are alike: a record with turns of both would contradict itself.
  let written = 0
  const rig = new ActivityRig((_weights, prompt) =>
    prompt.includes('```output') ? `\\boxed{${written++}}${END}` : `\`\`\`python\nprint(${written++})\n\`\`\`\n`,
  )
  let waiting = 0
  let release!: () => void
  const bothAreThere = new Promise<void>((resolve) => (release = resolve))
  rig.before = () => {
    if (++waiting === 2) release()
    return bothAreThere
  }
  const [left, right] = await Promise.all([rollOut(rig), rollOut(rig)])
  expect(left).toEqual(right)
  expect(written).toBeGreaterThan(2 * SAMPLES)
  for (const { turns } of await rig.store.getRecords(Rollout, left.rollouts)) {
    expect(turns[0]!.toolCall!.output).toContain(/print\((\d+)\)/.exec(turns[0]!.text)![1])
    expect(turns).toHaveLength(2)
  }
})

test('a cancelled attempt publishes nothing and journals nothing more', async () => {
  const rig = new ActivityRig()
  const gate = new Gate((call) => call.startsWith('generate'))
  rig.before = gate.pass
  const { result, environment } = await attempt(rig)
  await gate.reached
  environment.cancel('CANCELLED')
  await expect(result).rejects.toBeInstanceOf(CancelledFailure)
  expect(await rig.store.list('small')).not.toContainEqual(expect.stringContaining('rollouts'))
  const slots = [...rig.store.journals.values()].flatMap((journal) => [...journal.keys()])
  expect(slots).toEqual(['origin'])
})

test('heartbeats carry the task and the number of events', async () => {
  const { result, told } = await attempt(new ActivityRig())
  await result
  // The journal's first slot is no event, but it counts.
  const about = { task: 'small/iter-001/executor/step-0001/task-000000' }
  const events = Array.from({ length: 3 * SAMPLES }, (_, index) => ({ ...about, events: index + 2 }))
  expect(told).toEqual([about, ...events])
})

describe('samples under a key that were begun otherwise are refused, not mixed', () => {
  const other = { policy: aPolicy(1, '/other') }
  const refusal = { type: 'Agent0.Invariant', nonRetryable: true }

  test('by another policy', async () => {
    const rig = new ActivityRig()
    await rollOut(rig)
    await expect(rollOut(rig, other)).rejects.toMatchObject({ ...refusal, message: expect.stringContaining('policy') })
  })

  test('by another policy, half done', async () => {
    const rig = new ActivityRig()
    rig.before = (call) => {
      if (call.startsWith('execute')) throw failure('Sandbox.SlotLost', 'gone')
    }
    await expect(rollOut(rig)).rejects.toMatchObject({ type: 'Sandbox.SlotLost' })
    rig.before = () => {}
    await expect(rollOut(rig, other)).rejects.toMatchObject(refusal)
  })

  test('by another prompt', async () => {
    const rig = new ActivityRig()
    await rollOut(rig)
    const tasks = await rig.sums(43)
    await expect(rollOut(rig, { tasks })).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('prompt'),
    })
  })
})

describe('turn by turn', () => {
  /** Drives every sample as the workflow does. Gives the activities' names in order. */
  async function turnByTurn(rig: ActivityRig, input: RolloutTaskInput): Promise<string[]> {
    const activities = { generate: generateTurn(rig.services), execute: executeCode(rig.services) }
    const names: string[] = []
    for (let sample = 0; sample < input.settings.samplesPerTask; sample++) {
      let next: 'generate' | 'execute' | 'finish' = 'generate'
      while (next !== 'finish') {
        names.push(next)
        const traced: TracedTurnInput = { ...input, sample }
        next = (await asActivity(activities[next], traced).result).next
      }
    }
    return names
  }

  test('the same rollouts come out as in one go, and the record asks for nothing', async () => {
    const rig = new ActivityRig()
    const input = await inputOf(rig)
    const one = ['generate', 'execute', 'generate']
    expect(await turnByTurn(rig, input)).toEqual([0, 1, 2, 3].flatMap(() => one))
    rig.before = (call) => {
      throw new Error(`asked again: ${call}`)
    }
    expect(await rollOut(rig)).toEqual((await undisturbed()).result)
  })

  test('an activity whose event is there already does nothing', async () => {
    const rig = new ActivityRig()
    const input = { ...(await inputOf(rig)), sample: 0 }
    const generate = async () => timeless(await asActivity(generateTurn(rig.services), input).result)
    const first = await generate()
    expect(first).toMatchObject({ next: 'execute', turn: 0, shows: expect.stringContaining('print(') })
    rig.before = (call) => {
      throw new Error(`asked again: ${call}`)
    }
    expect(await generate()).toEqual(first)
  })

  test('a task that has its record is over, also when its journal was collected', async () => {
    const rig = new ActivityRig()
    const input = await inputOf(rig)
    await rollOut(rig)
    rig.store.journals.clear()
    rig.before = (call) => {
      throw new Error(`asked again: ${call}`)
    }
    expect(await turnByTurn(rig, input)).toEqual([0, 1, 2, 3].map(() => 'generate'))
    expect(rig.store.journals.size).toBe(0)
  })
})

test.each([null, 7, 'text', [], {}, { kind: 'generated', turn: 0 }, { kind: 'of another version', turn: 0 }])(
  'a journal that holds %j where an event belongs is a refusal that names the slot',
  async (value) => {
    for (const slot of ['origin', 'sample-0001/turn-00/generated']) {
      const rig = new ActivityRig()
      rig.before = () => {
        throw failure('Llm.Unavailable', 'nobody answers')
      }
      await expect(rollOut(rig)).rejects.toMatchObject({ type: 'Llm.Unavailable' })
      const [journal] = rig.store.journals.values()
      journal!.set(slot, value)
      const refusal = { type: 'Agent0.Invariant', nonRetryable: true, message: expect.stringContaining(slot) as string }
      await expect(rollOut(rig)).rejects.toMatchObject(refusal)
    }
  },
)

test('without the tool a rollout is one generation, and nothing stops it but its end', async () => {
  const rig = new ActivityRig(adders)
  const settings = { ...smallConfig('small').curation.answers, samplesPerTask: 2, tool: 'none' as const }
  const result = await rollOut(rig, { settings })
  expect(rig.models.requests.map(({ stop, samples }) => [stop, samples])).toEqual([[[], 2]])
  expect(result).toMatchObject({ of: 2, toolCalls: 0 })
})
