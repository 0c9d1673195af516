import { execa } from 'execa'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { reportOf } from '../../core/report/run-report.ts'
import { readRun } from '../../report/read-run.ts'
import { textReport } from '../../report/text-report.ts'
import { failure } from '../../services/failure.ts'
import { agent0 } from '../support/agent0-in-process.ts'
import { Gate } from '../support/gate.ts'
import { LoopWorld } from '../support/loop-world.ts'
import { smallConfig } from '../support/small-world.ts'
import { ROOT } from '../support/repository.ts'
import { eventually, freePort } from '../support/supervised.ts'
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// `agent0` against a real Temporal server and real workflows, over services in memory.
jest.setTimeout(60_000)

const folder = temporaryFolder()
const heldOutFile = join(folder, 'held-out.jsonl')
const NEVER_ENDS = { iterations: 100 }
let server: TemporalServer
let world: LoopWorld

/** A config file for a run of this name. */
function configFile(name: string, changes: Record<string, unknown> = {}): string {
  const evaluation = {
    heldOut: { file: heldOutFile, samplesPerTask: 3 },
    frozenExecutor: { tasksMax: 5, samplesPerTask: 3 },
    truth: 'tiny-world',
  }
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(smallConfig(name, { evaluation, ...changes })))
  return file
}

/** Waits until `status` shows this, and gives the screen. */
async function screenWith(run: string, pattern: RegExp): Promise<string> {
  let screen = ''
  await eventually(`status of ${run} shows ${pattern}`, async () => {
    screen = (await agent0('status', run)).said
    return pattern.test(screen)
  })
  return screen
}

/** The next training steps fail with these. */
function failTrainingWith(...errors: Error[]): void {
  world.before = (call) => {
    if (!call.startsWith('train ')) return
    const error = errors.shift()
    if (error !== undefined) throw error
  }
}

/** Runs get as far as their first model call, and stay there. */
function holdAll(): void {
  world.before = new Gate(() => true).pass
}

const endNow = async (run: string) => {
  await agent0('stop', run, '--now')
  await screenWith(run, /stopped at once/)
}

beforeAll(async () => {
  writeFileSync(heldOutFile, '{"question": "Let x=1. Then add 1. What is x?", "answer": 2}\n')
  server = await startTemporalServer()
  process.env['TEMPORAL_ADDRESS'] = server.address
  process.env['AGENT0_STATE'] = join(folder, 'nothing-is-up')
  world = new LoopWorld(server)
  await world.start()
})

afterAll(async () => {
  await world.close()
  await server.close()
})

beforeEach(() => {
  world.before = () => {}
})

test('without a run, every command says how to start one', async () => {
  expect((await agent0('list')).said).toMatch(/^There is no run yet: "agent0 start CONFIG" starts one\.$/)
  for (const command of [['status'], ['watch'], ['pause'], ['skip', 'curation']]) {
    expect(await agent0(...command)).toEqual({
      code: 1,
      said: 'There is no run yet: "agent0 start CONFIG" starts one.',
    })
  }
  expect((await agent0('status', 'nobody')).said).toMatch(/^There is no run nobody, and no other run yet/)
})

test('a run is started and watched to its end; then it is reported, and not started again', async () => {
  const file = configFile('whole', { iterations: 1 })
  const started = await agent0('start', file)
  expect(started.said).toMatch(/^Started whole: 1 iteration from models\/tiny-world\.\n"agent0 watch whole" follows it/)
  expect(started.code).toBe(0)
  const watched = await agent0('watch')
  expect(watched.said).toMatch(
    /^(\d\d:\d\d:\d\d .*\n)*whole has finished 1 iteration; held-out mean@k by iteration: [01]\.\d+ → [01]\.\d+/,
  )
  expect(watched.code).toBe(0)
  expect((await agent0('status')).said).toContain('whole has finished 1 iteration')
  const again = await agent0('start', file)
  expect(again.said).toMatch(/has finished[^]*agent0 report whole[^]*Nothing was started[^]*--run-id NAME/)
  expect(again.code).toBe(3)
})

test('a finished run goes on if its config asks for more iterations', async () => {
  expect((await agent0('start', configFile('whole', { iterations: 2 }))).said).toMatch(
    /^whole resumes from its last finished step, using .*whole\.json/,
  )
  expect((await agent0('watch', 'whole')).said).toMatch(/whole has finished 2 iterations/)
})

