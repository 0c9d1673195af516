import { ExecutionResult } from '../../contracts/execution-result.ts'
import type { Sandbox } from '../../contracts/ports/index.ts'
import { limits } from './sandbox-limits.ts'

export const RANDOM = 'import random\nprint(random.random())'
export const TRACEBACK = `Traceback (most recent call last):
  File "program.py", line 1, in <module>
    1/0
    ~^~
ZeroDivisionError: division by zero`

/** The laws of the port, for whatever keeps them. */
export function sandboxContract(open: () => Promise<Sandbox>): void {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await open()
  }, 300_000)
  afterAll(() => sandbox.close())
  const run = async (source: string, seed = 1, changed = {}) =>
    (await sandbox.execute({ source, seed }, limits(changed))).verdict

  test('a program that prints ends ok, with a whole verdict that says where it ran', async () => {
    const verdict = await run('print(6 * 7)', 7)
    expect(ExecutionResult.parse(verdict)).toEqual(verdict)
    const { backend, imageDigest } = sandbox.guarantees()
    expect(verdict).toMatchObject({ kind: 'ok', stdout: '42\n', stdoutBytes: 3, seed: 7, backend, imageDigest })
  })

  test('an exception is an outcome with the traceback that Python prints', async () => {
    expect(await run('1/0')).toMatchObject({ kind: 'error', exitCode: 1, traceback: TRACEBACK, memoryError: false })
  })

  test('a loop ends at its limit, as an outcome', async () => {
    expect(await run('while True: pass', 1, { wallMs: 300 })).toMatchObject({ kind: 'timeout', clock: 'wall' })
  })

  test('the same seed gives the same numbers, another seed others', async () => {
    const [first, again, other] = [await run(RANDOM, 5), await run(RANDOM, 5), await run(RANDOM, 6)]
    expect(again.stdout).toBe(first.stdout)
    expect(other.stdout).not.toBe(first.stdout)
  })

  test('what no sandbox takes is refused, not run', async () => {
    await expect(run('#'.repeat((256 << 10) + 1))).rejects.toMatchObject({
      type: 'Sandbox.BadRequest',
      nonRetryable: true,
    })
    await expect(run('print(6 * 7)', 1, { cpuMs: 0 })).rejects.toMatchObject({ type: 'Sandbox.BadRequest' })
  })

  test('a session keeps its names from block to block', async () => {
    const session = await sandbox.openSession([], limits())
    expect((await session.run({ source: 'x = 41', seed: 1 }, limits())).kind).toBe('ok')
    expect((await session.run({ source: 'x += 1; print(x)', seed: 1 }, limits())).stdout).toBe('42\n')
    await session.close()
  })

  test('a session that was lost says so, and is rebuilt from the journaled blocks', async () => {
    const journaled = [{ source: 'x = 41', seed: 1 }]
    const lost = await sandbox.openSession(journaled, limits())
    expect((await lost.run({ source: 'while True: pass', seed: 1 }, limits({ wallMs: 300 }))).kind).toBe('timeout')
    const next = { source: 'x += 1; print(x)', seed: 1 }
    await expect(lost.run(next, limits())).rejects.toMatchObject({ type: 'Sandbox.SlotLost', nonRetryable: false })
    const rebuilt = await sandbox.openSession(journaled, limits())
    expect((await rebuilt.run(next, limits())).stdout).toBe('42\n')
    await rebuilt.close()
  })

  test('what it counts is what its callers got: verdicts, blocks of sessions and failures', async () => {
    const before = sandbox.stats().outcomes
    await run('1/0', 11)
    const session = await sandbox.openSession([], limits())
    await session.run({ source: 'x = 41', seed: 1 }, limits())
    await session.close()
    await run('#'.repeat((256 << 10) + 1)).catch(() => undefined)
    const { outcomes, ...stats } = sandbox.stats()
    const more = (name: keyof typeof outcomes) => (outcomes[name] ?? 0) - (before[name] ?? 0)
    expect([more('ok'), more('error'), more('Sandbox.BadRequest')]).toEqual([1, 1, 1])
    expect(stats).toMatchObject({ waiting: 0, replaced: 0, replacedBy: {} })
  })

  test('after its end it throws outages and invents no verdict', async () => {
    const own = await open()
    await own.close()
    await expect(own.execute({ source: 'print(6 * 7)', seed: 1 }, limits())).rejects.toMatchObject({
      nonRetryable: false,
    })
  })
}
