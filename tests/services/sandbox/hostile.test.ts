import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import { createSandbox } from '../../../services/sandbox/open.ts'
import { type Backend, describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'
import { honestPrograms } from './honest-programs.ts'
import { hostileFiles } from './hostile-files.ts'
import { hostileKernel } from './hostile-kernel.ts'
import { hostileMemory, hostileOutput } from './hostile-memory.ts'
import { hostileProcesses } from './hostile-processes.ts'
import type { HostileProgram } from './hostile-program.ts'

const ROWS = [
  ...honestPrograms,
  ...hostileProcesses,
  ...hostileKernel,
  ...hostileFiles,
  ...hostileMemory,
  ...hostileOutput,
]

/** Both after-checks in one program: the slot still computes, and nothing of the program before is there. */
const AFTER = `
import os
places = [os.listdir(place) for place in ("/tmp", "/dev/shm", "/dev/mqueue") if os.path.isdir(place)]
others = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())]
left = [line for kind in os.listdir("/proc/sysvipc") for line in open(f"/proc/sysvipc/{kind}").readlines()[1:]]
print(6 * 7, sum(places, []), others, left)
`

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
  beforeAll(async () => {
    sandbox = createSandbox(await realSlots(backend), 2, ['bare'])
  }, 300_000)
  afterAll(() => sandbox.close())

  test.each(ROWS.filter((row) => row.notOn?.[backend] === undefined))(
    '$name',
    async (row) => {
      const program = { source: row.source, seed: 1, ...(row.stdin !== undefined && { stdin: row.stdin }) }
      const before = sandbox.stats().replaced
      const { verdict } = await sandbox.execute(program, limits(row.limits))
      expect(verdict).toMatchObject(patternOf(row))
      const after = await sandbox.execute({ source: AFTER, seed: 1 }, limits())
      expect(after.verdict.stdout + after.verdict.stderr).toBe('42 [] [] []\n')
      expect(sandbox.stats().replaced - before).toBeLessThanOrEqual(row.mayCostSlot === true ? 2 : 0)
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
    const runs = [1, 1, 2].map(async (seed) => (await sandbox.execute({ source, seed }, limits())).verdict.stdout)
    const [first, again, other] = await Promise.all(runs)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  }, 120_000)
}

describeOn('docker', 'hostile programs end as they should and leave nothing', () => hostileSuite('docker'))
describeOn('bubblewrap', 'hostile programs end as they should and leave nothing', () => hostileSuite('bubblewrap'))

test('what bubblewrap does not bound is named, row by row', () => {
  const missing = ROWS.flatMap((row) => (row.notOn?.bubblewrap === undefined ? [] : [row.name]))
  expect(missing).toHaveLength(5)
})
