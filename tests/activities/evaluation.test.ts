import { evaluate } from '../../activities/evaluate.ts'
import { planEvaluation } from '../../activities/plan-evaluation.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { stageId, stepId, taskId } from '../../contracts/ids.ts'
import { type FilterDecision, type TaskOutcome, RolloutTask } from '../../contracts/loop-records.ts'
import type { CuratedTask } from '../../contracts/curated-task.ts'
import { failure } from '../../services/failure.ts'
import type { Grader } from '../../contracts/ports/index.ts'
import { ActivityRig, iteration } from '../support/activity-rig.ts'
import { smallConfig } from '../support/small-world.ts'

const stage = stageId(iteration, 'evaluation')
const pooled = stepId(stageId(iteration, 'curation'), 0)

const decisionOf = (index: number, changes: Partial<FilterDecision> = {}): FilterDecision => ({
  id: taskId(pooled, index),
  question: `Let x=${index}. Then add 1. What is x?`,
  label: String(index + 1),
  pHat: 0.5,
  dropped: null,
  ...changes,
})

const plan = async (rig: ActivityRig, decisions: FilterDecision[] | null, evaluation = {}) => {
  const base = smallConfig('small').evaluation
  const context = await rig.contextOf(smallConfig('small', { evaluation: { ...base, ...evaluation } }))
  const stored = decisions && (await rig.store.putRecords(`${pooled}/decisions.jsonl`, decisions))
  return planEvaluation(rig.services)({ context, stage, decisions: stored })
}

const tasksOf = (rig: ActivityRig, reference: ArtifactReference) => rig.store.getRecords(RolloutTask, reference)

test('held-out tasks have truths and no labels', async () => {
  const rig = new ActivityRig()
  const { heldOut, frozen } = await plan(rig, null)
  expect((await tasksOf(rig, heldOut)).map(({ truth, label }) => [truth, label])).toEqual([
    ['2', null],
    ['4', null],
  ])
  expect(frozen.count).toBe(0)
})

test('without a held-out file nothing is held out', async () => {
  const rig = new ActivityRig()
  const heldOut = { ...smallConfig('small').evaluation.heldOut, file: 'none' }
  expect((await plan(rig, null, { heldOut })).heldOut.count).toBe(0)
})

test('the frozen executor answers labelled proposals of the whole pool, kept or not, so many and no more', async () => {
  const rig = new ActivityRig()
  const unlabelled = [decisionOf(90, { label: null }), decisionOf(91, { question: null })]
  const labelled = [0, 1, 2, 3, 4, 5].map((index) => decisionOf(index, { dropped: index % 2 ? 'above-band' : null }))
  const chosen = await tasksOf(rig, (await plan(rig, [...labelled, ...unlabelled])).frozen)
  expect(chosen).toHaveLength(smallConfig('small').evaluation.frozenExecutor.tasksMax)
  expect(new Set(chosen.map(({ question }) => question)).size).toBe(chosen.length)
  // In the tiny world the truth is known.
  for (const { label, truth, question } of chosen) {
    expect(labelled.map((one) => one.question)).toContain(question)
    expect(truth).toBe(label)
  }
})

const sample = { ending: 'answered', answer: '1', writtenCalls: 0, executedCalls: 0, sampledTokens: 1 } as const
const outcome = (index: number, agrees: boolean | null, right: boolean | null): TaskOutcome => ({
  id: taskId(stepId(stage, 1), index),
  question: 'q',
  policy: 'p',
  label: agrees === null ? null : '1',
  pHat: null,
  vote: null,
  majorityRight: right,
  graderVersion: 2,
  samples: [{ ...sample, agrees, right }],
})

const curatedOf = (index: number, label: string): CuratedTask => ({
  id: taskId(pooled, index),
  question: `Let x=${index}. Then add 1. What is x?`,
  label,
  samples: 2,
  votes: 1,
  abstained: 0,
  pHat: 0.5,
  toolCalls: 0,
  proposedAnswer: null,
})

async function evaluated(rig: ActivityRig, dataSet: CuratedTask[] | null, grader = rig.services.grader) {
  const { store } = rig
  const heldOut = [await store.putRecords(`${stage}/h.jsonl`, [outcome(0, null, true), outcome(1, null, false)])]
  const frozen = [await store.putRecords(`${stage}/f.jsonl`, [outcome(2, true, false), outcome(3, true, null)])]
  const tasks = dataSet && (await store.putRecords(`${pooled}/kept.jsonl`, dataSet))
  const context = await rig.contextOf()
  return evaluate({ ...rig.services, grader })({ context, stage, heldOut, frozen, dataSet: tasks })
}

test('an evaluation counts correctness where truths are known, and agreement apart', async () => {
  expect(await evaluated(new ActivityRig(), null)).toEqual({
    heldOut: { tasks: 2, samples: 2, rightSamples: 1, rightMajorities: 1 },
    frozenExecutor: { samples: 2, agreeing: 2, samplesWithTruth: 1, right: 0 },
    labels: { known: 0, right: 0 },
  })
})

test('labels are held against truths; what is no plain number is decided by the grader', async () => {
  const asked: unknown[] = []
  const grader: Grader = {
    compare: async (pairs) => {
      asked.push(...pairs)
      return pairs.map(() => 'equal')
    },
  }
  const dataSet = [curatedOf(1, '2'), curatedOf(2, '7'), curatedOf(3, '\\sqrt{16}')]
  const { labels } = await evaluated(new ActivityRig(), dataSet, grader)
  expect(asked).toEqual([['4', '\\sqrt{16}']])
  expect(labels).toEqual({ known: 3, right: 2 })
})

test('a grader that is away is an outage, and no count', async () => {
  const away: Grader = { compare: () => Promise.reject(failure('Sandbox.EngineUnreachable', 'no engine')) }
  await expect(evaluated(new ActivityRig(), [curatedOf(3, '\\sqrt{16}')], away)).rejects.toMatchObject({
    nonRetryable: false,
  })
})
