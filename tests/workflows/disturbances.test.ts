import { failure } from '../../services/failure.ts'
import { giveBackLostWork } from '../../services/temporal/lost-work.ts'
import { Gate } from '../support/gate.ts'
import { holdTasks } from '../support/hold-tasks.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'
import { eventually } from '../support/supervised.ts'
import { undisturbedRun } from '../support/undisturbed-run.ts'

const RUN = 'small'
const TASKS_IN_FLIGHT = 2
const config = smallConfig(RUN, { rollout: { ...smallConfig(RUN).rollout, tasksInFlight: TASKS_IN_FLIGHT } })
const undisturbed = undisturbedRun(config)
const story = sideBySide()

const finished = { kind: 'finished', iterations: 1 }

story('a run that nobody disturbs goes on to its end', undisturbed.story)

story('workers that are restarted in mid-run change nothing', async (world) => {
  const { begun } = holdTasks(world, 'iter-001/curation/step-0000')
  const handle = await world.begin(config)
  await eventually('all tasks that may be are under way', () => begun.size === TASKS_IN_FLIGHT)
  await world.close()
  world.before = () => {}
  await world.start()
  expect(await handle.result()).toEqual({ ...finished, scores: expect.any(Array) })
  await undisturbed.expectSame(world)
})

story('outages of every service are waited out and change nothing', async (world) => {
  const meant = ['generate', 'train', 'publish'].map((call) => ({ call, left: 1 }))
  world.before = (call) => {
    const one = meant.find((each) => each.left > 0 && call.startsWith(each.call) && call.includes('curriculum'))
    if (one === undefined) return
    one.left--
    throw failure(one.call === 'train' ? 'Trainer.Unavailable' : 'Llm.Unavailable', `nobody answers: ${call}`)
  }
  expect(await world.finish(config)).toMatchObject(finished)
  expect(meant.map(({ left }) => left)).toEqual([0, 0, 0])
  await undisturbed.expectSame(world)
})

story('whether a task is rolled out turn by turn changes nothing', async (world) => {
  const traced = smallConfig(RUN, { rollout: { ...config.rollout, traceShare: 1 } })
  expect(await world.finish(traced)).toMatchObject(finished)
  const shard = `agent0/${RUN}/iter-001/evaluation/step-0001/shard-000`
  const turns = (await world.eventsOf(`${shard}/task-000000`)).flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
  )
  expect(turns).toEqual(expect.arrayContaining(['generateTurn', 'executeCode', 'rolloutTask']))
  await undisturbed.expectSame(world, [`${RUN}/config-001.json`])
})

story('a run that was terminated can be begun again at once, though its children may still stand', async (world) => {
  const gate = new Gate((call) => call.includes('/iter-000/evaluation/'))
  world.before = gate.pass
  const handle = await world.begin(config)
  await gate.reached
  await handle.terminate('pulled the plug')
  const again = world.finish(config)
  gate.open()
  expect(await again).toMatchObject(finished)
  await undisturbed.expectSame(world)
})

story('what a dead worker was at is tried again at once, and what it still says changes nothing', async (world) => {
  const gate = new Gate((call) => call.includes('/iter-000/evaluation/'))
  const held: string[] = []
  world.before = (call, signal) => {
    if (call.includes('/iter-000/evaluation/')) held.push(call)
    return gate.pass(call, signal)
  }
  await world.begin(config)
  const first = await gate.reached
  const { connection, options } = world.client
  expect(await giveBackLostWork({ connection, namespace: options.namespace }, () => false)).toBe(0)
  expect(await giveBackLostWork({ connection, namespace: options.namespace }, () => true)).toBeGreaterThan(0)
  await eventually('another attempt asks for the same', () => held.filter((call) => call === first).length > 1)
  gate.open()
  expect(await world.finish(config)).toMatchObject(finished)
  await undisturbed.expectSame(world)
})

story('the training step of a run that was terminated is called off', async (world) => {
  const gate = new Gate((call) => call.startsWith('train'))
  const calledOff = new Promise<unknown>((resolve) => {
    world.before = (call, signal) =>
      gate.pass(call, signal).catch((why: unknown) => {
        resolve(why)
        throw why
      })
  })
  const handle = await world.begin(config)
  await gate.reached
  await handle.terminate('pulled the plug')
  expect(await calledOff).toMatchObject({ message: 'CANCELLED' })
  world.before = () => {}
  expect(await world.finish(config)).toMatchObject(finished)
  await undisturbed.expectSame(world)
})

story('a run whose stage still runs for its former self waits for the end of that', async (world) => {
  const workflowId = `agent0/${RUN}/iter-000/evaluation`
  const former = await world.client.workflow.start('evaluation', { workflowId, taskQueue: 'nobody', args: [] })
  await world.begin(config)
  await eventually('the stage could not be started', async () =>
    (await world.eventsOf(`agent0/${RUN}`)).some((event) => event.startChildWorkflowExecutionFailedEventAttributes),
  )
  await former.terminate()
  expect(await world.finish(config)).toMatchObject(finished)
  await undisturbed.expectSame(world)
})
