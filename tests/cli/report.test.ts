import { execa } from 'execa'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRun } from '../../report/read-run.ts'
import { mlPython } from '../../host/python.mjs'
import { openStore } from '../../services/artifact-store/open.ts'
import { LoopWorld } from '../support/loop-world.ts'
import { ROOT } from '../support/repository.ts'
import { smallConfig } from '../support/small-world.ts'
import { startTemporalServer } from '../support/temporal-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

jest.setTimeout(120_000)

const folder = temporaryFolder()

const report = (...args: string[]) => agent0('report', ...args)

async function agent0(...args: string[]) {
  const options = [...args, '--store', folder]
  const { stdout, stderr, exitCode } = await execa(process.execPath, [join(ROOT, 'cli', 'agent0.mjs'), ...options], {
    reject: false,
  })
  return { stdout, stderr, exitCode }
}

beforeAll(async () => {
  const server = await startTemporalServer()
  const world = new LoopWorld(server)
  await world.start()
  // The pool has to grow before it holds enough.
  await world.finish(smallConfig('whole', { curation: { ...smallConfig('whole').curation, tasksMin: 12 } }))
  await world.close()
  await server.close()
  // What the run left, as files.
  const files = openStore(folder, 'kill')
  for (const key of await world.store.list('whole')) {
    const reference = (await world.store.find(key))!
    await files.putIfAbsent(key, await world.store.get(reference), reference.count)
  }
})

test('a finished run: every stage, its training, its cost and what it shows', async () => {
  const { stdout, exitCode } = await report('whole')
  expect(stdout).toContain('Finished: the base model and 1 iteration.')
  for (const title of ['HELD-OUT TASKS', 'POOL OF TASKS', 'TRAINING: CURRICULUM', 'TRAINING: EXECUTOR', 'WALL TIME'])
    expect(stdout).toMatch(new RegExp(`^${title} +base +iter 1`, 'm'))
  expect(stdout).toContain('Held-out mean@k')
  expect(exitCode).toBe(0)
})

test('the same as data, with a line of metrics per training step', async () => {
  const { stdout } = await report('whole', '--json')
  const data = JSON.parse(stdout) as { iterations: number[]; steps: { stage: string; metrics: object }[] }
  expect(data.iterations).toEqual([0, 1])
  expect(data.steps.map(({ stage }) => stage)).toEqual(['curriculum', 'curriculum', 'executor', 'executor'])
  expect(data.steps[0]!.metrics).toEqual({ loss: 0.5, tokens: 100 })
})

test('regrade: what this version would grade otherwise; the store stays as it is', async () => {
  const files = () => readdirSync(folder, { recursive: true }).length
  const before = files()
  const { stdout, exitCode } = await agent0('regrade', 'whole')
  expect(stdout).toMatch(
    /^whole: \d+ rollouts of \d+ tasks in \d+ steps, read again with grader \d+\.\nNothing would change\.$/,
  )
  expect(exitCode).toBe(0)
  expect(await agent0('regrade', 'whole', '--json')).toMatchObject({ stdout: '', exitCode: 0 })
  expect(await agent0('regrade', 'nobody')).toMatchObject({ exitCode: 1 })
  expect(files()).toEqual(before)
})

test('the page holds tasks of the run, each with its vote and a rollout', async () => {
  const file = join(temporaryFolder(), 'report.html')
  const { stdout, exitCode } = await report('whole', '--html', file)
  expect({ stdout, exitCode }).toEqual({ stdout: `Written: ${file}`, exitCode: 0 })
  const page = readFileSync(file, 'utf8')
  const count = (pattern: RegExp) => page.match(pattern)?.length ?? 0
  expect(count(/<article id=/g)).toBeGreaterThanOrEqual(5)
  expect(count(/The vote of its/g)).toBe(count(/<article id=/g))
  expect(count(/>Turn 1 /g)).toBe(count(/<article id=/g))
  for (const because of ['kept, most divided', 'dropped, highest p̂']) expect(page).toContain(`${because}, iteration 1`)
})

