import type { Sandbox } from '../../../contracts/ports/index.ts'
import { MemoSandbox } from '../../../services/sandbox/memo.ts'
import { createSandbox } from '../../../services/sandbox/open.ts'
import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import { SandboxGrader } from '../../../services/sandbox/sandbox-grader.ts'
import { alteredSandbox, type Edit, withoutRule } from '../../support/altered-guest.ts'
import { type Backend, describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'
import { surroundingsIn } from './surroundings.ts'

// Real slots boot in it, on machines with other work.
jest.setTimeout(120_000)

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})
function kept<One extends { close(): Promise<void> }>(one: One): One {
  opened.push(one)
  return one
}

const runIn = async (sandbox: Sandbox, source: string, changed = {}) =>
  (await sandbox.execute({ source, seed: 1 }, limits(changed))).verdict

/** The self-test asks whether a limit of PID 1 can be read, so that one stays closed. */
const PRLIMIT: Edit = [
  'slot_filter.py',
  '"prlimit64": (302, 261, OWN)',
  '"prlimit64": (302, 261, [(0, "is", 0, "ALLOW"), (1, "is", 0, "REFUSE"), "ALLOW"])',
]

/** Ways to change PID 1, each by the call that does it, and how the second filter allows it again. */
const WAYS: [call: string, attack: string, edit: Edit][] = [
  ['prlimit64', 'import resource\nresource.prlimit(1, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))', PRLIMIT],
  ['sched_setaffinity', 'import os\nos.sched_setaffinity(1, {0})', withoutRule('sched_setaffinity')],
  [
    'sched_setscheduler',
    'import os\nos.sched_setscheduler(1, os.SCHED_BATCH, os.sched_param(0))',
    withoutRule('sched_setscheduler'),
  ],
  [
    'sched_setattr',
    'import ctypes, struct\nbuffer = struct.pack("IIQiIQQQII", 56, 0, 0, 5, 0, 0, 0, 0, 0, 0)\nassert ctypes.CDLL(None).syscall(314, 1, buffer, 0) == 0',
    withoutRule('sched_setattr'),
  ],
  ['setpriority of a process', 'import os\nos.setpriority(os.PRIO_PROCESS, 1, 19)', withoutRule('setpriority')],
  ['setpriority of a user', 'import os\nos.setpriority(os.PRIO_USER, 0, 19)', withoutRule('setpriority')],
  [
    'ioprio_set of a process',
    'import ctypes\nassert ctypes.CDLL(None).syscall(251, 1, 1, 3 << 13) == 0',
    withoutRule('ioprio_set'),
  ],
  [
    'ioprio_set of a user',
    'import ctypes, os\nassert ctypes.CDLL(None).syscall(251, 3, os.getuid(), 3 << 13) == 0',
    withoutRule('ioprio_set'),
  ],
]

const PAIRS = [
  ['1/2', '0.5'],
  ['2', '3'],
  ['x+1', '1+x'],
] as const
const GRADES = ['equal', 'different', 'equal']

describeOn('bubblewrap', 'where the second filter has a hole, PID 1 finds the change', () => {
  test.each(WAYS)('%s: the slot ends, and the next program sees a fresh one', async (_call, attack, edit) => {
    const sandbox = kept(await alteredSandbox([edit]))
    const before = await surroundingsIn(sandbox)
    expect(await runIn(sandbox, attack)).toMatchObject({ kind: 'ok', stderr: '' })
    expect(await surroundingsIn(sandbox)).toEqual(before)
    expect(sandbox.stats()).toMatchObject({ replaced: 1, outcomes: { ok: 3 } })
  })

  test('grades are the same before and after', async () => {
    const sandbox = kept(await alteredSandbox([PRLIMIT], ['grader']))
    const grade = () => new SandboxGrader(sandbox).compare(PAIRS)
    expect(await grade()).toEqual(GRADES)
    expect((await runIn(sandbox, WAYS[0]![1])).kind).toBe('ok')
    expect(await grade()).toEqual(GRADES)
    expect(sandbox.stats().replaced).toBe(1)
  })
})

