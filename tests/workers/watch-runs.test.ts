import { execa } from 'execa'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { runScreen } from '../../cli/runs/screen.ts'
import type { RunStatus } from '../../contracts/run-status.ts'
import { openStore } from '../../services/artifact-store/open.ts'
import { withRuns } from '../../services/temporal/run-client.ts'
import { viewRun } from '../../services/temporal/run-view.ts'
import { watchRuns } from '../../workers/watch-runs.ts'
import { Gate } from '../support/gate.ts'
import { LoopWorld } from '../support/loop-world.ts'
import { ROOT } from '../support/repository.ts'
import { smallConfig } from '../support/small-world.ts'
import { eventually } from '../support/supervised.ts'
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const RUN = 'small'
const NAMESPACES = ['still', 'disk', 'queue', 'measures']
/** Three seconds. */
const SHORT_MINUTES = 0.05
const GIB = 1 << 30

let server: TemporalServer
beforeAll(async () => {
  server = await startTemporalServer({ namespaces: NAMESPACES })
}, 60_000)

const worlds: LoopWorld[] = []
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()))
  await server.close()
})

function worldIn(namespace: string): LoopWorld {
  const world = new LoopWorld(server, namespace)
  worlds.push(world)
  return world
}

interface Line {
  level: number
  alert?: string
  run?: string
  where?: string
  advice?: string
  /** The whole line. */
  text: string
}

const parsed = (text: string): Line => ({ ...(JSON.parse(text) as Line), text })

const [INFO, WARN] = [30, 40]
const tells = (lines: readonly Line[], level: number) => lines.filter((line) => line.level === level && line.alert)

/** A command that adds the alert that it is told of to a file, and the alerts that it was told of. */
function onAlert() {
  const file = join(temporaryFolder(), 'alerts')
  const told = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])
  return { command: `cat >> ${file}`, told: () => told().map((line) => JSON.parse(line) as Record<string, string>) }
}

/** A watcher in this process, and the lines of its log. */
function watcher(world: LoopWorld, namespace: string, command: string) {
  const lines: Line[] = []
  const logger = pino({}, { write: (line: string) => void lines.push(parsed(line)) })
  const temporal = { address: server.address, namespace }
  return { lines, ...watchRuns({ temporal, store: world.store, everyMs: 200, onAlert: command, logger }) }
}

/** The process of a bookkeeping worker with a store in a folder. */
function bookkeeper(namespace: string, store: string, command: string) {
  const variables = {
    PATH: process.env['PATH'] ?? '',
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: namespace,
    AGENT0_STORE: store,
    AGENT0_BASE: '/nowhere',
    AGENT0_LOOK_SECONDS: '1',
    AGENT0_ON_ALERT: command,
    AGENT0_MACHINE: 'none',
  }
  const main = join(ROOT, 'workers', 'main.ts')
  const child = execa(process.execPath, [main, 'bookkeeping'], { env: variables, extendEnv: false, reject: false })
  const lines: Line[] = []
  let rest = ''
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n')
    rest = parts.pop()!
    lines.push(...parts.map(parsed))
  })
  return { lines, kill: () => child.kill('SIGKILL'), over: child }
}

const isRaised = ({ alerts }: RunStatus) => alerts.some(({ clearedAt }) => clearedAt === null)
const isCleared = ({ alerts }: RunStatus) => alerts.length > 0 && alerts[0]!.clearedAt !== null

test('a run that stands still raises one alert, which a killed worker does not repeat, and which is cleared when the run moves', async () => {
  const world = worldIn('still')
  await world.start()
  const { command, told } = onAlert()
  const [first, second] = ['task-000000', 'task-000001'].map((task) => new Gate((call) => call.includes(task)))
  world.before = async (call, signal) => {
    await first!.pass(call, signal)
    await second!.pass(call, signal)
  }
  const folder = temporaryFolder()
  const config = smallConfig(RUN, { alerts: { noProgressMinutes: SHORT_MINUTES } })
  const handle = await world.begin(config)
  await Promise.all([first!.reached, second!.reached])

  const one = bookkeeper('still', folder, command)
  const { alerts } = await world.status(RUN, isRaised)
  expect(alerts).toMatchObject([
    { kind: 'no-progress', where: 'small/iter-000/evaluation', wrong: expect.stringContaining('no progress') },
  ])
  await eventually('the command was run', () => told().length === 1)
  expect(told()).toMatchObject([{ run: RUN, kind: 'no-progress', where: 'small/iter-000/evaluation' }])
  expect(tells(one.lines, WARN)).toMatchObject([{ alert: 'no-progress', run: RUN, advice: expect.any(String) }])

  const view = await withRuns({ address: server.address, namespace: 'still' }, (runs) => viewRun(runs, RUN))
  expect(runScreen(view!, null, 200).join('\n')).toMatch(/ALERT +small\/iter-000\/evaluation: no progress/)
  const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')
  expect(metadata.currentDetails).toMatch(/\*\*alert since .* UTC\*\* `small\/iter-000\/evaluation`: no progress/)

  one.kill()
  await one.over
  const two = bookkeeper('still', folder, command)
  await eventually('it is ready', () => two.lines.some(({ text }) => text.includes('"ready"')), 60_000)
  await sleep(4_000)
  expect(told()).toHaveLength(1)
  expect(tells(two.lines, WARN)).toEqual([])
  expect(await openStore(folder).list(RUN)).toEqual([`${RUN}/alert-000001.json`])
  const events = await world.eventsOf(handle.workflowId)
  expect(events.filter((event) => event.workflowExecutionSignaledEventAttributes)).toHaveLength(1)

  first!.open()
  await world.status(RUN, isCleared)
  expect(tells(two.lines, INFO)).toMatchObject([{ text: expect.stringContaining('cleared: no progress') }])
  // It would take the run's own short work, whose artifacts it does not have.
  two.kill()
  await two.over
  second!.open()
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
}, 120_000)

