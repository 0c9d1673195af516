import { failureTypeOf } from '../../../services/failure.ts'
import { createSandbox } from '../../../services/sandbox/open.ts'
import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import { type Backend, describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'

// Real slots boot in it, on machines with other work.
jest.setTimeout(120_000)

/** What a block of a session does to the channel that its process holds. */
const FORGERIES: [name: string, source: string][] = [
  ['ends written ahead', 'import os\nos.write(60, b"\\0\\0\\0")'],
  ['ends written ahead with a guessed token', 'import os\nos.write(60, (b"\\0" * 17) * 3)'],
  [
    'its own end, with the token from its memory, and then again',
    'import os, sys\nframe = sys._getframe()\nwhile "token" not in frame.f_locals: frame = frame.f_back\nos.write(60, frame.f_locals["token"] + b"\\0")\nos.write(60, frame.f_locals["token"] + b"\\0")',
  ],
]

function sessionSuite(backend: Backend): void {
  let sandbox: PooledSandbox
  beforeAll(async () => {
    sandbox = createSandbox(await realSlots(backend), 2, ['bare'])
  }, 300_000)
  afterAll(() => sandbox.close())
  const open = async (blocks: string[] = []) => {
    const session = await sandbox.openSession(
      blocks.map((source) => ({ source, seed: 1 })),
      limits(),
    )
    const run = (source: string, changed = {}) =>
      session.run({ source, seed: 1 }, limits({ wallMs: 5_000, ...changed }))
    return { run, close: () => session.close() }
  }

  test.each(FORGERIES)('a session’s block cannot say how another one ends: %s', async (_name, forgery) => {
    const { run } = await open()
    await run('x = 1')
    await run(forgery)
    // Its process is ended with its block, or in the next one: no later verdict is its work.
    const later = await run('print("second")').then(
      ({ kind }) => kind as string,
      (error: unknown) => failureTypeOf(error),
    )
    expect(['Sandbox.SlotLost', 'crash']).toContain(later)
    const { verdict } = await sandbox.execute({ source: 'print(42)', seed: 1 }, limits())
    expect(verdict).toMatchObject({ kind: 'ok', stdout: '42\n' })
  })

  test('a thread that would steal the next block ends with its own, and later blocks run without its names', async () => {
    const thief = `
import os, threading
def steal():
    while True: os.read(60, 100_000)
threading.Thread(target=steal, daemon=True).start()
stolen = True`
    const { run, close } = await open([thief])
    const verdict = await run('print("stolen" in globals())')
    expect(verdict).toMatchObject({ kind: 'ok', stdout: 'False\n' })
    await close()
  })

  test('between two blocks nothing of a session runs', async () => {
    const { run, close } = await open()
    await run(
      'import signal, time\nticks = 0\ndef tick(*_):\n    global ticks\n    ticks += 1\nsignal.signal(signal.SIGALRM, tick)',
    )
    await run('signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\ntime.sleep(0.1)\nfirst = ticks')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const verdict = await run('print(first > 2, ticks - first < 20)')
    expect(verdict).toMatchObject({ kind: 'ok', stdout: 'True True\n' })
    await close()
  })

  test('a session that does not take its next block times out', async () => {
    const { run, close } = await open()
    // The block says that it has ended, and goes on: its process never reads again.
    const liar = `import os, sys
frame = sys._getframe()
while "token" not in frame.f_locals: frame = frame.f_back
os.write(60, frame.f_locals["token"] + b"\\0")
while True: pass`
    expect((await run(liar)).kind).toBe('ok')
    expect(await run(`print(1)\n#${'x'.repeat(250_000)}`, { wallMs: 1_000, cpuMs: 60_000 })).toMatchObject({
      kind: 'timeout',
    })
    await close()
  })
}

describeOn('docker', 'a block of a session decides about itself only', () => sessionSuite('docker'))
describeOn('bubblewrap', 'a block of a session decides about itself only', () => sessionSuite('bubblewrap'))
