import { parseConfig, type ConfigProblem } from '../../contracts/config-problems.ts'
import { RunConfig } from '../../contracts/run-config.ts'

function problems(config: unknown): ConfigProblem[] {
  const result = parseConfig(RunConfig, config)
  return result.ok ? [] : result.problems
}

/** What is said about `value` at a path such as `executor.steps`, in an otherwise right config. */
function saidAbout(path: string, value: unknown): string[] {
  const config = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
  return problems({ name: 'test', ...(config as object) }).map(({ found, allowed }) => `${found}: ${allowed}`)
}

test.each<[string, unknown, string]>([
  ['executor.steps', 'many', '"many": a number'],
  ['executor.steps', 0, '0: at least 1'],
  ['executor.reward', { kind: 'matches-label', mismatchReward: 1 }, '1: less than 1'],
  ['rollout.traceShare', 2, '2: at most 1'],
  ['executor.sampling.temperature', 0, '0: more than 0'],
  ['rollout.session', 'shared', '"shared": one of "stateless", "per-rollout"'],
  ['executor.loss', { scaleMin: 0.5 }, 'nothing: one of "grpo", "adpo"'],
  ['alerts.noProgressMinutes', 0, '0: more than 0'],
  ['alerts.queueMinutes', 'soon', '"soon": one of "none", or a number'],
  ['alerts.diskFreeMin', 10, '10: at most 0.8'],
  ['name', 'A run', '"A run": lower-case letters, digits and dashes, 40 characters at most'],
])('%s: %j is reported as found and allowed', (path, value, expected) => {
  expect(saidAbout(path, value)).toEqual([expected])
})

test('a long value is cut to 60 characters', () => {
  const [problem] = problems({ name: 'x'.repeat(200) })
  expect(problem!.found).toHaveLength(58)
})

test('all problems are reported at once, each with its path', () => {
  const found = problems({ name: 'test', seed: -1, iterations: 0, curation: { band: { low: 2 } } })
  expect(found.map(({ path }) => path.join('.'))).toEqual(['seed', 'iterations', 'curation.band.low'])
})

test.each([
  ['the top', { recip: 'agent0' }, ['recip'], 'recipe'],
  ['a section', { executor: { groupsize: 8 } }, ['executor', 'groupsize'], 'groupSize'],
  ['a section with a rule', { curation: { band: { hi: 1 } } }, ['curation', 'band', 'hi'], 'high'],
])('an unknown key of %s is reported with the keys that exist there', (_where, config, path, valid) => {
  expect(problems({ name: 'test', ...config })).toMatchObject([
    { path, allowed: 'no such key', validKeys: expect.arrayContaining([valid]) },
  ])
})

test('a value that is no section at all is reported', () => {
  expect(problems('steps')).toEqual([{ path: [], found: '"steps"', allowed: 'a section of keys and values' }])
  expect(problems(undefined)).toEqual([{ path: [], found: 'nothing', allowed: 'a section of keys and values' }])
})
