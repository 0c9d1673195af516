import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { ScoreRecord } from '../../../contracts/score.ts'
import { ExecutionResult } from '../../../contracts/execution-result.ts'
import { ROOT } from '../../support/repository.ts'
import { describeOn } from '../../support/sandbox-backends.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

jest.setTimeout(60_000)

/** Runs `agent0` over a file with this content. */
async function agent0(command: string, text: string, options: string[] = [], env: Record<string, string> = {}) {
  const file = join(temporaryFolder(), 'input')
  writeFileSync(file, text)
  const words = [join(ROOT, 'cli', 'agent0.mjs'), command, file, ...options]
  return execa(process.execPath, words, { reject: false, env })
}

describeOn('docker', 'agent0 sandbox and agent0 score --equivalence math', () => {
  test('a program that ends well prints what it prints, and the verdict beside it', async () => {
    const { stdout, stderr, exitCode } = await agent0('sandbox', 'import sys; print(sys.stdin.read().split()[0])', [
      '--stdin',
      join(ROOT, 'LICENSE'),
    ])
    expect(stdout.trim()).toBe('Apache')
    expect(stderr).toMatch(/^ok · CPU .* docker sha256:/)
    expect(exitCode).toBe(0)
  })

  test('another verdict is exit code 1, and --json is a whole verdict', async () => {
    const { stdout, exitCode } = await agent0('sandbox', '1/0', ['--json'])
    expect(ExecutionResult.parse(JSON.parse(stdout))).toMatchObject({ kind: 'error', exitCode: 1 })
    expect(exitCode).toBe(1)
  })

  test('an engine that is not there is exit code 2, in one sentence', async () => {
    const env = { DOCKER_HOST: 'unix:///absent.sock' }
    const { stderr, exitCode } = await agent0('sandbox', 'print(1)', ['--backend', 'docker'], env)
    expect(stderr).toMatch(/^the sandbox could not run it: .*absent\.sock/)
    expect(exitCode).toBe(2)
  })

  test('answers that only mathematics can tell to be equal vote together', async () => {
    const rollouts = ['0.125', '2^{-3}', '\\frac{1}{8}', '8'].map((answer) => ({
      text: `\\boxed{${answer}}`,
      toolCalls: 0,
    }))
    const line = JSON.stringify({ id: 'eighth', question: 'What is 1/8?', rollouts })
    const pHatOf = async (equivalence: string) => {
      const { stdout, stderr } = await agent0('score', line, ['--equivalence', equivalence])
      expect(stderr).toBe('')
      return (JSON.parse(stdout) as ScoreRecord).pHat
    }
    expect(await pHatOf('exact')).toBeLessThan(0.75)
    expect(await pHatOf('math')).toBe(0.75)
  })
})
