import { RunConfig, type RunConfigInput } from '../../../contracts/run-config.ts'
import { type Budget, budgetOf } from '../../../core/loop/budget.ts'
import { addTallies } from '../../../core/metrics/add-tallies.ts'
import { recipes } from '../../../core/recipes/index.ts'
import { preset, PRESETS } from '../../support/presets.ts'

const HELD_OUT = 300

const config = (changes: Partial<RunConfigInput> = {}) => RunConfig.parse({ name: 'a', ...changes })
const sum = (budgets: readonly Budget[]) => budgets.reduce((left, right) => addTallies(left, right))

test.each(PRESETS)('%s: a run is its base evaluation and its iterations, and an iteration its stages', (name) => {
  const { iterations } = preset(name)
  const { base, stages, iteration, run } = budgetOf(preset(name), HELD_OUT)
  expect(iteration).toEqual(sum(stages.map(({ budget }) => budget)))
  expect(run).toEqual(sum([base, ...Array.from({ length: iterations }, () => iteration)]))
  expect(stages.map((stage) => stage.name)).toEqual(recipes.agent0.stages.map((stage) => stage.name))
})

test.each(PRESETS)('%s: what it may need at most is at least what one pool needs', (name) => {
  const { run, runAtMost } = budgetOf(preset(name), HELD_OUT)
  for (const key of Object.keys(run) as (keyof Budget)[]) expect(runAtMost[key]).toBeGreaterThanOrEqual(run[key])
})

test.each(PRESETS)('%s: no sample has more turns, programs or tokens than a rollout may', (name) => {
  const { rollout } = preset(name)
  for (const { budget } of budgetOf(preset(name), HELD_OUT).stages) {
    expect(budget.generations).toBeLessThanOrEqual(budget.samples * rollout.turnsMax)
    expect(budget.executions).toBeLessThanOrEqual(budget.generations)
    expect(budget.sampledTokens).toBe(budget.samples * rollout.responseTokensMax)
  }
})

test("a curriculum step by hand: 128 × 4 proposals, each answered 10 times in 4 turns; the default's 5 steps", () => {
  const { stages } = budgetOf(config(), 0)
  const rollouts = 5 * 512 * 10
  expect(stages[0]).toEqual({
    name: 'curriculum',
    budget: {
      samples: 5 * 512 + rollouts,
      generations: 5 * 512 + rollouts * 4,
      sampledTokens: (5 * 512 + rollouts) * 4096,
      executions: rollouts * 3,
      trainingSteps: 5,
    },
  })
})

test('an executor stage by hand: 40 steps of 128 tasks, 16 rollouts each', () => {
  const rollouts = 40 * 128 * 16
  expect(budgetOf(config(), 0).stages[2]!.budget).toMatchObject({
    samples: rollouts,
    executions: rollouts * 3,
    trainingSteps: 40,
  })
})

test('without the tool there is one generation, and nothing runs', () => {
  const { stages } = budgetOf(config({ curation: { answers: { tool: 'none' } } }), 0)
  expect(stages[1]!.budget).toMatchObject({ samples: 8000 * 11, generations: 8000 * 11, executions: 0 })
})

test('the base model answers the held-out tasks only; later the frozen executor answers no more tasks than there are', () => {
  const few = config({ curation: { poolSize: 20, tasksMin: 10, proposalsMax: 50 }, executor: { tasksPerStep: 10 } })
  const { base, stages, run, runAtMost } = budgetOf(few, HELD_OUT)
  expect(base.samples).toBe(HELD_OUT * 10)
  expect(stages[3]!.budget.samples).toBe(HELD_OUT * 10 + 20 * 10)
  expect(runAtMost.samples - run.samples).toBe(3 * (30 * 11 + 30 * 10))
})

test('a run that trains nobody but the executor, and evaluates nothing, counts only that', () => {
  const { stages, base } = budgetOf(
    config({ curriculum: { steps: 0 }, evaluation: { frozenExecutor: { tasksMax: 0 } } }),
    0,
  )
  expect(stages[0]!.budget.samples).toBe(0)
  expect(stages[3]!.budget.samples + base.samples).toBe(0)
})
