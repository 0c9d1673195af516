import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { StepRequest } from '../../../contracts/ports/trainer.ts'
import { type Job, OneShotTrainer } from '../../../services/trainer/one-shot-trainer.ts'
import { ServiceTrainer } from '../../../services/trainer/service-trainer.ts'
import { startProcess } from '../../../services/trainer/start-process.ts'
import { identify, isAlive } from '../../../host/process-identity.ts'
import { ROOT } from '../../support/repository.ts'
import { eventually } from '../../support/supervised.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const file = { path: 'x', sha256: '0'.repeat(64) }
const request: StepRequest = { lineage: 'run', step: 1, parent: null, batch: file, config: file, attempt: 0 }
const running = { state: 'running', phase: 'update 1 of 1', tokensDone: 7, heartbeatAtMs: 1 }
const servers: Server[] = []

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

type Answer = [status: number, body: unknown]

/** A trainer's address where each method always gets the same answer, or what a function says. */
async function answering(answers: Record<string, Answer | (() => Answer)>) {
  const server = createServer((asked, response) => {
    const answer = answers[asked.method!]!
    const [status, body] = typeof answer === 'function' ? answer() : answer
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const client = (url: string, stalledAfterMs = 60_000) =>
  new ServiceTrainer({ url, storeFolder: '/store', stalledAfterMs, pollS: 1 })
const ignore = () => undefined

describe('the service', () => {
  test.each([
    ['refuses the request', { PUT: [422, { error: 'Refusal', reason: 'row 0' }] }, 'Trainer.BadRequest', 'row 0'],
    ['does not know our token', { PUT: [401, { error: 'a bearer token is needed' }] }, 'Trainer.BadRequest', 'token'],
    ['has not read its model', { PUT: [503, { error: 'Starting', reason: 'x' }] }, 'Trainer.Unavailable', 'x'],
    ['breaks', { PUT: [500, 'Internal Server Error'] }, 'Trainer.Unavailable', '500'],
    ['is something else', { PUT: [200, '<html>'] }, 'Trainer.Unavailable', 'unexpected response from the trainer at'],
    ['was restarted', { PUT: [201, running], GET: [404, { error: 'nobody asked' }] }, 'Trainer.Crashed', 'restarted'],
    ['has a full disk', { PUT: [201, { state: 'failed', error: 'DiskFull', reason: 'x' }] }, 'Infra.DiskFull', 'x'],
    ['fell', { PUT: [201, { state: 'failed', error: 'Crashed', reason: 'boom' }] }, 'Trainer.Crashed', 'boom'],
    [
      'ran out of memory',
      { PUT: [201, { state: 'refused', error: 'OutOfMemory', reason: 'x' }] },
      'Trainer.OutOfMemory',
      'x',
    ],
    ['has no record', { PUT: [200, { state: 'done', result: {} }] }, 'Trainer.Unavailable', 'invalid step record'],
  ] as [string, Record<string, [number, unknown]>, string, string][])(
    'where it %s, that is told by its kind: %p',
    async (_, answers, type, reason) => {
      const step = client(await answering(answers)).step(request, ignore)
      await expect(step).rejects.toMatchObject({ type, message: expect.stringContaining(reason) })
    },
  )

  test('where nobody listens, it is an outage', async () => {
    await expect(client('http://127.0.0.1:1').step(request, ignore)).rejects.toMatchObject({
      type: 'Trainer.Unavailable',
      nonRetryable: false,
    })
  })

  test('a step that moves no more raises an alarm that names its phase', async () => {
    const url = await answering({ PUT: [201, running], GET: [200, running] })
    const step = client(url, 50).step(request, ignore)
    await expect(step).rejects.toMatchObject({
      type: 'Trainer.Unavailable',
      message: expect.stringMatching(/no progress for .* s in "update 1 of 1", 7 tokens done/),
    })
  })
})

const STALLED_MS = 100
const LONGER_MS = 4 * STALLED_MS

describe('a piece of work that may be quiet for longer', () => {
  const allowed = { allowanceSeconds: 3_600 }

  test('is waited for by the client of the service', async () => {
    const began = performance.now()
    const isOver = () => performance.now() - began > LONGER_MS
    const refused = { state: 'refused', error: 'Refusal', reason: 'its own end' }
    const url = await answering({
      PUT: [201, { ...running, ...allowed }],
      GET: () => [200, isOver() ? refused : { ...running, ...allowed }],
    })
    await expect(client(url, STALLED_MS).step(request, ignore)).rejects.toMatchObject({ message: 'its own end' })
  })

  test('is waited for by who follows a job', async () => {
    const told = JSON.stringify({ phase: 'save', tokensDone: 0, ...allowed })
    const line = `echo '${told}' >&2; sleep ${LONGER_MS / 1_000}; echo '{"error": "Refusal", "reason": "its own end"}' >&2`
    const options = { base: async () => '0'.repeat(64), stalledAfterMs: STALLED_MS, reportEveryMs: 10 }
    const start = async () => startProcess('sh', ['-c', line], { PATH: '/usr/bin:/bin' })
    const trainer = new OneShotTrainer({ ...options, storeFolder: temporaryFolder(), start })
    const heard: unknown[] = []
    await expect(trainer.step(request, (progress) => heard.push(progress))).rejects.toMatchObject({
      message: 'its own end',
    })
    // What is told on is what it was before there were allowances.
    expect(heard.at(-1)).toEqual({ phase: 'save', tokensDone: 0 })
  })
})

describe('a job', () => {
  const options = {
    storeFolder: '',
    base: () => Promise.resolve('0'.repeat(64)),
    stalledAfterMs: 60_000,
    reportEveryMs: 20,
  }
  const trainer = (start: () => Job, more: Partial<typeof options> = {}) =>
    new OneShotTrainer({ ...options, storeFolder: temporaryFolder(), ...more, start: async () => start() })
  const shell = (line: string) => () => startProcess('sh', ['-c', line], { PATH: '/usr/bin:/bin' })

  test('its word decides, not how it ended', async () => {
    const line = `echo warning >&2; echo '{"error": "Diverged", "reason": "row 3"}' >&2; exit 1`
    const step = trainer(shell(line)).step(request, ignore)
    await expect(step).rejects.toMatchObject({ type: 'Trainer.Diverged', message: 'row 3' })
  })

  test('one that ends without a word is an outage with its phase and its last lines', async () => {
    const line = `echo '{"phase": "load", "tokensDone": 0}' >&2; echo Traceback >&2; kill -9 $$`
    const step = trainer(shell(line)).step(request, ignore)
    await expect(step).rejects.toMatchObject({
      type: 'Trainer.Crashed',
      message: 'the trainer was ended by SIGKILL in "load":\nTraceback',
    })
  })

  test('one that says nothing is reported on all the same, until it counts as hanging and is ended', async () => {
    let reports = 0
    let ended = false
    const silent = (): Job => ({
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      ended: new Promise(() => undefined),
      end: async () => void (ended = true),
      leave: async () => undefined,
    })
    const step = trainer(silent, { stalledAfterMs: 200 }).step(request, () => (reports += 1))
    await expect(step).rejects.toMatchObject({
      type: 'Trainer.Unavailable',
      message: expect.stringContaining('in "start"'),
    })
    expect(reports).toBeGreaterThan(1)
    expect(ended).toBe(true)
  })

  test('that is a child dies with us, however we end', async () => {
    const module = join(ROOT, 'services', 'trainer', 'start-process.ts')
    const program = `import { startProcess } from '${module}'
      startProcess('sh', ['-c', 'echo $$; exec sleep 60'], { PATH: '/usr/bin:/bin' }).stdout.pipe(process.stdout)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program])
    const [said] = (await once(parent.stdout, 'data')) as [Buffer]
    const child = identify(Number(said.toString()))!
    expect(isAlive(child)).toBe(true)
    parent.kill('SIGKILL')
    await eventually('the child is gone', () => !isAlive(child))
  })
})