test('the same name again attaches, and says that another config changes nothing', async () => {
  holdAll()
  const file = configFile('twice', NEVER_ENDS)
  await agent0('start', file)
  const attached = await agent0('start', file)
  expect(attached.said).toMatch(/^twice is already running; nothing was started\.\n"agent0 watch twice"/)
  const other = await agent0('start', configFile('other', { ...NEVER_ENDS, seed: 7 }), '--run-id', 'twice')
  expect(other.said).toMatch(
    /already running[^]*started with a different config and keeps it; .*other\.json was ignored/,
  )
  expect([attached.code, other.code]).toEqual([0, 0])
  await endNow('twice')
})

test('pause, status, list, resume', async () => {
  holdAll()
  await agent0('start', configFile('paused', NEVER_ENDS))
  await screenWith('paused', /iteration|base model/)
  expect((await agent0('pause')).said).toMatch(/^paused is paused/)
  const screen = await screenWith('paused', /waiting .*paused: "agent0 resume"/)
  expect(screen).toMatch(/^paused · /)
  expect((await agent0('list')).said).toMatch(/^RUN +STATE[^]*paused +paused[^]*whole +finished/)
  expect((await agent0('resume')).said).toBe('paused continues.')
  expect((await agent0('resume')).said).toBe('paused was not paused.')
  await endNow('paused')
})

test('a budget that is used up is waited for, and can be raised', async () => {
  await agent0('start', configFile('poor', NEVER_ENDS))
  await screenWith('poor', /tokens/)
  expect((await agent0('set', 'budget', '1', '--run', 'poor')).said).toBe('poor may sample at most 1 tokens in total.')
  await screenWith('poor', /waiting .*the token budget is used up/)
  expect((await agent0('set', 'budget', 'none')).said).toBe('poor may sample any number of tokens.')
  expect((await agent0('set', 'concurrency', '3')).said).toBe('poor now has at most 3 tasks in flight.')
  expect(await screenWith('poor', /3 tasks in flight/)).not.toMatch(/waiting/)
  await endNow('poor')
})

test.each([
  [['set', 'budget', '0'], /The budget must be an integer number of tokens from 1, or "none"\./],
  [['set', 'concurrency', 'many'], /Concurrency must be an integer from 1 to 500\./],
  [['set', 'concurrency', '501'], /Concurrency must be an integer from 1 to 500\./],
  [['set', 'speed', '1'], /unknown command 'speed'/],
])('%j is refused with a reason', async (args, reason) => {
  const { code, said } = await agent0(...args)
  expect(said).toMatch(reason)
  expect(code).toBe(1)
})

test('stop after the step, go on, stop after the iteration, go on, stop now', async () => {
  const file = configFile('stopped', NEVER_ENDS)
  await agent0('start', file)
  await screenWith('stopped', /step 1 of 2/)
  expect((await agent0('stop')).said).toBe('Choose one of --after-step, --after-iteration and --now.')
  expect((await agent0('stop', '--now', '--after-step')).code).toBe(1)
  expect((await agent0('stop', '--after-step')).said).toMatch(/^stopped stops after .*resumes it from there/)
  expect((await agent0('watch', 'stopped')).said).toMatch(/was stopped after /)
  expect((await agent0('pause')).said).toMatch(/^No run is running\. The latest one: stopped was stopped after/)
  expect((await agent0('start', file)).said).toMatch(/^stopped resumes from its last finished step/)
  await screenWith('stopped', /iteration|base model/)
  expect((await agent0('stop', '--after-iteration')).said).toMatch(/^stopped stops after this iteration/)
  expect((await agent0('watch', 'stopped')).said).toMatch(/was stopped after iteration \d+/)
  await agent0('start', file)
  expect((await agent0('stop', '--now')).said).toMatch(/^stopped is stopped at once/)
  expect((await agent0('watch', 'stopped')).said).toMatch(/stopped at once/)
})

