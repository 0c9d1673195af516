import { RunConfig } from '../../contracts/run-config.ts'
import { configFile, preset, PRESETS } from '../support/presets.ts'

/** Lines that set a value, without the run's own name and the recipe's. */
function settings(text: string): string[] {
  return text.split('\n').filter((line) => /^\s*\w+: [^#]/.test(line) && !/^(name|recipe):/.test(line))
}

/** What a preset writes: all but the prompts, which stand once, and ADPO's bounds, which are those of the band. */
function spelledOut({ prompts: _prompts, ...config }: RunConfig) {
  if (config.executor.loss.kind !== 'adpo') return config
  const { pHatLow: _low, pHatHigh: _high, ...loss } = config.executor.loss
  return { ...config, executor: { ...config.executor, loss } }
}

describe.each(PRESETS)('preset %s', (name) => {
  test('leaves no number to a default', () => {
    expect(configFile(name).written).toEqual(spelledOut(preset(name)))
  })

  test('has the default prompts: their text stands once', () => {
    expect(preset(name).prompts).toEqual(RunConfig.parse({ name: 'default' }).prompts)
  })

  test('says of every number where it comes from: [P], [C] or [D]', () => {
    const lines = settings(configFile(name).text)
    expect(lines.length).toBeGreaterThan(60)
    expect(lines.filter((line) => !/ # .*\b[PCD]\b/.test(line))).toEqual([])
  })
})

test('the defaults of the schema are the preset default', () => {
  expect(RunConfig.parse({ name: 'default' })).toEqual(preset('default'))
})

type Row = [what: string, of: (config: RunConfig) => unknown, paper: unknown, code: unknown, byDefault: unknown]

const batch = ({ curriculum: { steps, groupSize, groupsPerStep } }: RunConfig) => [steps, groupSize, groupsPerStep]
const learning = ({ executor: { training } }: RunConfig) => [
  training.weights.kind,
  training.weights.learningRate,
  training.weightDecay,
  training.kl.coefficient,
]
const scored = ({ curriculum }: RunConfig) => Object.values(curriculum.answers.sampling)

// The tables of algorithm.md, row by row.
test.each<Row>([
  ['T', (c) => c.iterations, 3, 3, 3],
  ['k for the reward', (c) => c.curriculum.answers.samplesPerTask, 10, 10, 10],
  ['k for curation', (c) => c.curation.answers.samplesPerTask, 10, 9, 10],
  ['tool for the reward', (c) => c.curriculum.answers.tool, 'python', 'python', 'python'],
  ['tool in curation', (c) => c.curation.answers.tool, 'python', 'none', 'python'],
  ['turns', (c) => c.rollout.turnsMax, 4, 4, 4],
  ['S_c, G_c, prompts per step', batch, [5, 4, 128], [5, 4, 512], [5, 4, 128]],
  ['S_e', (c) => c.executor.steps, 40, 100, 40],
  ['G_e', (c) => c.executor.groupSize, 16, 16, 16],
  ['tasks per step', (c) => c.executor.tasksPerStep, 128, 128, 128],
  ['pool N', (c) => c.curation.poolSize, 8000, 8000, 8000],
  ['lr, decay, KL', learning, ['full', 1e-6, 1e-2, 1e-2], ['full', 1e-6, 1e-2, 1e-2], ['lora', 2e-5, 0, 0]],
  ['warm-up of the executor', (c) => c.executor.training.warmupSteps, 0, 10, 10],
  ['sampling, scoring', scored, [1, 0.99, 'none'], [0.7, 0.9, 'none'], [1, 1, 'none']],
  ['sampling, training: top-p', (c) => c.executor.sampling.topP, 0.99, 1, 1],
  ['sampling, curation: top-k', (c) => c.curation.answers.sampling.topK, 'none', 40, 'none'],
  ['response tokens', (c) => c.rollout.responseTokensMax, 4096, 4096, 4096],
  ['prompt tokens', (c) => c.rollout.promptTokensMax, 2048, 2048, 2048],
  ['tool-output tokens', (c) => c.rollout.toolOutputTokensMax, 512, 512, 512],
  ['R_unc', (c) => c.curriculum.reward.uncertainty.kind, 'tent', 'minority-share', 'tent'],
  ['N_tool', (c) => c.curriculum.reward.tool.kind, 'written-calls', 'written-calls', 'executed-calls'],
  ['γ, C', (c) => Object.values(c.curriculum.reward.tool).slice(2), [0.25, 4], [0.05, 4], [0.05, 4]],
  ['λ_tool', (c) => c.curriculum.reward.tool, { weight: 0.6 }, { weight: 1 }, { weight: 1 }],
  ['R_unc of abstentions', (c) => c.curriculum.reward.uncertainty.abstentions, 'paid', 'paid', 'unpaid'],
  ['λ_unc', (c) => c.curriculum.reward.uncertainty.weight, 1, 1, 1],
  ['λ_rep', (c) => c.curriculum.reward.repetition, { weight: 1 }, { weight: 1 }, { weight: 1 }],
  ['τ', (c) => c.curriculum.reward.repetition, { distanceMax: 0.5 }, { distanceMax: 0.5 }, { distanceMax: 0.5 }],
  ['total', (c) => c.curriculum.reward.total, { kind: 'gated' }, { malformed: -1 }, { kind: 'gated' }],
  ['band', (c) => Object.values(c.curation.band), [0.3, 0.8], [0.3, 0.8], [0.3, 0.8]],
  ['ε_high of GRPO', (c) => c.curriculum.loss.clipHigh, 0.2, 0.3, 0.2],
  ['dual clip', (c) => c.curriculum.training.dualClip, 'none', 3, 'none'],
  ['lo and hi', (c) => c.executor.loss, { pHatLow: 0.3, pHatHigh: 0.8 }, { pHatLow: 0.3 }, { pHatHigh: 0.8 }],
  ['m', (c) => c.executor.loss, { scaleMin: 0.6 }, { scaleMin: 0.6 }, { scaleMin: 0.6 }],
  ['ε_high(p̂)', (c) => c.executor.loss, { clipHighExtra: 0.1 }, { clipHighExtra: 0.1 }, { clipHighExtra: 0.1 }],
  ['executor reward', (c) => c.executor.reward.mismatchReward, 0, -1, 0],
])('algorithm.md, %s: paper %p, code %p, default %p', (_what, of, paper, code, byDefault) => {
  const actual = PRESETS.map((name) => ({ constant: of(preset(name)) }))
  expect(actual).toMatchObject([{ constant: paper }, { constant: code }, { constant: byDefault }])
})

test('ADPO can act in the default: two updates per batch', () => {
  expect(preset('default').executor.training.updatesPerBatch).toBeGreaterThanOrEqual(2)
})
