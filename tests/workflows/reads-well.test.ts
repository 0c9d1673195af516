import { workflowTypes } from '../../contracts/messages.ts'
import { failure } from '../../services/failure.ts'
import type { RunStatus } from '../../contracts/run-status.ts'
import type { LoopWorld } from '../support/loop-world.ts'
import { repositoryFiles } from '../support/repository.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'

const RUN = 'small'
const config = smallConfig(RUN)
const story = sideBySide()

/** What the SDK tells the Temporal UI of a workflow. */
interface Metadata {
  definition: Record<
    'queryDefinitions' | 'signalDefinitions' | 'updateDefinitions',
    { name: string; description?: string }[]
  >
  currentDetails: string
}

const metadataOf = (world: LoopWorld, id: string) =>
  world.client.workflow.getHandle(id).query<Metadata>('__temporal_workflow_metadata')

async function workflowsOf(world: LoopWorld): Promise<{ id: string; type: string; attributes: object }[]> {
  const found = []
  for await (const { workflowId: id, type, searchAttributes: attributes } of world.client.workflow.list())
    found.push({ id, type, attributes })
  return found
}

/** What of the commands of a workflow has no summary, or is a child without details. */
async function untold(world: LoopWorld, id: string): Promise<string[]> {
  return (await world.eventsOf(id)).flatMap((event) => {
    const activity = event.activityTaskScheduledEventAttributes?.activityType?.name
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId
    const what = activity ?? child ?? (event.timerStartedEventAttributes && 'a timer')
    if (what == null) return []
    const isTold = event.userMetadata?.summary != null && (child == null || event.userMetadata.details != null)
    return isTold ? [] : [`${id}: ${what}`]
  })
}

/** Of a stage, and of those below it: the role that it trains or evaluates. */
function rolesOf(id: string): object {
  const stage = id.split('/')[3]!
  if (stage === 'curation') return {}
  return { Agent0Role: [stage === 'evaluation' ? 'executor' : stage] }
}

story(
  'the Temporal UI says what everything is for: activities, timers, children, handlers, and where they stand',
  async (world) => {
    await world.finish(smallConfig(RUN, { rollout: { ...config.rollout, traceShare: 0.3 } }))
    const workflows = await workflowsOf(world)
    const types = new Set(workflows.map(({ type }) => type))
    expect([...types].toSorted()).toEqual(Object.values(workflowTypes).toSorted())
    for (const { id, type, attributes } of workflows) {
      expect(await untold(world, id)).toEqual([])
      expect(attributes).toMatchObject(
        type === 'evolution'
          ? {}
          : { Agent0Run: [RUN], Agent0Stage: [expect.any(String)], Agent0Iteration: [expect.any(Number)] },
      )
      if (type !== 'evolution') expect([id, attributes]).toEqual([id, expect.objectContaining(rolesOf(id))])
      const { definition, currentDetails } = await metadataOf(world, id)
      const handlers = [definition.queryDefinitions, definition.signalDefinitions, definition.updateDefinitions].flat()
      const undescribed = handlers.filter(({ name, description }) => !description && !name.startsWith('__'))
      expect([id, undescribed]).toEqual([id, []])
      expect([id, currentDetails]).toEqual([id, expect.stringMatching(/^(### |\[agent0)/)])
    }
  },
)

test('workflows reach activities, children and timers only through helpers that want a summary', () => {
  const helpers = ['workflows/proxies.ts', 'workflows/start-child-once.ts']
  const others = repositoryFiles(['.ts']).filter(({ path }) => path.startsWith('workflows/') && !helpers.includes(path))
  expect(others.length).toBeGreaterThan(10)
  const direct = /\b(proxyActivities|proxyLocalActivities|startChild|executeChild|sleep|setTimeout)\b/
  expect(others.filter(({ text }) => direct.test(text)).map(({ path }) => path)).toEqual([])
})

/** Lets the first calls that are meant fail: as often as there are errors. */
function failFirst(world: LoopWorld, meant: (call: string) => boolean, errors: Error[]): void {
  world.before = (call) => {
    const error = meant(call) ? errors.shift() : undefined
    if (error !== undefined) throw error
  }
}

const TASK = 'curation/step-0000/task-'

story('a task that failed and was tried again is named in the details of its shard', async (world) => {
  failFirst(world, (call) => call.startsWith('generate ') && call.includes(TASK), [failure('Llm.Unavailable', 'away')])
  await world.finish(config)
  const { currentDetails } = await metadataOf(world, `agent0/${RUN}/iter-001/curation/step-0000/shard-000`)
  expect(currentDetails).toMatch(/^- task \d+, at attempt 2$/m)
})

story('a stage that fails for good says which task, why and where; tried again, it says after what', async (world) => {
  failFirst(world, (call) => call.startsWith('generate ') && call.includes(TASK), [
    failure('Llm.BadRequest', 'refused'),
  ])
  const handle = await world.begin(config)
  const { halted } = (await world.status(RUN, (status) => status.halted !== null)) as RunStatus & { halted: object }
  const shard = `agent0/${RUN}/iter-001/curation/step-0000/shard-000`
  expect(halted).toMatchObject({ stage: 'curation', where: shard })
  expect(halted.reason).toMatch(/^task \d+ × \d+ samples: refused$/)
  await world.update(RUN, 'retryStage', null)
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
  const { currentDetails } = await metadataOf(world, `agent0/${RUN}`)
  expect(currentDetails).toMatch(/\[curation\]\(.*\): task \d+ × \d+ samples: refused – retried/)
  const summaries = (await world.eventsOf(`agent0/${RUN}`)).flatMap((event) =>
    event.startChildWorkflowExecutionInitiatedEventAttributes ? [String(event.userMetadata!.summary!.data)] : [],
  )
  expect(summaries.join('\n')).toMatch(/curation · retried after: task \d+ × \d+ samples: refused/)
})