test('a refused publication is shown with three ways; who accepts it, and why, stands in the report', async () => {
  world.before = (call) => {
    world.models.noise = call.startsWith('publish accepted-curriculum-v1-') ? 0.05 : 0
  }
  await agent0('start', configFile('accepted', { iterations: 1 }))
  const screen = await screenWith('accepted', /is halted/)
  const words = screen.replaceAll(/\s+/g, ' ')
  expect(words).toContain("its logprobs differ from the trainer's by 0.0500 nats in the mean, 0.00100 at most")
  expect(words).toContain('"agent0 retry curriculum" publishes the same checkpoint again')
  expect(words).toContain('"agent0 skip curriculum" continues with the last published policy')
  expect(words).toContain('"agent0 retry curriculum --accept-canary REASON" publishes it as it is')
  const both = ['retry', 'curriculum', '--accept-canary', 'x', '--config', heldOutFile]
  expect((await agent0(...both)).said).toBe('Choose one of --config and --accept-canary.')
  expect((await agent0('retry', 'curriculum', '--accept-canary', ' ')).said).toMatch(/an acceptance needs who and why/)
  expect((await agent0('retry', 'curriculum', '--accept-canary', 'bf16 on this server')).said).toBe(
    'curriculum publishes its policy although the canary differs; it is on record that you accepted it.',
  )
  await agent0('watch', 'accepted')
  const { run, ...artifacts } = (await readRun(world.store, 'accepted'))!
  const { decisions } = reportOf({ run, ...artifacts })
  expect(decisions).toEqual([
    {
      decision: 'accept',
      stage: 'curriculum',
      of: expect.stringMatching(/^accepted-curriculum-v1-/),
      by: `${userInfo().username}@${hostname()}`,
      why: 'bf16 on this server',
      at: expect.any(String),
      reason: expect.stringContaining('0.0500 nats'),
    },
  ])
  const text = textReport(reportOf({ run, ...artifacts }))
  expect(text).toMatch(
    /WHAT PEOPLE DECIDED\n.* had accepted-curriculum-v1-\w+ published for curriculum: bf16 on this server/,
  )
})

test('a stage that halts is shown with its reason; retry and skip decide, and only about that stage', async () => {
  failTrainingWith(failure('Trainer.Diverged', 'a loss is not a number'))
  await agent0('start', configFile('diverged', NEVER_ENDS))
  expect(await screenWith('diverged', /is halted/)).toMatch(
    /waiting +curriculum is halted: a loss is not a number · lower the learning\s+rate[^]*agent0\s+retry/,
  )
  expect((await agent0('list')).said).toMatch(/^diverged +halted at curriculum/m)
  expect((await agent0('retry', 'executor')).said).toBe('executor is not halted in diverged; curriculum is.')
  expect((await agent0('skip', 'dessert')).said).toMatch(/has no stage dessert; its stages are: curriculum, curation, /)
  expect((await agent0('stop', '--after-step')).said).toMatch(/use --now, or first "agent0 retry curriculum"/)
  expect((await agent0('resume')).code).toBe(1)
  const other = configFile('moved', {
    ...NEVER_ENDS,
    recipe: 'agent0',
    model: { base: 'models' },
  })
  expect((await agent0('retry', 'curriculum', '--config', other)).said).toMatch(/models is not a model folder/)
  failTrainingWith(failure('Trainer.Diverged', 'again'))
  const changed = configFile('changed', { ...NEVER_ENDS, seed: 3 })
  expect((await agent0('retry', 'curriculum', '--config', changed)).said).toMatch(
    /^Retrying curriculum; from here on the run uses the config of/,
  )
  await screenWith('diverged', /halted: again/)
  expect((await agent0('skip', 'curriculum')).said).toBe('Skipped curriculum in this iteration.')
  await screenWith('diverged', /iteration 1 of \d+ · (curation|executor|evaluation)|iteration 2/)
  expect((await agent0('retry', 'curriculum')).said).toMatch(/^No stage of diverged is halted/)
  await endNow('diverged')
})

test('an outage is shown with what fails, how often, why, when it is tried next, and what to do', async () => {
  const outage = () => failure('Trainer.Unavailable', 'the trainer does not answer')
  failTrainingWith(outage(), outage())
  await agent0('start', configFile('waiting', NEVER_ENDS))
  expect(await screenWith('waiting', /retrying/)).toMatch(
    /retrying +trainStep \((1 failed attempt|2 failed attempts)\): the trainer does not answer · (next in\s+\d s|retrying now) · check the trainer[^]*the run continues by/,
  )
  await screenWith('waiting', /curation|iteration 2/)
  await endNow('waiting')
})

