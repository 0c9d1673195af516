import type { TaskOutcome } from '../../../contracts/loop-records.ts'
import { EvaluationTally } from '../../../contracts/stage-tallies.ts'
import { evaluationTally } from '../../../core/loop/evaluation-tally.ts'
import { knownTruth } from '../../../core/loop/known-truth.ts'
import { latestNumbers } from '../../../core/loop/latest-numbers.ts'
import { limitsOf } from '../../../core/rollout/rollout-state.ts'
import { noSteps } from '../../../core/metrics/tally.ts'
import { stageOf } from '../../../core/recipes/index.ts'
import { preset } from '../../support/presets.ts'
import { aTaskId } from '../../support/rollouts.ts'
import { trainingTally } from '../../support/tallies.ts'

type Flags = readonly [agrees: boolean | null, right: boolean | null]

const outcome = (majorityRight: boolean | null, ...flags: Flags[]): TaskOutcome => ({
  id: aTaskId,
  question: 'q',
  policy: 'p',
  label: null,
  pHat: null,
  vote: null,
  majorityRight,
  graderVersion: 2,
  samples: flags.map(([agrees, right]) => ({
    ending: 'answered',
    answer: '1',
    agrees,
    right,
    writtenCalls: 0,
    executedCalls: 0,
    sampledTokens: 1,
  })),
})

test('an evaluation counts agreement and correctness apart, and truths only where they are known', () => {
  const heldOut = [outcome(true, [null, true], [null, false]), outcome(false, [null, false], [null, false])]
  const frozen = [outcome(null, [true, false], [false, true]), outcome(null, [true, null])]
  const tally = evaluationTally(heldOut, frozen, [{ right: true }, { right: false }, { right: true }])
  expect(EvaluationTally.parse(tally)).toEqual({
    heldOut: { tasks: 2, samples: 4, rightSamples: 1, rightMajorities: 1 },
    frozenExecutor: { samples: 3, agreeing: 2, samplesWithTruth: 2, right: 1 },
    labels: { known: 3, right: 2 },
  })
})

test('numbers of a step are ratios of its sums; what was not measured is left out', () => {
  expect(latestNumbers(trainingTally)).toEqual({
    'mean reward': 0.25,
    'answer rate': 0.85,
    'tool calls per rollout': 1.5,
    'calls not understood': 0.25,
    'format pass rate': 0.75,
    'zero-variance groups': 0.25,
    'KL train/server': 0.0005,
  })
  expect(latestNumbers(noSteps)).toEqual({})
})

test('a truth is known in the tiny world for its own questions, elsewhere never', () => {
  expect(knownTruth('tiny-world', 'Let x=3. Then add 4. What is x?')).toBe('7')
  expect(knownTruth('tiny-world', 'What is the capital of France?')).toBeNull()
  expect(knownTruth('tiny-world', 'Let x=9. Then repeat 99999999 times x=(9*x+6)%0. What is x?')).toBeNull()
  expect(knownTruth('none', 'Let x=3. Then add 4. What is x?')).toBeNull()
})

test('without the tool there is one turn; everything else is the config’s', () => {
  const { rollout } = preset('default')
  const { turnsMax, ...others } = limitsOf(rollout, 'python')
  expect(turnsMax).toBe(rollout.turnsMax)
  expect(limitsOf(rollout, 'none')).toEqual({ ...others, turnsMax: 1 })
  expect(rollout).toMatchObject(others)
})

test('a stage is found by its name and kind; another is a bug', () => {
  const config = preset('default')
  expect(stageOf(config, 'curation', 'curation').kind).toBe('curation')
  expect(() => stageOf(config, 'curation', 'evaluation')).toThrow('agent0 has no stage curation of kind evaluation')
  expect(() => stageOf(config, 'expand', 'curation')).toThrow('no stage expand')
})
