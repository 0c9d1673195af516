import { MemoSandbox } from '../../../services/sandbox/memo.ts'
import { failure } from '../../../services/failure.ts'
import { FakeSandbox, okVerdict } from '../../support/fake-sandbox.ts'
import { limits } from '../../support/sandbox-limits.ts'

function memoOver(programs: ConstructorParameters<typeof FakeSandbox>[0]) {
  const fake = new FakeSandbox(programs)
  return { fake, memo: new MemoSandbox(fake) }
}

const program = { source: 'p', seed: 1 }

test('the same program runs once, and says that its second verdict is the first one', async () => {
  const { fake, memo } = memoOver({ p: () => okVerdict('1') })
  expect((await memo.execute(program, limits())).cached).toBe(false)
  expect(await memo.execute(program, limits())).toEqual({ verdict: okVerdict('1'), cached: true })
  expect(fake.executed).toHaveLength(1)
})

test('the same program at the same time runs once', async () => {
  const { fake, memo } = memoOver({ p: () => okVerdict('1') })
  const executions = await Promise.all([1, 2, 3].map(() => memo.execute(program, limits())))
  expect(executions.map(({ cached }) => cached)).toEqual([false, true, true])
  expect(memo.stats()).toMatchObject({ cached: 2, outcomes: { ok: 1 } })
  expect(fake.executed).toHaveLength(1)
})

test.each([
  ['seed', { ...program, seed: 2 }, limits()],
  ['input', { ...program, stdin: 'x' }, limits()],
  ['limits', program, limits({ cpuMs: 1 })],
])('another %s is another program', async (_name, other, otherLimits) => {
  const { fake, memo } = memoOver({ p: () => okVerdict('1') })
  await memo.execute(program, limits())
  expect((await memo.execute(other, otherLimits)).cached).toBe(false)
  expect(fake.executed).toHaveLength(2)
})

test('a time-out is never remembered, because it may be the machine’s', async () => {
  const { fake, memo } = memoOver({ p: () => ({ ...okVerdict(''), kind: 'timeout', clock: 'wall' }) })
  await memo.execute(program, limits())
  expect((await memo.execute(program, limits())).cached).toBe(false)
  expect(fake.executed).toHaveLength(2)
})

test('an outage is its own caller’s and never remembered', async () => {
  let isDown = true
  const { memo } = memoOver({
    p: () => {
      if (!isDown) return okVerdict('1')
      isDown = false
      throw failure('Sandbox.EngineUnreachable', 'down')
    },
  })
  const [first, second] = await Promise.allSettled([memo.execute(program, limits()), memo.execute(program, limits())])
  expect(first).toMatchObject({ status: 'rejected', reason: { type: 'Sandbox.EngineUnreachable' } })
  expect(second).toMatchObject({ status: 'fulfilled', value: { cached: false } })
})
