import { encodeFrame, frameKinds } from '../../../services/sandbox/frames.ts'
import { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import type { PoolOptions } from '../../../services/sandbox/pool.ts'
import { failure } from '../../../services/failure.ts'
import { type FakeChannel, FakeSlots, resultFrame } from '../../support/fake-slots.ts'
import { limits } from '../../support/sandbox-limits.ts'

const OPTIONS: PoolOptions = {
  templates: ['bare'],
  queueMax: 100,
  waitMsMax: 60_000,
  bootsMax: 1,
  executionsMax: 1_000,
  ageMsMax: 60_000,
}

let slots: FakeSlots
let sandbox: PooledSandbox
function open(options: Partial<PoolOptions> = {}, prepare?: (channel: FakeChannel) => void): void {
  slots = new FakeSlots()
  if (prepare !== undefined) slots.prepare = prepare
  sandbox = new PooledSandbox(slots, { ...OPTIONS, ...options })
}
afterEach(() => sandbox.close())

const run = async (source: string) => (await sandbox.execute({ source, seed: 1 }, limits())).verdict
const silent = (channel: FakeChannel) => {
  channel.onRun = () => undefined
}

test('programs are served in the order in which they came', async () => {
  open()
  const ended: string[] = []
  await Promise.all(['a', 'b', 'c'].map(async (name) => ended.push((await run(name)).stdout)))
  expect(ended).toEqual(['a', 'b', 'c'])
})

test('the wait for a slot and the time in it are told apart', async () => {
  open({}, (channel) => {
    channel.onRun = (frame) => setTimeout(() => channel.emit(resultFrame(frame.id, 'slow')), 100)
  })
  await Promise.all(['a', 'b', 'c'].map(run))
  const { waitMs, serviceMs } = sandbox.stats()
  expect(serviceMs.p50).toBeGreaterThanOrEqual(99)
  expect(waitMs.p50).toBeGreaterThanOrEqual(99)
  expect(waitMs.p95).toBeGreaterThanOrEqual(198)
})

test('a full queue refuses, and says how many wait', async () => {
  open({ queueMax: 2 }, silent)
  const waiting = ['a', 'b'].map((name) => run(name).catch((error: unknown) => error))
  await expect(run('c')).rejects.toMatchObject({ type: 'Sandbox.QueueFull', nonRetryable: false })
  await sandbox.close()
  expect(await Promise.all(waiting)).toMatchObject([{ type: 'Sandbox.SlotLost' }, { type: 'Sandbox.SlotLost' }])
})

test('who waits too long for a slot gets an outage, and no verdict', async () => {
  open({ waitMsMax: 300 }, silent)
  const first = run('a').catch((error: unknown) => error)
  await expect(run('b')).rejects.toMatchObject({ type: 'Sandbox.QueueTimeout' })
  await sandbox.close()
  expect(await first).toMatchObject({ type: 'Sandbox.SlotLost' })
})

test.each([
  ['bytes that are no frame', (id: number) => Buffer.alloc(24, id)],
  ['the result of another request', (id: number) => resultFrame(id + 1, 'forged')],
  ['a frame of another kind', (id: number) => encodeFrame(frameKinds.pong, id, {})],
  ['a result that is none', (id: number) => encodeFrame(frameKinds.result, id, { kind: 'ok' })],
  ['a stream longer than agreed', (id: number) => encodeFrame(frameKinds.result, id, {}, Buffer.alloc(67 << 10))],
])('%s from a slot is an outage, and the slot is replaced', async (_name, answer) => {
  open()
  expect((await run('a')).stdout).toBe('a')
  slots.channels[0]!.onRun = (frame, channel) => channel.emit(answer(frame.id))
  await expect(run('b')).rejects.toMatchObject({ type: 'Sandbox.ProtocolError', nonRetryable: false })
  expect((await run('c')).stdout).toBe('c')
  expect(slots.channels.map(({ destroyed }) => destroyed)).toEqual([true, false])
})

test('a second result is noticed, and its slot not used again', async () => {
  open()
  await run('a')
  slots.channels[0]!.onRun = (frame, channel) => {
    channel.emit(Buffer.concat([resultFrame(frame.id, 'b'), resultFrame(frame.id, 'again')]))
  }
  expect((await run('b')).stdout).toBe('b')
  expect((await run('c')).stdout).toBe('c')
  expect(slots.channels).toHaveLength(2)
})

test('a slot that takes long to be clean is replaced, its verdict counts', async () => {
  open({}, (channel) => {
    channel.onRun = (frame) => channel.emit(resultFrame(frame.id, 'slow', 501))
  })
  expect((await run('a')).stdout).toBe('slow')
  expect((await run('b')).stdout).toBe('slow')
  expect(slots.channels[0]!.destroyed).toBe(true)
})

test('a slot is replaced after its last execution', async () => {
  open({ executionsMax: 2 })
  for (const name of ['a', 'b', 'c']) await run(name)
  expect(slots.channels.map(({ destroyed }) => destroyed)).toEqual([true, false])
  expect(sandbox.stats()).toMatchObject({ replaced: 1, replacedBy: { worn: 1 }, outcomes: { ok: 3 } })
})

test('a program whose slot ends runs again on another; with a second loss it is a crash', async () => {
  let losses = 1
  const fragile = (channel: FakeChannel) => {
    channel.onRun = (frame) => {
      if (losses-- > 0) channel.end()
      else channel.emit(resultFrame(frame.id, 'alive'))
    }
  }
  open({}, fragile)
  expect((await run('a')).stdout).toBe('alive')
  losses = 2
  expect(await run('b')).toMatchObject({ kind: 'crash', signal: 'slot', stdout: '' })
  expect((await run('c')).stdout).toBe('alive')
})

test('a program that ends its slots costs two of them, also where its caller asks again after an outage', async () => {
  let letGo = () => {}
  open({ queueMax: 1 }, (channel) => {
    channel.onRun = (frame) => {
      const text = frame.a.toString()
      const answer = () => channel.emit(resultFrame(frame.id, text))
      if (text === 'deadly') channel.end()
      else if (text === 'held') letGo = answer
      else answer()
    }
  })
  await run('first')
  const refused = run('deadly')
  const held = run('held')
  // Its second try finds the line full.
  await expect(refused).rejects.toMatchObject({ type: 'Sandbox.QueueFull' })
  while (sandbox.stats().busy === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  letGo()
  expect((await held).stdout).toBe('held')
  for (let turn = 0; turn < 5; turn++) expect((await run('deadly')).kind).toBe('crash')
  expect(sandbox.stats().replacedBy).toEqual({ lost: 2 })
})

test('where no other program runs either, the slots that were lost say nothing about a program', async () => {
  let losses = 1
  open({}, (channel) => {
    channel.onRun = (frame) => {
      if (losses-- > 0) channel.end()
      else channel.emit(resultFrame(frame.id, 'alive'))
    }
  })
  while (sandbox.stats().idle === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  slots.outage = failure('Sandbox.EngineUnreachable', 'connect ENOENT')
  await expect(run('a')).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable' })
  slots.outage = undefined
  while ((await run('b').catch(() => undefined)) === undefined) await new Promise((resolve) => setTimeout(resolve, 50))
  losses = 1
  expect((await run('a')).stdout).toBe('alive')
})

test('the reason for each slot that is replaced is counted and told', async () => {
  const lines: string[] = []
  open({ executionsMax: 3, log: (line) => lines.push(line) })
  await run('a')
  slots.channels[0]!.onRun = (frame, channel) => channel.emit(resultFrame(frame.id, 'slow', 501))
  await run('b')
  await run('c')
  slots.channels[1]!.end()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await run('d')
  slots.channels[2]!.onRun = (frame, channel) => channel.emit(encodeFrame(frameKinds.pong, frame.id, {}))
  await expect(run('e')).rejects.toMatchObject({ type: 'Sandbox.ProtocolError' })
  for (const name of ['f', 'g', 'h', 'i']) await run(name)
  expect(sandbox.stats()).toMatchObject({
    replaced: 4,
    replacedBy: { 'slow to clean': 1, 'lost while idle': 1, lost: 1, worn: 1 },
  })
  expect(lines).toEqual([
    expect.stringMatching(/^sandbox slot 0 \(bare\) is replaced after 2 programs: slow to clean: 501 ms$/),
    expect.stringMatching(/after 1 programs: lost while idle: the slot ended/),
    expect.stringMatching(/after 2 programs: lost: .*unexpected frame/),
    expect.stringMatching(/after 3 programs: worn: 0 s old$/),
  ])
})

test('a slot that fails its self-test never serves, and the call says what was seen', async () => {
  open({}, (channel) => {
    channel.selfTestOutput = 'leaky'
  })
  await expect(run('a')).rejects.toMatchObject({
    type: 'Sandbox.SlotBootFailed',
    message: expect.stringContaining('leaky'),
  })
  expect(slots.channels.every(({ destroyed }) => destroyed)).toBe(true)
})

test('while boots fail, calls fail with the engine’s own words; once they work, so does the pool', async () => {
  open()
  slots.outage = failure('Sandbox.EngineUnreachable', 'connect ENOENT')
  await expect(run('a')).resolves.toMatchObject({ kind: 'ok' })
  slots.channels[0]!.onRun = (_frame, channel) => channel.end()
  await expect(run('b')).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable', message: 'connect ENOENT' })
  await expect(run('c')).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable' })
  slots.outage = undefined
  while ((await run('d').catch(() => undefined)) === undefined) await new Promise((resolve) => setTimeout(resolve, 50))
})

test('a program whose template has no place is served by what there is', async () => {
  open({ templates: ['bare'] })
  expect((await run('import sympy')).stdout).toBe('import sympy')
})

test.each([
  ['math', 'grader', 'import sympy'],
  ['bare', 'math', 'print(1)'],
] as const)('while the %s slot is busy, the %s slot runs %s', async (template, bigger, source) => {
  open({ templates: [template, bigger] }, (channel) => {
    if (channel.template === template) silent(channel)
  })
  const held = run(source).catch((error: unknown) => error)
  expect((await run(source)).stdout).toBe(source)
  await sandbox.close()
  expect(await held).toMatchObject({ type: 'Sandbox.SlotLost' })
})

test('a program waits for the slot with its imports while a smaller one is idle', async () => {
  open({ templates: ['math', 'bare'] }, (channel) => {
    if (channel.template === 'math') silent(channel)
  })
  const sympy = ['import sympy', 'import sympy # again'].map((source) => run(source).catch((error: unknown) => error))
  expect((await run('print(1)')).stdout).toBe('print(1)')
  expect(sandbox.stats()).toMatchObject({ waiting: 1, idle: 1, busy: 1 })
  await sandbox.close()
  expect(await Promise.all(sympy)).toMatchObject([{ type: 'Sandbox.SlotLost' }, { type: 'Sandbox.SlotLost' }])
})
