import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import { createSandbox } from '../../../services/sandbox/open.ts'
import type { ExecutionLimits, Program, Sandbox } from '../../../contracts/ports/index.ts'
import type { Equivalence } from '../../../contracts/vote.ts'
import { SandboxGrader } from '../../../services/sandbox/sandbox-grader.ts'
import { CODE_BYTES_MAX } from '../../../core/rollout/next-action.ts'
import { SOURCE_BYTES_MAX } from '../../../services/sandbox/frames.ts'
import { FakeSandbox } from '../../support/fake-sandbox.ts'
import { describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { DIFFERENT, EQUAL, HOSTILE } from './equivalence-pairs.ts'

/** The pairs that got `result`, to be read in a failure. */
function having(result: Equivalence, pairs: readonly (readonly [string, string])[], results: readonly Equivalence[]) {
  return pairs.filter((_, index) => results[index] === result).map((pair) => pair.join(' ~ ').slice(0, 100))
}

describeOn('docker', 'the grader', () => {
  let sandbox: PooledSandbox
  let grader: SandboxGrader
  beforeAll(async () => {
    sandbox = createSandbox(await realSlots('docker'), 2, ['grader', 'grader'])
    grader = new SandboxGrader(sandbox)
  }, 300_000)
  afterAll(() => sandbox.close())

  test('of 200 pairs none is decided wrongly, and at most 5 are undecided', async () => {
    expect(EQUAL.length + DIFFERENT.length + HOSTILE.length).toBeGreaterThanOrEqual(200)
    const [equal, different] = await Promise.all([grader.compare(EQUAL), grader.compare(DIFFERENT)])
    expect(having('different', EQUAL, equal)).toEqual([])
    expect(having('equal', DIFFERENT, different)).toEqual([])
    const undecided = [...having('undecided', EQUAL, equal), ...having('undecided', DIFFERENT, different)]
    expect(undecided.length).toBeLessThanOrEqual(5)
  }, 120_000)

  test.each(HOSTILE.map(([left, right]) => ({ name: left.slice(0, 40), left, right })))(
    'hostile: $name is bounded and never equal',
    async ({ left, right }) => {
      expect(await grader.compare([[left, right]])).not.toContain('equal')
    },
    30_000,
  )

  test('an honest pair behind a hostile one is still decided', async () => {
    const results = await grader.compare([
      ['9^{9^{9}}', '5'],
      ['1/4', '0.25'],
    ])
    expect(results[1]).toBe('equal')
  }, 30_000)

  test('six answers that nobody can decide cost at most six limits, not one for each of their 15 pairs', async () => {
    const sum = (index: number) => `\\sum_{k=1}^{1000} \\sum_{j=1}^{1000} (j+${index})^{1/k}`
    const answers = Array.from({ length: 6 }, (_, index) => sum(index))
    const pairs = answers.flatMap((left, index) => answers.slice(index + 1).map((right) => [left, right] as const))
    let cpuMs = 0
    const measured = new SandboxGrader({
      execute: async (program: Program, limits: ExecutionLimits) => {
        const execution = await sandbox.execute(program, limits)
        cpuMs += execution.verdict.cpuMs
        return execution
      },
    } as Sandbox)
    expect(new Set(await measured.compare(pairs))).toEqual(new Set(['undecided']))
    // A limit is 2 s of CPU time, found out within a second: 15 pairs take 30 s and more.
    expect(cpuMs).toBeLessThan(6 * 3_000 + 3_000)
  }, 240_000)

  test('a pool without a slot for it decides the same', async () => {
    const other = createSandbox(await realSlots('docker'), 2, ['bare'])
    const pairs = [...EQUAL.slice(0, 5), ...DIFFERENT.slice(0, 5)]
    expect(await new SandboxGrader(other).compare(pairs)).toEqual(await grader.compare(pairs))
    await other.close()
  }, 60_000)

  test('the order of a pair does not matter', async () => {
    const fresh = new SandboxGrader(sandbox)
    const pairs = [...EQUAL.slice(40, 60), ...DIFFERENT.slice(20, 40)]
    const mirrored = pairs.map(([left, right]) => [right, left] as const)
    expect(await fresh.compare(mirrored)).toEqual(await grader.compare(pairs))
  }, 60_000)
})

test('a pair that was decided is not asked again, not even mirrored', async () => {
  const grader = new SandboxGrader(new FakeSandbox({}))
  expect(await grader.compare([])).toEqual([])
  await expect(grader.compare([['1', '2']])).rejects.toThrow('does not know this program')
})

test.each([
  ['a row of signs', '-'.repeat(131_072)],
  ['quotes, which JSON doubles', '"'.repeat(60_000)],
  ['NUL, of which JSON makes six bytes', '\0'.repeat(200_000)],
  ['half characters', '\ud800'.repeat(200_000)],
  ['spaces', `x${' '.repeat(200_000)}y`],
])('an answer that is too long to be one is undecided, and never a refusal: %s', async (_name, long) => {
  // It would throw if it were asked to run something.
  const grader = new SandboxGrader(new FakeSandbox({}))
  const others = Array.from({ length: 9 }, (_, index) => [long, String(index)] as const)
  expect(await grader.compare([...others, [long, long]])).toEqual([...others.map(() => 'undecided'), 'equal'])
})

test('a rollout lets no program through that the sandbox would refuse for its size', () => {
  expect(CODE_BYTES_MAX).toBe(SOURCE_BYTES_MAX)
})
