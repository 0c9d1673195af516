import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { repositoryFiles, ROOT, type SourceFile } from '../support/repository.ts'

// Which suites `npm run test:quick` has is a matter of their file names (tests/README.md); these rules keep that honest.

const isFull = (path: string) => path.endsWith('.full.test.ts')

/** Rooms whose suites run on fakes, or on a Temporal server in memory: all of them are quick. */
const QUICK_ROOMS = /^tests\/(core|contracts|house|activities|workflows|report|bench)\//
/** What starts vLLM, a whole run, a Python per training step or containers: minutes. */
const DEAR = /\b(wholeRun|startVllm|oneShotSubject|describeOn|realSlots)\b/
/** The one suite of the quick tier with real containers. */
const QUICK_CONTAINERS = 'tests/services/sandbox/contract-docker.test.ts'

/** Where one port has several real adapters, with their suites. */
function contractProblems(suites: readonly string[]): string[] {
  const contracts = suites.filter((path) => basename(path).startsWith('contract-'))
  return [...new Set(contracts.map(dirname))].flatMap((folder) => {
    const quick = contracts.filter((path) => dirname(path) === folder && !isFull(path))
    return quick.length === 1 ? [] : [`${folder}: ${quick.length} real adapters in the quick tier: one, please`]
  })
}

function problems(files: readonly SourceFile[]): string[] {
  const suites = files.filter(({ path }) => path.endsWith('.test.ts'))
  const paths = suites.map(({ path }) => path)
  const quickKills = paths.filter((path) => basename(path).startsWith('kill-') && !isFull(path))
  return [
    ...contractProblems(paths),
    ...(quickKills.length === 1 ? [] : [`${quickKills.length} suites kill-*.test.ts in the quick tier: one, please`]),
    ...paths
      .filter((path) => QUICK_ROOMS.test(path) && isFull(path))
      .map((path) => `${path}: all suites of this room are quick`),
    ...suites
      .filter(
        ({ path, text }) =>
          DEAR.test(text) && !isFull(path) && path !== QUICK_CONTAINERS && !path.startsWith('tests/house/'),
      )
      .map(
        ({ path, text }) =>
          `${path}: ${DEAR.exec(text)![0]} takes long: name it ${path.replace('.test.ts', '.full.test.ts')}`,
      ),
  ]
}

const files = repositoryFiles(['.ts']).filter(({ path }) => path.startsWith('tests/'))

test('the quick tier has one real adapter per contract and one kill, and nothing that takes minutes', () => {
  expect(problems(files)).toEqual([])
})

test('the table of long suites names suites that there are', () => {
  const seconds = readFileSync(join(ROOT, 'tests', 'support', 'suite-seconds.json'), 'utf8')
  const paths = new Set(files.map(({ path }) => path))
  const named = Object.keys(JSON.parse(seconds) as object)
  expect(named).not.toEqual([])
  expect(named.filter((path) => !paths.has(path))).toEqual([])
})

test.each<[string, string, string, string]>([
  ['a second real adapter', 'tests/services/trainer/contract-other.test.ts', '', '2 real adapters'],
  ['a second kill', 'tests/workers/kill-worker.test.ts', '', '2 suites kill-'],
  ['a full suite of the core', 'tests/core/voting/vote.full.test.ts', '', 'all suites of this room are quick'],
  ['a whole run', 'tests/cli/run.test.ts', 'await wholeRun()', 'name it tests/cli/run.full.test.ts'],
  ['real containers', 'tests/cli/x.test.ts', "describeOn('docker', 'x', () => {})", 'name it tests/cli/x.full.test.ts'],
])('planted, caught: %s', (_what, path, text, problem) => {
  expect(problems([...files, { path, text }])).toEqual([expect.stringContaining(problem)])
})

test('planted, caught: a contract without a real adapter in the quick tier', () => {
  const without = files.filter(({ path }) => path !== 'tests/services/trainer/contract-service.test.ts')
  expect(problems(without)).toEqual([expect.stringContaining('tests/services/trainer: 0 real adapters')])
})