test('a page that cannot be written is one sentence', async () => {
  const { stderr, exitCode } = await report('whole', '--html', join(folder, 'nowhere', 'report.html'))
  expect(stderr).toMatch(/^ENOENT[^\n]*nowhere[^\n]*$/)
  expect(exitCode).toBe(1)
})

test('an export holds the tables and records as plain files, and the report', async () => {
  const to = join(temporaryFolder(), 'whole')
  const { stdout, exitCode } = await agent0('export', 'whole', '--to', to)
  expect(stdout).toMatch(/^Written: \d+ files in /)
  expect(exitCode).toBe(0)
  const names = readdirSync(to, { recursive: true, encoding: 'utf8' })
  const tables = names.filter((name) => name.endsWith('.parquet'))
  expect(tables).toContain(join('iter-001', 'metrics.parquet'))
  for (const table of tables) expect(readFileSync(join(to, table)).subarray(0, 4).toString()).toBe('PAR1')
  const decisions = names.find((name) => name.endsWith('-decisions.jsonl'))!
  for (const line of readFileSync(join(to, decisions), 'utf8').trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ id: expect.stringContaining('whole/iter-001/curation/') })
  expect(JSON.parse(readFileSync(join(to, 'report.json'), 'utf8'))).toMatchObject({ run: 'whole', isFinished: true })

  const again = await agent0('export', 'whole', '--to', to)
  expect(again).toMatchObject({ stderr: `${to} is not empty: name a new folder.`, exitCode: 1 })
})

const READ_TENSORBOARD = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
print(json.dumps({tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}))
`

test('curves for TensorBoard read as they are in the report', async () => {
  const to = join(temporaryFolder(), 'curves')
  const { stdout, exitCode } = await agent0('export', 'whole', '--as', 'tensorboard', '--to', to)
  expect({ stdout, exitCode }).toEqual({ stdout: `Written for tensorboard: ${to}`, exitCode: 0 })
  const read = await execa(await mlPython(), ['-W', 'ignore', '-c', READ_TENSORBOARD, to])
  expect(JSON.parse(read.stdout)).toMatchObject({
    'curriculum/loss': [
      [1, 0.5],
      [2, 0.5],
    ],
    'iteration/heldOutMean': [
      [0, expect.any(Number)],
      [1, expect.any(Number)],
    ],
  })
})

test('a Python without the wanted client is told what it lacks', async () => {
  const python = ['--python', await mlPython()]
  const to = join(temporaryFolder(), 'curves')
  const { stderr, exitCode } = await agent0('export', 'whole', '--as', 'mlflow', '--to', to, ...python)
  expect(stderr).toContain('has no mlflow: install mlflow for it, or name another with --python.')
  expect(exitCode).toBe(1)
})

test('there is no such run: one sentence with the runs there are', async () => {
  const { stderr, stdout, exitCode } = await report('other')
  expect(stderr).toBe(`There is no run "other" in ${folder}; there are: whole.`)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
})

test.each(['Not a run', 'whole/iter-001', '..', ''])('%j is no name of a run', async (name) => {
  expect(await readRun(openStore(folder), name)).toBeNull()
})

test('an unfinished run: the iterations so far, and that it is not finished', async () => {
  rmSync(join(folder, 'runs', 'whole', 'iter-001', 'record.json'))
  const { stdout, exitCode } = await report('whole')
  expect(stdout).toContain('Not finished: only the base model is evaluated; these are the numbers so far.')
  expect(stdout).toContain('The next one has taken 4 training steps so far.')
  expect(stdout).toMatch(/^HELD-OUT TASKS +base +paper$/m)
  expect(exitCode).toBe(0)
})

test('a spoilt record is named, and nothing is reported', async () => {
  const name = join('runs', 'whole', 'iter-000', 'record.json')
  writeFileSync(join(folder, name), 'spoilt')
  const { stderr, stdout, exitCode } = await report('whole')
  expect(stderr).toContain(name)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
})