describeOn('bubblewrap', 'a slot that cannot start a program', () => {
  const FAILS = [
    'slot_child.py',
    'limit(resource.RLIMIT_CORE, 0)',
    'limit(resource.RLIMIT_CORE, 0 if limits["memoryBytes"] % 2 == 0 else 10**30)',
  ] as const
  const UNLUCKY = { memoryBytes: (128 << 20) + 1 }

  test('is an outage for its caller, never a verdict, and nothing of it is remembered', async () => {
    const sandbox = kept(new MemoSandbox(await alteredSandbox([FAILS])))
    const failed = runIn(sandbox, 'print(42)', UNLUCKY)
    await expect(failed).rejects.toMatchObject({
      type: 'Sandbox.SlotLost',
      nonRetryable: false,
      message: expect.stringMatching(/ended before it began.*OverflowError/),
    })
    await expect(runIn(sandbox, 'print(42)', UNLUCKY)).rejects.toMatchObject({ type: 'Sandbox.SlotLost' })
    // Nor is the program suspected of having ended those slots.
    expect(await runIn(sandbox, 'print(42)')).toMatchObject({ kind: 'ok', stdout: '42\n' })
    expect(sandbox.stats().outcomes).toEqual({ 'Sandbox.SlotLost': 2, ok: 1 })
  })

  test('exit code 70 of a program is a verdict like any other', async () => {
    const sandbox = kept(await alteredSandbox([FAILS]))
    expect(await runIn(sandbox, 'import os\nos._exit(70)')).toMatchObject({ kind: 'error', exitCode: 70 })
    expect(sandbox.stats().replaced).toBe(0)
  })
})

describeOn('bubblewrap', 'clearing away after a program', () => {
  const clearing = (first: string): Edit => [
    'slot_cleaning.py',
    '    def wipe(self):\n',
    `    def wipe(self):\n        import time\n        ${first}\n`,
  ]

  test('that waits, as on a busy machine, costs no slot', async () => {
    const sandbox = kept(await alteredSandbox([clearing('time.sleep(0.7)')]))
    for (const name of ['a', 'b']) expect((await runIn(sandbox, `print("${name}")`)).stdout).toBe(`${name}\n`)
    expect(sandbox.stats().replacedBy).toEqual({})
  })

  test('that takes more processor time than it may costs the slot, and not the result', async () => {
    const sandbox = kept(
      await alteredSandbox([
        clearing('began = time.process_time()\n        while time.process_time() < began + 0.6: pass'),
      ]),
    )
    expect((await runIn(sandbox, 'print("a")')).stdout).toBe('a\n')
    expect(sandbox.stats().replacedBy).toEqual({ 'slow to clean': 1 })
  })
})

const FLOOD = `
import os
block = b"x" * 65536
for _ in range(3):
    if os.fork() == 0: break
while True: os.write(1, block)`

function slotSuite(backend: Backend): void {
  let sandbox: PooledSandbox
  beforeAll(async () => {
    sandbox = createSandbox(await realSlots(backend), 2, ['bare'])
  }, 300_000)
  afterAll(() => sandbox.close())

  test('output is read in pieces, with the limit looked at between them', async () => {
    const verdict = await runIn(sandbox, FLOOD, { outputBytes: 1 << 20, wallMs: 20_000 })
    expect(verdict.kind).toBe('output_limit')
    // One piece of each stream beyond the limit, and what lay in the pipe when the writers were killed.
    expect(verdict.stdoutBytes).toBeLessThanOrEqual((1 << 20) + 2 * (64 << 10))
  })

  test('a connection that keeps its port for a minute costs the slot, not the next program', async () => {
    const connects = `
import socket
server = socket.socket()
server.bind(("127.0.0.1", 5000))
server.listen()
client = socket.create_connection(("127.0.0.1", 5000))
other, _ = server.accept()
other.close()
print(client.recv(1))`
    const before = sandbox.stats().replaced
    expect(await runIn(sandbox, connects)).toMatchObject({ kind: 'ok', stdout: "b''\n" })
    expect(await runIn(sandbox, connects)).toMatchObject({ kind: 'ok', stdout: "b''\n" })
    expect(sandbox.stats().replaced - before).toBeGreaterThanOrEqual(1)
  })
}

describeOn('docker', 'what a program cannot do to the slot', () => slotSuite('docker'))
describeOn('bubblewrap', 'what a program cannot do to the slot', () => slotSuite('bubblewrap'))
