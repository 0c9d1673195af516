import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { DockerSlots } from '../../../services/sandbox/docker-slots.ts'
import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import { createSandbox } from '../../../services/sandbox/open.ts'
import { describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'

const MIXED: [source: string, kind: string][] = [
  ['print(sum(range(10)))', 'ok'],
  ['print(sorted({3, 1, 2}))', 'ok'],
  ['import sympy\nprint(sympy.factorint(360))', 'ok'],
  ['raise ValueError("no")', 'error'],
  ['x = bytearray(10**10)', 'error'],
  ['import os\nos.abort()', 'crash'],
]

/** Calls `work` for 0 … count − 1, at most `callers` at a time. */
async function inParallel(count: number, callers: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const caller = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

describeOn('docker', 'many executions', () => {
  let sandbox: PooledSandbox
  const runId = `wear-${process.pid}`
  async function open(templates: ('bare' | 'math')[]): Promise<void> {
    const image = (await realSlots('docker')).guarantees.imageDigest
    sandbox = createSandbox(await DockerSlots.open({ image, runId }), 2, templates)
    await sandbox.execute({ source: 'print(42)', seed: 1 }, limits())
  }
  const containers = () =>
    execFileSync('docker', ['ps', '-aq', '--no-trunc', '--filter', `label=agent0.run=${runId}`], {
      encoding: 'utf8',
    }).trim()

  test('of 500 mixed programs at 32 callers every verdict is right, and no container is left', async () => {
    await open(['bare', 'bare', 'math', 'math'])
    const wrong: string[] = []
    await inParallel(500, 32, async (index) => {
      const [source, kind] = MIXED[index % MIXED.length]!
      const { verdict } = await sandbox.execute({ source: `${source}\n#${index}`, seed: index }, limits())
      if (verdict.kind !== kind || verdict.seed !== index) wrong.push(`${source} ended as ${verdict.kind}`)
    })
    expect(wrong).toEqual([])
    await sandbox.close()
    expect(containers()).toBe('')
  }, 120_000)

  test('a slot does not grow over 1,990 executions, all that it lives for', async () => {
    await open(['bare'])
    const pid = execFileSync('docker', ['inspect', '--format', '{{.State.Pid}}', containers()], {
      encoding: 'utf8',
    }).trim()
    const residentKiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
    const runMany = (count: number) =>
      inParallel(count, 2, async (index) => {
        await sandbox.execute({ source: `print("x" * ${index})`, seed: index }, limits())
      })
    await runMany(100)
    const before = residentKiB()
    await runMany(1_890)
    expect(residentKiB()).toBeLessThan(1.05 * before)
    expect(sandbox.stats().replaced).toBe(0)
    await sandbox.close()
  }, 120_000)
})
