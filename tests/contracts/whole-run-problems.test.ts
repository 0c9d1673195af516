import { parseConfig } from '../../contracts/config-problems.ts'
import { RunConfig, type RunConfigInput } from '../../contracts/run-config.ts'

/** Every problem as `path: what may stand there`. */
function problems(config: Omit<RunConfigInput, 'name'>): string[] {
  const result = parseConfig(RunConfig, { name: 'planted', ...config })
  return result.ok ? [] : result.problems.map(({ path, allowed }) => `${path.join('.')}: ${allowed}`)
}

const noTool = { reward: { tool: { kind: 'none' } } } as const

test.each<[string, Omit<RunConfigInput, 'name'>, string]>([
  ['a single turn, yet calls are rewarded', { rollout: { turnsMax: 1 } }, 'curriculum.reward.tool.kind: none'],
  [
    'no tool, yet calls are rewarded',
    { curriculum: { answers: { tool: 'none' } } },
    'curriculum.reward.tool.kind: none',
  ],
  [
    'more proposals than can all be alike',
    { curriculum: { groupsPerStep: 4_097, groupSize: 4 } },
    'curriculum.groupsPerStep: at most 16384 proposals per step',
  ],
  ['a band between two shares', { curation: { band: { low: 0.31, high: 0.39 } } }, 'curation.band: a band that holds'],
  ['a band upside down', { curation: { band: { low: 0.8, high: 0.3 } } }, 'curation.band.low: at most band.high'],
  [
    'less yield than a step needs',
    { curation: { tasksMin: 100 } },
    'curation.tasksMin: at least executor.tasksPerStep',
  ],
  ['a budget below the pool', { curation: { proposalsMax: 600 } }, 'curation.proposalsMax: at least poolSize'],
  [
    'a budget below the yield',
    { curation: { poolSize: 100, proposalsMax: 500 } },
    'curation.proposalsMax: at least poolSize (100) and at least tasksMin (512)',
  ],
  [
    'a warm-up without end',
    { executor: { steps: 10 } },
    'executor.training.warmupSteps: less than executor.steps (10)',
  ],
  [
    'more updates than rows',
    { curriculum: { groupsPerStep: 1, training: { updatesPerBatch: 5 } } },
    'curriculum.training.updatesPerBatch: at most 4',
  ],
  ['ADPO without p̂', { curriculum: { loss: { kind: 'adpo' } } } as never, 'curriculum.loss.kind: one of "grpo"'],
  ['ADPO of one p̂', { curation: { band: { low: 0.3, high: 0.3 } } }, 'executor.loss.pHatLow: less than pHatHigh (0.3)'],
  ['ADPO upside down', { executor: { loss: { kind: 'adpo', pHatLow: 0.9 } } }, 'executor.loss.pHatLow: less than'],
  [
    'a prompt that does not exist',
    { prompts: { curriculum: 'worked-exmples' } },
    'prompts.curriculum: a text, or a name: worked-examples',
  ],
  [
    'a task that the executor never reads',
    { prompts: { executor: 'Answer.' } },
    'prompts.executor: a text with {question}',
  ],
  [
    'ten equal answers',
    { evaluation: { heldOut: { sampling: { temperature: 0 } } } },
    'evaluation.heldOut.samplesPerTask: 1: at temperature 0',
  ],
])('refused: %s', (_what, config, sentence) => {
  expect(problems(config)).toEqual([expect.stringContaining(sentence)])
})

test.each<[string, Omit<RunConfigInput, 'name'>]>([
  ['a single turn without a tool reward', { rollout: { turnsMax: 1 }, curriculum: noTool }],
  ['a curriculum agent that is never trained', { curriculum: { steps: 0 } }],
  [
    'a band of one share',
    { curation: { band: { low: 0.3, high: 0.3 } }, executor: { loss: { kind: 'adpo', pHatHigh: 0.8 } } },
  ],
  ['plain GRPO for the executor', { executor: { loss: { kind: 'grpo' } } }],
  ['one greedy answer', { evaluation: { heldOut: { samplesPerTask: 1, sampling: { temperature: 0 } } } }],
])('legal: %s', (_what, config) => {
  expect(problems(config)).toEqual([])
})

test('an unknown recipe is refused with the names that there are', () => {
  expect(problems({ recipe: 'r-zero' } as never)).toEqual(['recipe: one of "agent0"'])
})

test('an unknown variant is refused with the variants that there are, a union of values with its parts', () => {
  expect(problems({ curriculum: { reward: { total: { kind: 'sum' } } } } as never)).toEqual([
    'curriculum.reward.total.kind: one of "gated", "additive"',
  ])
  expect(problems({ executor: { sampling: { topK: 'off' } } } as never)).toEqual([
    'executor.sampling.topK: one of "none", or a number',
  ])
})

test('an unknown key inside a variant is told with that variant’s keys', () => {
  const result = parseConfig(RunConfig, { name: 'a', executor: { loss: { kind: 'grpo', scaleMin: 0.6 } } })
  expect(result).toMatchObject({
    problems: [{ path: ['executor', 'loss', 'scaleMin'], validKeys: ['kind', 'clipLow', 'clipHigh'] }],
  })
})

test.each<[string, Omit<RunConfigInput, 'name'>, string]>([
  ['executor.training.warmupSteps', { executor: { steps: 5 } }, '10 (the default)'],
  ['executor.training.warmupSteps', { executor: { steps: 5, training: { warmupSteps: 7 } } }, '7'],
  ['curation.band.low', { curation: { band: { high: 0.2 } } }, '0.3 (the default)'],
  ['executor.loss.pHatLow', { executor: { loss: { kind: 'adpo', pHatHigh: 0.2 } } }, '0.3 (the default)'],
  ['curriculum.reward.tool.kind', { rollout: { turnsMax: 1 } }, '"executed-calls" (the default)'],
])('%s: a default that another value makes invalid is shown with its value', (path, config, found) => {
  const result = parseConfig(RunConfig, { name: 'planted', ...config })
  expect(result).toMatchObject({ problems: [{ path: path.split('.'), found }] })
})