test('of two watchers one tells of a full disk, and of the room that was made; a command that fails is logged', async () => {
  const world = worldIn('disk')
  await world.start()
  const gate = new Gate((call) => call.startsWith('generate '))
  world.before = gate.pass
  const { command, told } = onAlert()
  const fails = `${command}; echo no such host >&2; exit 3`
  const config = smallConfig(RUN)
  const handle = await world.begin(config)
  await gate.reached
  world.store.disk = { folder: '/store', free: 5 * GIB, total: 100 * GIB }
  const watchers = [watcher(world, 'disk', fails), watcher(world, 'disk', fails)]
  const { alerts } = await world.status(RUN, isRaised)
  expect(alerts).toMatchObject([{ kind: 'disk', subject: '/store', wrong: expect.stringContaining('5.0 %') }])
  await eventually('the command was run', () => told().length > 0)
  const lines = () => watchers.flatMap((each) => each.lines)
  await eventually('its failure is logged', () => lines().some(({ text }) => text.includes('onAlert failed')))
  expect(lines().find(({ text }) => text.includes('onAlert failed'))!.text).toContain('ended with 3: no such host')

  world.store.disk = { folder: '/store', free: 50 * GIB, total: 100 * GIB }
  await world.status(RUN, isCleared)
  await Promise.all(watchers.map((each) => each.stop()))
  expect(told()).toHaveLength(1)
  expect(tells(lines(), WARN)).toHaveLength(1)
  expect(tells(lines(), INFO)).toHaveLength(1)
  expect((await world.store.list(RUN)).filter((key) => key.includes('/alert-'))).toHaveLength(2)
  gate.open()
  expect(await handle.result()).toMatchObject({ kind: 'finished' })
}, 120_000)

test('a queue that nobody works on is an alert though the run cannot answer, and the run is told', async () => {
  const world = worldIn('queue')
  await world.begin(smallConfig(RUN, { alerts: { queueMinutes: 0.02 } }))
  const watch = watcher(world, 'queue', 'none')
  await eventually('the alert is raised', () => tells(watch.lines, WARN).length > 0)
  expect(tells(watch.lines, WARN)).toMatchObject([
    { alert: 'queue', where: RUN, text: expect.stringContaining('a task waits in the queue agent0-workflow') },
  ])
  const gate = new Gate((call) => call.startsWith('generate '))
  world.before = gate.pass
  await world.start()
  const { alerts } = await world.status(RUN, isCleared)
  expect(alerts).toMatchObject([{ kind: 'queue', subject: 'agent0-workflow' }])
  await watch.stop()
  gate.open()
}, 120_000)

test('KL and label accuracy are read off the records of the run, also of one that has just ended', async () => {
  const world = worldIn('measures')
  await world.start()
  const gate = new Gate((call) => call === `train ${RUN}-executor 2`)
  world.before = gate.pass
  const watch = watcher(world, 'measures', 'none')
  // Of so many labels some are wrong.
  const curation = { ...smallConfig(RUN).curation, poolSize: 40 }
  const config = smallConfig(RUN, { curation, alerts: { klTrainServerMax: 0.001, labelAccuracyMin: 1 } })
  const handle = await world.begin(config)
  const { alerts } = await world.status(RUN, (status) =>
    status.alerts.some(({ kind, subject }) => kind === 'kl' && subject === 'executor'),
  )
  expect(alerts.find(({ subject }) => subject === 'executor')).toMatchObject({
    where: 'small/iter-001/executor/step-0001',
    wrong: expect.stringContaining('0.005 nats per token, over 0.001'),
  })
  gate.open()
  await handle.result()
  await eventually('the labels are judged', () =>
    tells(watch.lines, WARN).some(({ alert }) => alert === 'label-accuracy'),
  )
  await watch.stop()
  expect(tells(watch.lines, WARN).filter(({ alert }) => alert === 'label-accuracy')).toMatchObject([
    { where: 'small/iter-001', text: expect.stringContaining('pseudo-labels with a known answer are correct') },
  ])
}, 120_000)
