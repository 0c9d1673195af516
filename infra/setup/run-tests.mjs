/**
 * `npm test` and `npm run test:quick`: types, lint and format, then Jest, and beside it ruff and pytest, which leave a core idle if they
 * run alone. The last line is their sum. What each tier has: tests/README.md.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { tryRun } from '../../host/commands.mjs'
import { ROOT } from '../../host/paths.mjs'
import { mlPython } from '../../host/python.mjs'

/** @typedef {'quick' | 'full'} Tier */

/** @type {Record<Tier, { jest: string[], pytest: string[] }>} */
const TIERS = {
  quick: { jest: ['--testPathIgnorePatterns', String.raw`\.full\.test\.ts$`], pytest: ['-m', 'not full'] },
  full: { jest: ['--coverage'], pytest: [] },
}
/** Jest's own choice, but never one: most of the long tests wait for processes of their own, and would leave a core idle. */
const jestWorkers = Math.max(2, availableParallelism() - 1)
const results = join(ROOT, '.agent0', 'test-results')
const jestReport = join(results, 'jest.json')
const pytestReport = join(results, 'pytest.xml')
const SLOWEST_SHOWN = 12

/** @param {string} name */
const bin = (name) => join(ROOT, 'node_modules', '.bin', name)
const path = { PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}` }

/** @typedef {{ name: string, startTime: number, endTime: number }} SuiteResult */
/** @typedef {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number, testResults: SuiteResult[] }} JestReport */

/** @returns {JestReport} */
const readJestReport = () => JSON.parse(readFileSync(jestReport, 'utf8'))

/** @returns {{ passed: number, failed: number }} */
function jestCounts() {
  const report = readJestReport()
  // A suite that cannot even load has no tests to count, and is a failure all the same.
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites }
}

/** @returns {{ passed: number, failed: number }} */
function pytestCounts() {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(pytestReport, 'utf8'))?.[0] ?? ''
  const number = (/** @type {string} */ name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0)
  const failed = number('errors') + number('failures')
  return { passed: number('tests') - failed - number('skipped'), failed }
}

/** Where the time went, for tests/support/longest-first.mjs. */
function printSlowest() {
  const seconds = (/** @type {SuiteResult} */ suite) => (suite.endTime - suite.startTime) / 1_000
  const slowest = readJestReport().testResults.toSorted((a, b) => seconds(b) - seconds(a))
  console.log('\n── the slowest suites, seconds')
  for (const suite of slowest.slice(0, SLOWEST_SHOWN))
    console.log(`${seconds(suite).toFixed(0).padStart(5)}  ${relative(ROOT, suite.name)}`)
}

/** @param {string} title @param {string} command @param {string[]} args */
async function show(title, command, args) {
  console.log(`\n── ${title}`)
  return (await tryRun(command, args, { cwd: ROOT, env: path, show: true })).code
}

/**
 * Runs beside what is shown; what it prints is shown by `tell`.
 * @param {string} python
 * @param {string[]} args
 */
async function beside(python, args) {
  const beganAt = performance.now()
  let printed = ''
  const log = (/** @type {string} */ text) => void (printed += text)
  const { code } = await tryRun(python, ['-m', ...args], { cwd: ROOT, log })
  const seconds = ((performance.now() - beganAt) / 1_000).toFixed(0)
  return {
    code,
    tell: (/** @type {string} */ title) => console.log(`\n── ${title}, beside Jest: ${seconds} s\n${printed}`),
  }
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

/** @param {string} python @param {string[]} more */
async function pythonChecks(python, more) {
  const ruff = await beside(python, ['ruff', 'check', 'ml', 'services/sandbox', 'tests', 'bench'])
  const settings = ['-q', '-p', 'no:cacheprovider', '-c', 'ml/pyproject.toml', `--junitxml=${pytestReport}`]
  const pytest = await beside(python, ['pytest', ...settings, ...more, 'ml/tests'])
  return { ruff, pytest }
}

/** @param {string[]} more */
function runJest(more) {
  const report = ['--json', `--outputFile=${jestReport}`]
  return show('Jest', 'npm', ['run', '--silent', 'jest', '--', `--maxWorkers=${jestWorkers}`, ...report, ...more])
}

/**
 * @param {Tier} tier
 * @returns {Promise<number>} exit code: 0 only if tests ran and none failed
 */
export async function runTests(tier) {
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const checks = [
    await show('types', bin('tsc'), ['-b']),
    await show('lint', bin('oxlint'), ['--type-aware']),
    await show('format', bin('oxfmt'), ['--check']),
  ]
  const options = TIERS[tier]
  const besideJest = pythonChecks(await mlPython(), options.pytest)
  const jest = await runJest(options.jest)
  const { ruff, pytest } = await besideJest
  ruff.tell('ruff')
  pytest.tell('pytest')
  const fromJest = counted(jestCounts, jest)
  const fromPytest = counted(pytestCounts, pytest.code)
  const failedChecks = [...checks, ruff.code].filter((code) => code !== 0).length
  const passed = fromJest.passed + fromPytest.passed
  const failed = fromJest.failed + fromPytest.failed + failedChecks
  if (fromJest.passed > 0) printSlowest()
  console.log(`\n${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

/**
 * `npm test -- PATHS`: these alone.
 * @param {readonly string[]} paths what Jest takes
 * @returns {Promise<number>} Jest's exit code
 */
export function runSomeTests(paths) {
  return show('Jest', 'npm', ['run', '--silent', 'jest', '--', ...paths])
}
