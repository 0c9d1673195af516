import type { PooledSandbox } from '../../../infra/sandbox/pooled-sandbox.ts'
import { createSandbox } from '../../../infra/services/open-sandbox.ts'
import { type Backend, describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'
import { hostileFiles } from './hostile-files.ts'
import { hostileKernel } from './hostile-kernel.ts'
import { hostileMemory, hostileOutput } from './hostile-memory.ts'
import { hostileProcesses } from './hostile-processes.ts'
import type { HostileProgram } from './hostile-program.ts'

const ROWS = [...hostileProcesses, ...hostileKernel, ...hostileFiles, ...hostileMemory, ...hostileOutput]

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
    60_000,
  )
}

describeOn('docker', 'hostile programs end as they should and leave nothing', () => hostileSuite('docker'))
describeOn('bubblewrap', 'hostile programs end as they should and leave nothing', () => hostileSuite('bubblewrap'))

test('what bubblewrap does not bound is named, row by row', () => {
  const missing = ROWS.flatMap((row) => (row.notOn?.bubblewrap === undefined ? [] : [row.name]))
  expect(missing).toHaveLength(5)
})
