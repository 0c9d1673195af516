import { createSandbox } from '../../../services/sandbox/open.ts'
import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import { SandboxGrader } from '../../../services/sandbox/sandbox-grader.ts'
import { alteredSandbox, withoutRule } from '../../support/altered-guest.ts'
import { describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'
import { NUMBERS, WALK } from './kernel-table.ts'
import { surroundingsIn } from './surroundings.ts'

// It makes tens of thousands of calls, on machines with other work.
jest.setTimeout(600_000)

const PAIRS = [
  ['1/2', '0.5'],
  ['2', '3'],
  ['x+1', '1+x'],
] as const
const GRADES = ['equal', 'different', 'equal']

/** Runs the walk between two looks at what a program sees, and between two grades. */
async function walkIn(sandbox: PooledSandbox): Promise<string> {
  const grade = () => new SandboxGrader(sandbox).compare(PAIRS)
  const [fresh, grades] = [await surroundingsIn(sandbox), await grade()]
  expect(grades).toEqual(GRADES)
  const program = { source: WALK, seed: 1 }
  const { verdict } = await sandbox.execute(program, limits({ cpuMs: 300_000, wallMs: 500_000 }))
  expect(verdict).toMatchObject({ kind: 'ok', stderr: '' })
  expect(await surroundingsIn(sandbox)).toEqual(fresh)
  expect(await grade()).toEqual(GRADES)
  return verdict.stdout
}

/** What the walk must have tried, or it shows nothing. */
function expectWalked(printed: string): void {
  const [, numbers, calls] = /^numbers (\d+) calls (\d+)\n$/.exec(printed) ?? []
  expect(Number(numbers)).toBe(NUMBERS - 10)
  expect(Number(calls)).toBeGreaterThan(70_000)
}

describe.each(['docker', 'bubblewrap'] as const)('every call of the kernel, aimed at PID 1', (backend) => {
  describeOn(backend, 'the next program sees a fresh slot, and it is the same one', () => {
    test('no call changes what the next program or the grader sees', async () => {
      const sandbox = createSandbox(await realSlots(backend), 2, ['grader'])
      try {
        expectWalked(await walkIn(sandbox))
        expect(sandbox.stats().replaced).toBe(0)
      } finally {
        await sandbox.close()
      }
    })
  })
})

/** The rules that keep programs from PID 1; without prlimit64's the self-test would not let the slot serve. */
const RULES = [
  'sched_setaffinity',
  'sched_setparam',
  'sched_setscheduler',
  'sched_setattr',
  'setpriority',
  'ioprio_set',
]

describeOn('bubblewrap', 'the same walk where the second filter has holes', () => {
  test('changes PID 1, which then ends: the next program sees a fresh slot', async () => {
    const sandbox = await alteredSandbox(RULES.map(withoutRule), ['grader'])
    try {
      expectWalked(await walkIn(sandbox))
      expect(sandbox.stats().replaced).toBe(1)
    } finally {
      await sandbox.close()
    }
  })
})
