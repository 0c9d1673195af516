import type { RunConfig } from '../../../contracts/run-config.ts'
import { recipes } from '../../../core/recipes/index.ts'
import type { Recipe } from '../../../core/recipes/recipe.ts'
import { preset } from '../../support/presets.ts'
import { promptText } from '../../support/rollouts.ts'

const config = preset('default')
const [curriculum, curation, executor, evaluation] = recipes.agent0.stages

test('an iteration of Agent0: curriculum, curation, executor, evaluation', () => {
  expect(recipes.agent0.stages.map(({ kind, name }) => `${name}: ${kind}`)).toEqual([
    'curriculum: online-training',
    'curation: curation',
    'executor: online-training',
    'evaluation: evaluation',
  ])
})

test('the curriculum stage: 5 steps of 128 groups of 4 proposals, each answered 10 times', () => {
  if (curriculum?.kind !== 'online-training' || curriculum.parts[0]?.kind !== 'propose') throw new Error('not so')
  const [part] = curriculum.parts
  expect(curriculum.steps(config)).toBe(5)
  expect(curriculum.training(config).weights.learningRate).toBe(2e-5)
  expect(part.batch(config)).toMatchObject({ groups: 128, groupSize: 4 })
  expect(part.answers(config)).toMatchObject({ samplesPerTask: 10, tool: 'python' })
  const proposal = { kind: 'well_formed' as const, question: 'What is 2 + 2?', ownAnswer: '4' }
  const rewards = part.rewards(config, [{ id: 'a', proposal, pHat: 0.5, toolCalls: [] }])
  expect(rewards).toMatchObject([{ id: 'a', total: 0, terms: { uncertainty: 1, repetition: 1 } }])
  expect(part.credit(config, [{ id: 'g', pHat: null, rewards: [0, 1] }])).toMatchObject([{ clipHigh: 0.2 }])
})

test('the curation stage filters with the band and asks for the pool', () => {
  if (curation?.kind !== 'curation') throw new Error('not so')
  const easy = { id: 'a', question: 'What is 2 + 2?', label: '4', pHat: 1 }
  expect(curation.settings(config)).toBe(config.curation)
  expect(curation.filter(config, [])(easy)).toBe('above-band')
  expect(curation.checkYield(config, { proposed: 0, kept: 0, dropped: {} })).toEqual({ kind: 'propose', count: 8000 })
})

test('the executor stage: 40 steps of 128 tasks by 16 rollouts, 1 for agreement, ADPO', () => {
  if (executor?.kind !== 'online-training' || executor.parts[0]?.kind !== 'solve') throw new Error('not so')
  const [part] = executor.parts
  expect(executor.steps(config)).toBe(40)
  expect(executor.training(config).updatesPerBatch).toBe(2)
  expect(part.batch(config)).toMatchObject({ groups: 128, groupSize: 16 })
  expect(part.reward(config, { agreesWithLabel: true, text: '' })).toBe(1)
  expect(part.credit(config, [{ id: 't', pHat: 0.3, rewards: [0, 1] }])[0]!.clipHigh).toBeCloseTo(0.3, 12)
})

test('the question stands where the prompt template says, as it is written', () => {
  const question = String.raw`What are $& and {question}?`
  const other = { ...config, prompts: { ...config.prompts, executor: 'a {question} b' } }
  expect(promptText(recipes.agent0.answerPrompt(other, question))).toBe(`a ${question} b`)
})

test('the evaluation stage reads its own section', () => {
  if (evaluation?.kind !== 'evaluation') throw new Error('not so')
  expect(evaluation.settings(config)).toBe(config.evaluation)
})

/** Roles that a stage names and its recipe lacks, and stages from which it draws too early. */
function danglingNames({ roles, stages }: Recipe<RunConfig>): string[] {
  return stages.flatMap((stage, index) => {
    const earlier = stages.slice(0, index).map(({ name }) => name)
    const parts = stage.kind === 'online-training' ? stage.parts : []
    return [stage, ...parts].flatMap((item) =>
      Object.entries(item)
        .filter(([key, value]) =>
          key === 'tasksFrom'
            ? !earlier.includes(value)
            : ['role', 'proposedBy', 'answeredBy'].includes(key) && !roles.includes(value),
        )
        .map(([key, value]) => `${stage.name}: ${key} ${value}`),
    )
  })
}

test('every stage works for roles of its recipe, and draws tasks from an earlier stage', () => {
  expect(Object.values(recipes).flatMap(danglingNames)).toEqual([])
  const { agent0 } = recipes
  const reversed = { ...agent0, roles: ['executor'], stages: agent0.stages.toReversed() }
  expect(danglingNames(reversed)).toEqual([
    'executor: tasksFrom curation',
    'curation: proposedBy curriculum',
    'curriculum: role curriculum',
    'curriculum: role curriculum',
  ])
})

test('a registry that lacks a recipe, or has one too many, does not compile', () => {
  type Recipes = Record<RunConfig['recipe'], Recipe<RunConfig>>
  // @ts-expect-error agent0 is missing
  const missing: Recipes = {}
  // @ts-expect-error no config can name it
  const surplus: Recipes = { agent0: recipes.agent0, 'r-zero': recipes.agent0 }
  expect([missing, surplus]).toHaveLength(2)
})