test('of several runs one must be named', async () => {
  holdAll()
  await agent0('start', configFile('one', NEVER_ENDS))
  await agent0('start', configFile('two', NEVER_ENDS))
  expect((await agent0('watch')).said).toMatch(/^Several runs are running, choose one: (one, two|two, one)\.$/)
  await endNow('one')
  await endNow('two')
})

const watchCommand = [process.execPath, join(ROOT, 'cli', 'agent0.mjs'), 'watch', 'watched'] as const

test.each([
  ['a pipe', watchCommand],
  ['a terminal that does not know its size', ['script', '-qfec', watchCommand.join(' '), '/dev/null'] as const],
])('into %s, Ctrl-C only stops watching, and says so', async (_where, [command, ...args]) => {
  holdAll()
  await agent0('start', configFile('watched', NEVER_ENDS))
  const watcher = execa(command, args, { reject: false })
  await once(watcher.stdout, 'data')
  if (command === 'script') watcher.stdin.write('\x03')
  else watcher.kill('SIGINT')
  const { stdout, exitCode } = await watcher
  expect(stdout).toMatch(/^\d\d:\d\d:\d\d (no workflow worker is polling|the base model · evaluation · )/)
  expect(stdout).toMatch(/watched continues: "agent0 watch watched" shows it again/)
  expect(exitCode).toBe(130)
  expect(await screenWith('watched', /tokens/)).toMatch(/^watched · /)
  await endNow('watched')
})

test.each([
  ['a base model that is not there', { model: { base: 'models/none' } }, /models\/none is not a model folder/],
  [
    'a held-out file that is not there',
    { evaluation: { heldOut: { file: '/nowhere.jsonl' } } },
    /the held-out file \/nowhere\.jsonl cannot be read/,
  ],
])('%s is refused before anything starts', async (_title, changes, reason) => {
  const { code, said } = await agent0('start', configFile('refused', changes))
  expect(said).toMatch(reason)
  expect(code).toBe(1)
  expect((await agent0('status', 'refused')).said).toMatch(/^There is no run refused; known runs: /)
})

test('a run keeps its base model: going on with another is refused', async () => {
  process.env['AGENT0_MODEL_URLS'] = 'http://127.0.0.1:1' // its machine may have that folder
  const { code, said } = await agent0('start', configFile('stopped', { model: { base: 'models/another' } }))
  delete process.env['AGENT0_MODEL_URLS']
  expect(said).toMatch(
    /^stopped was started with model\.base .*tiny-world, this config has .*another\. A run cannot change it: .* --run-id NAME\.$/,
  )
  expect(code).toBe(1)
})

test('a name that cannot be a run is refused', async () => {
  expect((await agent0('start', configFile('fine'), '--run-id', 'Not Fine')).said).toMatch(
    /^--run-id Not Fine: lower-case/,
  )
})

test('where no server answers, and where none is known, it says what to do', async () => {
  const address = `127.0.0.1:${await freePort()}`
  process.env['TEMPORAL_ADDRESS'] = address
  expect((await agent0('status')).said).toBe(`The Temporal server at ${address} does not answer: see "agent0 ps".`)
  process.env['TEMPORAL_ADDRESS'] = ''
  expect((await agent0('status')).said).toMatch(/^No Temporal server is known: start .*agent0 up.*TEMPORAL_ADDRESS/)
  process.env['TEMPORAL_ADDRESS'] = server.address
})

test('where no worker answers, it says so; a run can still be started, and stopped at once', async () => {
  await world.close()
  await agent0('start', configFile('alone', NEVER_ENDS))
  expect((await agent0('status')).said).toMatch(
    /^alone · not started yet[^]*no workflow worker is polling\. Is "agent0 up" running\?/,
  )
  expect((await agent0('pause')).said).toMatch(
    /^Cannot reach alone: no workflow worker is polling\. Is "agent0 up" running\?$/,
  )
  expect((await agent0('stop', '--now')).said).toMatch(/^alone is stopped at once/)
})
