import { WorkflowFailedError } from '@temporalio/client'
import { isCancellation } from '@temporalio/workflow'
import type { RunStatus, ShardStatus, StageStatus } from '../../contracts/run-status.ts'
import { eventually } from '../support/supervised.ts'
import { Gate } from '../support/gate.ts'
import { holdTasks } from '../support/hold-tasks.ts'
import type { LoopWorld } from '../support/loop-world.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'
import { undisturbedRun } from '../support/undisturbed-run.ts'

const RUN = 'small'
/** More than a stage's history has, unless many updates are sent. */
const CUT_AFTER = 100
const TASKS_IN_FLIGHT = 2
const config = smallConfig(RUN, { rollout: { ...smallConfig(RUN).rollout, tasksInFlight: TASKS_IN_FLIGHT } })
const undisturbed = undisturbedRun(config)

const CURATION_SHARD = `agent0/${RUN}/iter-001/curation/step-0000/shard-000`
const holdCuration = (world: LoopWorld) => holdTasks(world, 'iter-001/curation/step-0000')

/** Waits until a workflow has been sent so many signals. */
const signalled = (world: LoopWorld, workflowId: string, times: number) =>
  eventually(`${workflowId} is signalled`, async () => {
    const events = await world.eventsOf(workflowId)
    return events.filter((event) => event.workflowExecutionSignaledEventAttributes).length >= times
  })

const story = sideBySide({ suggestCutAfterEvents: CUT_AFTER })

story('a run that nobody disturbs goes on to its end', undisturbed.story)

