import { Worker } from '@temporalio/worker'
import { buildWorkflowBundle } from '../../workers/build-workflow-bundle.ts'
import { installSilentRuntime } from '../support/silent-runtime.ts'
import { readHistories, type RecordedHistory } from '../support/histories.ts'
import { recordedStories } from '../support/recorded-stories.ts'

installSilentRuntime()

let workflowBundle: Awaited<ReturnType<typeof buildWorkflowBundle>>

beforeAll(async () => {
  workflowBundle = await buildWorkflowBundle()
}, 60_000)

/** What went wrong in the replay of each history that cannot be replayed. */
async function failures(histories: RecordedHistory[]): Promise<string[]> {
  const found: string[] = []
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    if (error !== undefined) found.push(`${workflowId}: ${error.message}`)
  }
  return found
}

test.each(Object.keys(recordedStories))(
  'what was begun by an earlier version goes on: %s',
  async (story) => {
    const histories = readHistories(story)
    expect(histories.length).toBeGreaterThan(1)
    expect(await failures(histories)).toEqual([])
  },
  60_000,
)

test('a history that is not that of its workflow is noticed', async () => {
  const [one] = readHistories('happy-iteration') as [RecordedHistory]
  const scheduled = one.history.events!.find((event) => event.activityTaskScheduledEventAttributes)!
  scheduled.activityTaskScheduledEventAttributes!.activityType!.name = 'anotherActivity'
  expect(await failures([one])).toEqual([expect.stringContaining('anotherActivity')])
}, 60_000)
