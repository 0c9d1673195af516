import type { Verdict } from '../../../contracts/verdict.ts'
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
left = [line for kind in ("shm", "msg", "sem") for line in open(f"/proc/sysvipc/{kind}").readlines()[1:]]
print(6 * 7, sum(places, []), others, left)
`

function check(row: HostileProgram, verdict: Verdict): void {
  expect(row.ends).toContain(verdict.kind)
  if (row.prints !== undefined)
    expect(verdict.stdout).toEqual(typeof row.prints === 'string' ? row.prints : expect.stringMatching(row.prints))
  if (row.stderr !== undefined) expect(verdict.stderr).toMatch(row.stderr)
  expect(verdict).toMatchObject(row.fields ?? {})
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
      check(row, verdict)
      const after = await sandbox.execute({ source: AFTER, seed: 1 }, limits())
      expect(after.verdict.stdout + after.verdict.stderr).toBe('42 [] [] []\n')
      if (row.mayCostSlot !== true) expect(sandbox.stats().replaced).toBe(before)
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
