import { activityInfo } from '@temporalio/activity'
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker'
import { join } from 'node:path'
import { openHistories } from '../../../services/temporal/open.ts'
import { failure } from '../../../services/failure.ts'
import { pastWorkflow } from '../../../services/temporal/past-workflow.ts'
import { iterationId, runId, stageId } from '../../../contracts/ids.ts'
import { installSilentRuntime } from '../../support/silent-runtime.ts'
import { ROOT } from '../../support/repository.ts'
import { startTemporalServer } from '../../support/temporal-server.ts'

installSilentRuntime()
jest.setTimeout(60_000)

let endSilence = () => {}

const activities = {
  steady: async () => {},
  flaky: async () => {
    if (activityInfo().attempt < 3) throw failure('Llm.Unavailable', 'not yet')
  },
  silent: () =>
    activityInfo().attempt === 1 ? new Promise<void>((resolve) => (endSilence = resolve)) : Promise.resolve(),
}

test('the past of a workflow is all its histories, with its children, what was tried again and why', async () => {
  const server = await startTemporalServer()
  const workflowsPath = join(ROOT, 'tests', 'support', 'past-workflows.ts')
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  const { connection } = server
  const worker = await Worker.create({ connection, taskQueue: 'past', workflowBundle, activities })
  const running = worker.run()
  const client = server.clientOf('default')
  const stage = stageId(iterationId(runId('past'), 1), 'curation')
  const workflowId = `agent0/${stage}`
  try {
    await client.workflow.execute('inTwoHistories', { workflowId, taskQueue: 'past', args: [false] })
    const past = await pastWorkflow(client, workflowId)
    expect(past.activities.map(({ type, attempts, lastFailure }) => [type, attempts, lastFailure])).toEqual([
      ['steady', 1, null],
      ['steady', 1, null],
      ['flaky', 3, 'Llm.Unavailable'],
    ])
    const [child] = past.children
    expect(child!.activities).toMatchObject([{ type: 'silent', attempts: 2, lastFailure: 'no heartbeat' }])
    const [{ scheduled, started, ended }] = child!.activities as [(typeof past.activities)[number]]
    // The last attempt alone is at work: the silent one lasted a second.
    expect(started - scheduled).toBeGreaterThan(900)
    expect(ended - started).toBeLessThan(900)
    expect(past.began).toBeLessThan(child!.began)
    expect(child!.ended).toBeLessThanOrEqual(past.ended)

    const problems: string[] = []
    const histories = openHistories(connection, 'default', (problem) => problems.push(problem))
    expect(await histories.ofStage(stage)).toEqual(past)
    expect(await histories.ofStage(stageId(iterationId(runId('past'), 2), 'curation'))).toBeNull()
    expect(problems).toEqual([])
    await client.connection.close()
    const gone = openHistories(client.connection, 'default', (problem) => problems.push(problem))
    expect(await gone.ofStage(stage)).toBeNull()
    expect(problems).toEqual([expect.stringContaining(`the histories of ${stage} cannot be read`)])
  } finally {
    endSilence()
    worker.shutdown()
    await running
    await server.close()
  }
})
