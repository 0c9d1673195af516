import { execa } from 'execa'
import { join } from 'node:path'
import { ROOT } from '../support/repository.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

jest.setTimeout(30_000)

async function doctor(env: Record<string, string> = {}) {
  const { stdout, exitCode } = await execa(process.execPath, [join(ROOT, 'cli', 'agent0.mjs'), 'doctor'], {
    reject: false,
    env,
  })
  return { lines: stdout.split('\n'), code: exitCode }
}

test('on a machine that set-up has finished with, everything is ✓ and the exit code is 0', async () => {
  const { lines, code } = await doctor()
  // Which ports others hold, and what the backend here bounds, is not this test's business.
  expect(lines.filter((line) => !/^✓|^✗ Ports|^ +→ End what holds|^ +– /.test(line))).toEqual([])
  expect(lines.length).toBeGreaterThanOrEqual(9)
  expect(code).toBe(lines.some((line) => line.startsWith('✗ Ports')) ? 1 : 0)
})

test('what is missing is ✗ with what was found and what to do, and the exit code is 1', async () => {
  const { lines, code } = await doctor({ AGENT0_PYTHON: '/no/python', AGENT0_CACHE: temporaryFolder() })
  const of = (title: string) => lines.findIndex((line) => line.startsWith(`✗ ${title} `))
  expect(lines[of('Python') + 1]).toMatch(/→ Python 3\.11 or newer is needed .*AGENT0_PYTHON/)
  expect(lines[of('Temporal server') + 1]).toMatch(/→ .*TEMPORAL_ADDRESS/)
  expect(code).toBe(1)
})
