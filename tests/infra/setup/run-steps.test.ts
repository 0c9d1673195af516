import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { buildFolder } from '../../../host/build-folder.mjs'
import { SetupProblem } from '../../../host/problem.mjs'
import { runSteps, type Step } from '../../../infra/setup/run-steps.mjs'
import { ROOT } from '../../support/repository.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function quiet() {
  const lines: string[] = []
  return { lines, options: { log: () => {}, print: (line: string) => void lines.push(line), logFile: '/log' } }
}

function stepThat(act: Step['act'], folder = temporaryFolder()): Step {
  const result = join(folder, 'result')
  return {
    title: 'work',
    lockFile: join(folder, 'lock'),
    check: async () => (existsSync(result) ? readFileSync(result, 'utf8') : undefined),
    act: async (tools) => {
      await act(tools)
      writeFileSync(result, 'done')
    },
  }
}

test('a step that is in place is not done again', async () => {
  let times = 0
  const step = stepThat(async () => void times++)
  const { lines, options } = quiet()
  await runSteps([step], options)
  await runSteps([step], options)
  expect(times).toBe(1)
  expect(lines).toEqual([expect.stringMatching(/^✓ work: done \(\d+\.\d s\)$/), expect.stringMatching(/^✓ work: done/)])
})

test('a step whose work does not satisfy its own check is a failure, not a success', async () => {
  const { lines, options } = quiet()
  const step = { ...stepThat(async () => {}), check: async () => undefined }
  expect(await runSteps([step], options)).toEqual([expect.objectContaining({ ok: false })])
  expect(lines[0]).toMatch(/^✗ work: .*its check still fails/)
})

test('one failed step does not stop the others, and says one sentence and where the log is', async () => {
  const { lines, options } = quiet()
  const failing = stepThat(() => Promise.reject(new SetupProblem('There is no compass: buy one.')))
  const results = await runSteps([failing, stepThat(async () => {})], options)
  expect(results.map(({ ok }) => ok)).toEqual([false, true])
  expect(lines).toContain('✗ work: There is no compass: buy one.\n  The whole log: /log')
})

test('two processes at once do the work once', async () => {
  const folder = temporaryFolder()
  const script = join(folder, 'two.mjs')
  writeFileSync(
    script,
    `import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
     import { runSteps } from '${ROOT}/infra/setup/run-steps.mjs'
     const result = '${folder}/result'
     const step = {
       title: 'work', lockFile: '${folder}/lock', check: async () => (existsSync(result) ? 'there' : undefined),
       act: async () => {
         appendFileSync('${folder}/times', 'x')
         await new Promise((resolve) => setTimeout(resolve, 300))
         writeFileSync(result, '')
       },
     }
     const [only] = await runSteps([step], { log() {}, print() {}, logFile: '' })
     process.exitCode = only.ok ? 0 : 1`,
  )
  await Promise.all([1, 2, 3].map(() => execa(process.execPath, [script])))
  expect(readFileSync(join(folder, 'times'), 'utf8')).toBe('x')
})

test('a lock is given back when its owner is killed', async () => {
  const folder = temporaryFolder()
  const script = join(folder, 'owner.mjs')
  writeFileSync(
    script,
    `import { acquireLock } from '${ROOT}/host/lock.mjs'
     await acquireLock('${folder}/lock')
     console.log('held')
     setInterval(() => {}, 1000)`,
  )
  const owner = execa(process.execPath, [script], { reject: false })
  await new Promise((resolve) => owner.stdout.once('data', resolve))
  owner.kill('SIGKILL')
  await owner
  const next = await execa('flock', ['--wait', '5', join(folder, 'lock'), 'echo', 'mine'])
  expect(next.stdout).toBe('mine')
})

test('a folder in the making is not seen, and what a broken try left is used by the next', async () => {
  const folder = join(temporaryFolder(), 'tool')
  const interrupted = buildFolder(folder, async (partial) => {
    writeFileSync(join(partial, 'first-half'), '')
    throw new Error('power cut')
  })
  await expect(interrupted).rejects.toThrow('power cut')
  expect(existsSync(folder)).toBe(false)
  await buildFolder(folder, async (partial) => {
    expect(readdirSync(partial)).toEqual(['first-half'])
    writeFileSync(join(partial, 'second-half'), '')
  })
  expect(readdirSync(folder).toSorted()).toEqual(['first-half', 'second-half'])
})
