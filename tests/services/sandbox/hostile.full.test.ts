import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import { SandboxGrader } from '../../../services/sandbox/sandbox-grader.ts'
import { createSandbox } from '../../../services/sandbox/open.ts'
import { type Backend, describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'
import { honestPrograms } from './honest-programs.ts'
import { hostileFiles } from './hostile-files.ts'
import { hostileKernel } from './hostile-kernel.ts'
import { hostileMemory, hostileOutput } from './hostile-memory.ts'
import { hostileNext } from './hostile-next.ts'
import { hostileProcesses } from './hostile-processes.ts'
import type { HostileProgram } from './hostile-program.ts'
import { surroundingsIn } from './surroundings.ts'

const HOSTILE = [
  ...hostileProcesses,
  ...hostileKernel,
  ...hostileFiles,
  ...hostileMemory,
  ...hostileOutput,
  ...hostileNext,
]
const ROWS = [...honestPrograms, ...HOSTILE]
const isOn = (backend: Backend) => (row: HostileProgram) => row.notOn?.[backend] === undefined

/** What a grader is asked after every program: one pair of each kind that it can decide. */
const PAIRS = [
  ['1/2', '0.5'],
  ['2', '3'],
] as const
const GRADES = ['equal', 'different']

/** What the row says about a verdict, as one pattern. */
function patternOf(row: HostileProgram): object {
  const exactly = (wanted: string) => new RegExp(`^${wanted.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}$`)
  const text = (wanted: string | RegExp): unknown =>
    expect.stringMatching(typeof wanted === 'string' ? exactly(wanted) : wanted)
  return {
    kind: expect.stringMatching(`^(${row.ends.join('|')})$`),
    ...(row.prints !== undefined && { stdout: text(row.prints) }),
    ...(row.stderr !== undefined && { stderr: text(row.stderr) }),
    ...row.fields,
  }
}

const SECRET = 'c0ffee'.repeat(20)
/** Counts runs of 120 bytes with the secret's period in all its memory; its own needle is shorter than that. */
const SCAN = `
needle = b"c0ffee" * 3
found = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        bounds, rights = line.split()[:2]
        first, last = (int(bound, 16) for bound in bounds.split("-"))
        if "r" not in rights or first >= 1 << 47 or last - first > 64 << 20:
            continue
        try:
            memory.seek(first)
            data = memory.read(last - first)
        except OSError:
            continue
        at = data.find(needle)
        while at >= 0:
            run = data[at : at + 120]
            found += run[6:] == run[:-6] and len(run) == 120
            at = data.find(needle, at + 120)
print("found", found)
`

function hostileSuite(backend: Backend): void {
  let sandbox: PooledSandbox
  let fresh: Record<string, unknown>
  // A new grader each time: it remembers what it has decided.
  const grades = () => new SandboxGrader(sandbox).compare(PAIRS)
  beforeAll(async () => {
    // The slot of every program grades too, as in a pool without a grader's slot.
    sandbox = createSandbox(await realSlots(backend), 2, ['grader'])
    fresh = await surroundingsIn(sandbox)
    expect(await grades()).toEqual(GRADES)
  }, 300_000)
  afterAll(() => sandbox.close())

  test.each(ROWS.filter(isOn(backend)))(
    '$name',
    async (row) => {
      const program = { source: row.source, seed: 1, ...(row.stdin !== undefined && { stdin: row.stdin }) }
      const before = sandbox.stats()
      const { verdict } = await sandbox.execute(program, limits(row.limits))
      expect(verdict).toMatchObject(patternOf(row))
      expect(await surroundingsIn(sandbox)).toEqual(fresh)
      expect(await grades()).toEqual(GRADES)
      const { replaced, replacedBy } = sandbox.stats()
      const mayCost = row.mayCostSlot === true ? 2 : 0
      const lost = replaced - before.replaced
      expect(lost > mayCost ? replacedBy : 'no more slots than it may').toBe('no more slots than it may') // or why
    },
    120_000,
  )

  test('source, input and output of an earlier program are nowhere in the memory of the next', async () => {
    const run = async (source: string, stdin = '') =>
      (await sandbox.execute({ source, stdin, seed: 1 }, limits())).verdict
    const talkative = await run(`import sys\nprint("${SECRET}", sys.stdin.read())`, `${SECRET}in`)
    expect(talkative.stdout).toBe(`${SECRET} ${SECRET}in\n`)
    expect(await run(SCAN)).toMatchObject({ kind: 'ok', stdout: 'found 0\n' })
    // The scan can find: here the program itself holds what it looks for.
    expect((await run(`kept = "c0ffee" * int("20")\n${SCAN}`)).stdout).toMatch(/^found [1-9]/)
  }, 120_000)

  test('a package that a bare slot imports late follows the seed too', async () => {
    const source = 'import numpy\nprint(numpy.random.rand())'
    const bare = createSandbox(await realSlots(backend), 2, ['bare'])
    const runs = [1, 1, 2].map(async (seed) => (await bare.execute({ source, seed }, limits())).verdict.stdout)
    const [first, again, other] = await Promise.all(runs)
    await bare.close()
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  }, 120_000)
}

describeOn('docker', 'hostile programs end as they should and leave nothing', () => hostileSuite('docker'))
describeOn('bubblewrap', 'hostile programs end as they should and leave nothing', () => hostileSuite('bubblewrap'))

test.each(['docker', 'bubblewrap'] as const)('at least 120 hostile programs are tried on %s', (backend) => {
  expect(HOSTILE.filter(isOn(backend)).length).toBeGreaterThanOrEqual(120)
})

test('what bubblewrap does not bound is named, row by row', () => {
  const missing = ROWS.flatMap((row) => (row.notOn?.bubblewrap === undefined ? [] : [row.name]))
  expect(missing).toHaveLength(5)
})
