import type { z } from 'zod'
import { CuratedTask } from '../../contracts/curated-task.ts'
import { IterationSummary } from '../../contracts/iteration-summary.ts'
import { Policy } from '../../contracts/policy.ts'
import { StageSummary } from '../../contracts/stage-summary.ts'
import { TrainingRecord } from '../../contracts/training-record.ts'
import { TrainingRow } from '../../contracts/training-row.ts'
import { summariseIteration } from '../../core/metrics/iteration-summary.ts'
import { curationTally, evaluationTally, trainingTally } from '../support/tallies.ts'

const digest = '0123456789abcdef'.repeat(4)

const task = {
  id: 'tiny-world/iter-001/curation/task-0007',
  question: 'Let x=gcd(68,76). What is x?',
  label: '4',
  samples: 10,
  votes: 7,
  abstained: 2,
  pHat: 0.7,
  toolCalls: 1.2,
  proposedAnswer: null,
}

const row = {
  group: task.id,
  sample: 0,
  tokenIds: [5, 6, 7, 8],
  mask: [0, 1, 0, 1],
  serverLogprobs: [0, -0.25, 0, -1.5],
  policy: 'tiny-world-executor-v0-01234567',
  temperature: 1,
  advantage: -0.5,
  clipLow: 0.2,
  clipHigh: 0.26,
  pHat: 0.5,
}

const record = {
  checkpointDigest: digest,
  checkpointDir: '/store/checkpoints/0123',
  metrics: { loss: 0.5 },
  canary: { rows: [{ tokenIds: [1, 2], places: [1], logprobs: [-0.5], parent: [-0.6], base: null }] },
  tally: trainingTally,
  sampledTokens: 7,
}

const policy = {
  name: 'tiny-world-executor-v3-01234567',
  role: 'executor',
  version: 3,
  checkpoint: digest,
  uri: 'checkpoints/0123',
}

const stages: StageSummary[] = [
  { kind: 'online-training', stage: 'executor', role: 'executor', checkpoint: digest, tally: trainingTally },
  { kind: 'curation', stage: 'curation', tasks: { uri: 'data/1', sha256: digest, count: 5 }, tally: curationTally },
  { kind: 'evaluation', stage: 'evaluation', tally: evaluationTally },
]

test.each<[string, z.ZodType, unknown]>([
  ['a curated task', CuratedTask, task],
  ['a training row', TrainingRow, row],
  ['a training row without p̂', TrainingRow, { ...row, pHat: null }],
  ['what a training step leaves', TrainingRecord, record],
  ['a policy', Policy, policy],
  ...stages.map((stage): [string, z.ZodType, unknown] => [`a summary of ${stage.kind}`, StageSummary, stage]),
  ['an iteration summary', IterationSummary, summariseIteration(1, stages)],
  ['the summary of an iteration that measured nothing', IterationSummary, summariseIteration(0, [])],
])('%s survives JSON', (_what, schema, value) => {
  expect(schema.parse(JSON.parse(JSON.stringify(value)))).toEqual(value)
})

test.each<[string, z.ZodType, unknown, string]>([
  ['p̂ that is not votes / samples', CuratedTask, { ...task, pHat: 0.6 }, 'pHat'],
  ['more votes and abstentions than samples', CuratedTask, { ...task, abstained: 4 }, 'votes'],
  ['a truth beside the label', CuratedTask, { ...task, truth: '4' }, ''],
  ['a mask of another length', TrainingRow, { ...row, mask: [0, 1] }, 'mask'],
  ['log-probabilities of another length', TrainingRow, { ...row, serverLogprobs: [0] }, 'serverLogprobs'],
  ['no sampled token', TrainingRow, { ...row, mask: [0, 0, 0, 0] }, 'mask'],
  ['a sampled first token', TrainingRow, { ...row, mask: [1, 1, 0, 1] }, 'mask.0'],
  ['an advantage that is NaN', TrainingRow, { ...row, advantage: Number.NaN }, 'advantage'],
  ['a policy under another checkpoint’s name', Policy, { ...policy, checkpoint: digest.replace('0', 'f') }, 'name'],
])('refused: %s', (_what, schema, value, path) => {
  const problems = schema.safeParse(value).error?.issues.map((issue) => issue.path.join('.'))
  expect(problems).toEqual([path])
})

test('a training record with the former names of checkpoint digest and folder is read', () => {
  const { checkpointDigest, checkpointDir, ...same } = record
  expect(TrainingRecord.parse({ ...same, checkpoint: checkpointDigest, folder: checkpointDir })).toEqual(record)
})
