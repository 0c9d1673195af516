/** All tests: types, lint and format, then Jest, then pytest. The last line is their sum. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { tryRun } from '../../host/commands.mjs'
import { ROOT } from '../../host/paths.mjs'
import { mlPython } from '../../host/python.mjs'

/** Jest's own choice, but never one: most of the long tests wait for processes of their own, and would leave a core idle. */
const jestWorkers = Math.max(2, availableParallelism() - 1)
const results = join(ROOT, '.agent0', 'test-results')

/** @param {string} file @returns {{ passed: number, failed: number }} */
function jestCounts(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  // A suite that cannot even load has no tests to count, and is a failure all the same.
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites }
}

/** @param {string} file @returns {{ passed: number, failed: number }} */
function pytestCounts(file) {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? ''
  const number = (/** @type {string} */ name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0)
  const failed = number('errors') + number('failures')
  return { passed: number('tests') - failed - number('skipped'), failed }
}

/**
 * @param {string} title
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function show(title, command, args, env = {}) {
  console.log(`\n── ${title}`)
  return (await tryRun(command, args, { cwd: ROOT, env, show: true })).code
}

/**
 * @param {() => { passed: number, failed: number }} read
 * @param {number} code of the runner, which counts as a failure of its own if no test explains it
 */
function counted(read, code) {
  try {
    const counts = read()
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
  } catch {
    return { passed: 0, failed: 1 }
  }
}

/** @returns {Promise<number>} exit code: 0 only if tests ran and none failed */
export async function runAllTests() {
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules', '.bin', name)
  const path = { PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}` }
  const checks = [
    await show('types', bin('tsc'), ['-b'], path),
    await show('lint', bin('oxlint'), ['--type-aware'], path),
    await show('format', bin('oxfmt'), ['--check'], path),
  ]
  const jestReport = join(results, 'jest.json')
  const jest = await show(
    'Jest',
    'npm',
    [
      'run',
      '--silent',
      'jest',
      '--',
      `--maxWorkers=${jestWorkers}`,
      '--coverage',
      '--json',
      `--outputFile=${jestReport}`,
    ],
    path,
  )
  const pytestReport = join(results, 'pytest.xml')
  const python = await mlPython()
  const ruff = await show('ruff', python, ['-m', 'ruff', 'check', 'ml', 'services/sandbox', 'tests', 'bench'])
  const pytest = await show('pytest', python, [
    '-m',
    'pytest',
    '-q',
    '-p',
    'no:cacheprovider',
    '-c',
    'ml/pyproject.toml',
    'ml/tests',
    `--junitxml=${pytestReport}`,
  ])
  const fromJest = counted(() => jestCounts(jestReport), jest)
  const fromPytest = counted(() => pytestCounts(pytestReport), pytest)
  const failedChecks = [...checks, ruff].filter((code) => code !== 0).length
  const passed = fromJest.passed + fromPytest.passed
  const failed = fromJest.failed + fromPytest.failed + failedChecks
  console.log(`\n${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}