story('while a run is paused what is under way ends and nothing begins; resumed, it leaves the same', async (world) => {
  const { gate, begun } = holdCuration(world)
  await world.begin(config)
  await gate.reached
  await world.update(RUN, 'pause')
  await signalled(world, CURATION_SHARD, 1)
  gate.open()
  const { total } = await world.statusOf<ShardStatus>(CURATION_SHARD, ({ done }) => done === TASKS_IN_FLIGHT)
  expect(total).toBeGreaterThan(TASKS_IN_FLIGHT)
  expect(begun.size).toBe(TASKS_IN_FLIGHT)
  expect((await world.status(RUN, () => true)).control.paused).toBe(true)
  await world.update(RUN, 'resume')
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

story('a wider run begins more tasks at once, a narrower one waits; neither changes a result', async (world) => {
  const { gate, begun } = holdCuration(world)
  await world.begin(config)
  await gate.reached
  await world.update(RUN, 'setConcurrency', 5)
  await eventually('five tasks are under way', () => begun.size === 5)
  await world.update(RUN, 'setConcurrency', 1)
  await signalled(world, CURATION_SHARD, 2)
  gate.open()
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

story('stopped after a step and begun again, a run leaves the same, and no step is trained twice', async (world) => {
  const gate = new Gate((call) => call === `train ${RUN}-curriculum 1`)
  world.before = gate.pass
  const handle = await world.begin(config)
  await gate.reached
  await world.update(RUN, 'stopAfter', 'step')
  await signalled(world, `agent0/${RUN}/iter-001/curriculum`, 1)
  gate.open()
  expect(await handle.result()).toEqual({ kind: 'stopped', after: 'step 1 of 2 of curriculum' })
  const asked = world.models.requests.length
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  expect(world.models.requests.slice(asked).filter(({ task }) => task.includes('/curriculum/step-0001'))).toEqual([])
  expect(world.trainer.computed.map(({ lineage, step }) => `${lineage} ${step}`)).toEqual(
    ['curriculum', 'executor'].flatMap((role) => [`${RUN}-${role} 1`, `${RUN}-${role} 2`]),
  )
  await undisturbed.expectSame(world)
})

story('stopped after the iteration and begun again, a run leaves the same', async (world) => {
  const gate = new Gate((call) => call.includes('/iter-000/evaluation/'))
  world.before = gate.pass
  const handle = await world.begin(config)
  await gate.reached
  await world.update(RUN, 'stopAfter', 'iteration')
  gate.open()
  expect(await handle.result()).toEqual({ kind: 'stopped', after: 'iteration 0' })
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

story('stopped now, a run publishes nothing more; begun again, it leaves the same', async (world) => {
  const { gate } = holdCuration(world)
  const handle = await world.begin(config)
  await gate.reached
  const before = await world.store.list(RUN)
  await handle.cancel()
  const error = await handle.result().then(
    () => undefined,
    (reason: WorkflowFailedError) => reason,
  )
  expect(error).toBeInstanceOf(WorkflowFailedError)
  expect(isCancellation(error!.cause)).toBe(true)
  expect(await world.store.list(RUN)).toEqual(before)
  gate.open()
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

story('a run whose budget is used up waits and says so; with a new budget it goes on', async (world) => {
  const { gate } = holdCuration(world)
  await world.begin(config)
  await gate.reached
  await world.update(RUN, 'setBudget', 1)
  gate.open()
  const executor = `agent0/${RUN}/iter-001/executor`
  const { waitsFor } = await world.statusOf<StageStatus>(executor, (status) => status.waitsFor !== null)
  expect(waitsFor).toBe('the token budget is used up: "agent0 set budget" raises it')
  await world.update(RUN, 'setBudget', 'none')
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

story('an invalid update is rejected before it enters the history', async (world) => {
  const { gate } = holdCuration(world)
  const handle = await world.begin(config)
  await gate.reached
  const before = await world.eventsOf(handle.workflowId)
  const wrong: [string, unknown, string][] = [
    ['setConcurrency', 0, 'concurrency must be an integer from 1 to 500'],
    ['setConcurrency', 501, 'concurrency must be an integer from 1 to 500'],
    ['setConcurrency', 1.5, 'concurrency must be an integer from 1 to 500'],
    ['setConcurrency', '3', 'concurrency must be an integer from 1 to 500'],
    ['setBudget', 0, 'the budget must be an integer number of tokens from 1, or "none"'],
    ['setBudget', 1.5, 'the budget must be an integer number of tokens from 1, or "none"'],
    ['setBudget', 'much', 'the budget must be an integer number of tokens from 1, or "none"'],
    ['stopAfter', 'lunch', 'a run can be stopped after a "step" or an "iteration"'],
    ['retryStage', null, 'no stage is halted, so there is nothing to decide'],
    ['skipStage', undefined, 'no stage is halted, so there is nothing to decide'],
  ]
  for (const [update, argument, sentence] of wrong) {
    const refused = await world.update(RUN, update, argument).then(
      () => 'nothing',
      (error: Error) => (error.cause as Error).message,
    )
    expect([update, argument, refused]).toEqual([update, argument, sentence])
  }
  expect((await world.eventsOf(handle.workflowId)).length).toBe(before.length)
  gate.open()
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

story('a run that is begun while it runs is the same run', async (world) => {
  const { gate } = holdCuration(world)
  const [first, second] = [await world.begin(config), await world.begin(config)]
  expect(second.firstExecutionRunId).toBe(first.firstExecutionRunId)
  gate.open()
  expect(await second.result()).toEqual(await first.result())
  await undisturbed.expectSame(world)
})

story('a stage whose history grew long is cut between two steps, and remembers the last settings', async (world) => {
  const stage = `agent0/${RUN}/iter-001/curriculum`
  const { gate, begun } = holdTasks(world, 'iter-001/curriculum/step-0002')
  const training = new Gate((call) => call === `train ${RUN}-curriculum 1`)
  const holdLater = world.before
  world.before = async (call, signal) => {
    await training.pass(call, signal)
    await holdLater(call, signal)
  }
  await world.begin(config)
  await training.reached
  const { runId: first } = await world.client.workflow.getHandle(stage).describe()
  while ((await world.eventsOf(stage)).length < CUT_AFTER) await world.update(RUN, 'setConcurrency', 7)
  await world.update(RUN, 'setConcurrency', 1)
  training.open()
  await gate.reached
  expect((await world.client.workflow.getHandle(stage).describe()).runId).not.toBe(first)
  expect((await world.statusOf<StageStatus>(stage, () => true)).steps).toEqual({ done: 1, total: 2 })
  expect(begun.size).toBe(1)
  gate.open()
  expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
  await undisturbed.expectSame(world)
})

// The moment between a stage's start and the run's seeing it is short: of three runs without the law one at least hangs, mostly.
for (const time of ['once', 'twice', 'three times'])
  story(
    `a pause from the iteration before ends with a resume, however early in the next it comes: ${time}`,
    async (world) => {
      const { gate } = holdTasks(world, 'iter-000/evaluation/step-0001')
      await world.begin(config)
      await gate.reached
      await world.update(RUN, 'pause')
      gate.open()
      await eventually('the next iteration is paused', async () => {
        const handle = world.client.workflow.getHandle(`agent0/${RUN}`)
        const status = await handle.query<RunStatus>('status').catch(() => null)
        return status?.iteration === 1 && status.control.paused
      })
      await world.update(RUN, 'resume')
      expect(await world.finish(config)).toMatchObject({ kind: 'finished' })
      await undisturbed.expectSame(world)
    },
  )
