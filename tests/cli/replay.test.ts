import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { execa } from 'execa'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readHistories } from '../support/histories.ts'
import { LoopWorld } from '../support/loop-world.ts'
import { ROOT } from '../support/repository.ts'
import { smallConfig } from '../support/small-world.ts'
import { startTemporalServer } from '../support/temporal-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

jest.setTimeout(120_000)

const folder = temporaryFolder()
const kept = (story: string) => join(ROOT, 'tests', 'histories', `${story}.jsonl.gz`)

/** A process of its own, as the SDK's logger is that of the process. */
async function replay(args: string[], env: Record<string, string> = {}) {
  const command = [join(ROOT, 'cli', 'agent0.mjs'), 'replay', ...args]
  const { all, exitCode } = await execa(process.execPath, command, { reject: false, all: true, env })
  return { said: all, code: exitCode }
}

/** The kept history of the curation as a JSON file, changed. */
function changed(
  change: (events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[]) => void,
) {
  const curation = readHistories('happy-iteration').find(({ workflowId }) => workflowId.endsWith('iter-001/curation'))!
  const history = JSON.parse(historyToJSON(curation.history)) as { events: Parameters<typeof change>[0] }
  change(history.events)
  const file = join(folder, 'changed.json')
  writeFileSync(file, JSON.stringify(history))
  return file
}

test('what this version can go on with replays, and the exit code is 0', async () => {
  const { said, code } = await replay([kept('trainer-crash')])
  expect(said).toMatch(/✓ agent0\/recorded\/iter-001\/executor replays: \d+ events\n/)
  expect(said).toMatch(/^3 replay with this version, 0 do not\.$/m)
  expect(code).toBe(0)
})

test('a history of other commands is refused: the first event that does not match, and what to do', async () => {
  const file = changed((events) => {
    const scheduled = events.findLast((event) => event.activityTaskScheduledEventAttributes !== undefined)!
    scheduled.activityTaskScheduledEventAttributes!.activityType.name = 'sortPool'
  })
  const { said, code } = await replay([file])
  expect(said).toMatch(
    /^✗ agent0\/recorded\/iter-001\/curation does not replay: event 14 \(ActivityTaskScheduled\) does not match\. .*'sortPool'.*'filterPool'$/m,
  )
  expect(said).toContain('let them end, or stop them, with the version that started them')
  expect(code).toBe(1)
})

test('a history whose commands come in another order is refused at the first that has moved', async () => {
  const file = changed((events) => {
    // The pool is filtered before the shard is begun.
    const [child, activity] = [events[4]!, events[13]!]
    const { eventId: first } = child as { eventId: string }
    const { eventId: second } = activity as { eventId: string }
    events[4] = { ...activity, eventId: first } as typeof child
    events[13] = { ...child, eventId: second } as typeof child
  })
  const { said, code } = await replay([file])
  expect(said).toMatch(/does not replay: event 5 \(ActivityTaskScheduled\) does not match/)
  expect(code).toBe(1)
})

const wrong: [string, () => string[], RegExp][] = [
  ['no file', () => [join(folder, 'none.json')], /^There is no file .*none\.json\.$/],
  ['nothing at all', () => [], /^Name a run, a workflow or a history file, or use --all\.$/],
  [
    'text',
    () => [join(ROOT, 'README.md')],
    /^\S+README\.md is not a workflow history: .*temporal workflow show.*prints one\.$/,
  ],
  ['other JSON', () => [join(ROOT, 'package.json')], /^\S+package\.json is not a workflow history: .*prints one\.$/],
  ['half a file', () => [join(folder, 'half.gz')], /^\S+half\.gz cannot be read: .*\.$/],
]

test.each(wrong)('%s is one sentence, and exit code 1', async (_what, args, sentence) => {
  writeFileSync(join(folder, 'half.gz'), gzipSync('{"events": []}').subarray(0, 15))
  const { said, code } = await replay(args())
  expect(said).toMatch(sentence)
  expect(code).toBe(1)
})

test('of a run on the server, all workflows below it are replayed; one that is unknown there is said to be', async () => {
  const server = await startTemporalServer()
  const world = new LoopWorld(server)
  await world.start()
  try {
    await world.finish(smallConfig('small'))
    const env = { TEMPORAL_ADDRESS: server.address }
    const { said, code } = await replay(['small'], env)
    expect(said).toContain('✓ agent0/small replays')
    expect(said).toContain('✓ agent0/small/iter-001/executor/step-0001/shard-000 replays')
    expect(code).toBe(0)
    expect((await replay(['agent0/small/iter-001/curation'], env)).said).toMatch(/^2 replay with this version/m)
    expect((await replay(['--all'], env)).said).toBe('No run is running, so there is nothing to replay.')
    const unknown = await replay(['nowhere'], env)
    expect(unknown).toEqual({
      said: 'Found neither a file nowhere nor a workflow agent0/nowhere on the server: see "agent0 list".',
      code: 1,
    })
  } finally {
    await world.close()
    await server.close()
  }
})
