import { drawStepTasks } from '../../activities/draw-step-tasks.ts'
import { filterPool } from '../../activities/filter-pool.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { CuratedTask } from '../../contracts/curated-task.ts'
import { stageId, stepId, taskId } from '../../contracts/ids.ts'
import { FilterDecision, type TaskOutcome, RolloutTask } from '../../contracts/loop-records.ts'
import type { Proposal } from '../../contracts/task.ts'
import { vote } from '../../core/voting/vote.ts'
import { ActivityRig, executor, iteration } from '../support/activity-rig.ts'
import { aPolicy } from '../support/policies.ts'
import { aGeneration } from '../support/rollouts.ts'
import { smallConfig } from '../support/small-world.ts'

const curation = stageId(iteration, 'curation')
const step = stepId(curation, 0)
const policy = aPolicy(0, null).name

const proposalOf = (index: number, question: string | null): Proposal => ({
  id: taskId(step, index),
  policy,
  promptTokenIds: [1],
  generation: aGeneration('text'),
  parsed:
    question === null
      ? { kind: 'malformed', problem: 'no_answer' }
      : { kind: 'well_formed', question, ownAnswer: 'its own' },
})

const outcomeOf = (index: number, question: string, answers: (string | null)[]): TaskOutcome => ({
  id: taskId(step, index),
  question,
  policy,
  label: null,
  pHat: null,
  vote: vote(answers),
  majorityRight: null,
  graderVersion: 2,
  samples: answers.map((answer) => ({
    ending: answer === null ? 'no_answer' : 'answered',
    answer,
    agrees: null,
    right: null,
    writtenCalls: 1,
    executedCalls: 1,
    sampledTokens: 3,
  })),
})

/** Four proposals: cut short, in the band, too easy, and one like the second. */
async function pool(rig: ActivityRig) {
  const [first, second] = [
    await rig.store.putRecords(`${step}/a.jsonl`, [proposalOf(0, null), proposalOf(1, 'What is 2 + 2?')]),
    await rig.store.putRecords(`${step}/b.jsonl`, [proposalOf(2, 'What is 1?'), proposalOf(3, 'what is  2 + 2?')]),
  ]
  const mixed = ['4', '4', '5', null]
  const answers = [
    await rig.store.putRecords(`${step}/c.jsonl`, [outcomeOf(1, 'What is 2 + 2?', mixed)]),
    await rig.store.putRecords(`${step}/d.jsonl`, [
      outcomeOf(2, 'What is 1?', ['1', '1', '1', '1']),
      outcomeOf(3, 'what is  2 + 2?', mixed),
    ]),
  ]
  return { proposals: [first, second], outcomes: answers }
}

async function filter(rig: ActivityRig, changes: { archive?: ArtifactReference[]; config?: object } = {}) {
  const context = await rig.contextOf(smallConfig('small', changes.config as Record<string, unknown>))
  const { archive = [] } = changes
  return filterPool(rig.services)({ context, stage: curation, name: 'curation', ...(await pool(rig)), archive })
}

test('every proposal is kept or dropped for one reason, and all are counted', async () => {
  const rig = new ActivityRig()
  const { tasks, decisions, tally } = await filter(rig)
  const decided = await rig.store.getRecords(FilterDecision, decisions)
  expect(decided.map(({ dropped }) => dropped)).toEqual(['malformed', null, 'above-band', 'duplicate'])
  expect(tally).toMatchObject({
    proposals: { asked: 4, wellFormed: 3 },
    kept: 1,
    dropped: { malformed: 1, 'above-band': 1, duplicate: 1 },
  })
  const [task] = await rig.store.getRecords(CuratedTask, tasks)
  expect(task).toMatchObject({ label: '4', pHat: 0.5, votes: 2, abstained: 1, samples: 4, toolCalls: 1 })
})

test('what an earlier iteration kept is a duplicate', async () => {
  const rig = new ActivityRig()
  const { tasks } = await filter(rig)
  const again = await filter(rig, { archive: [tasks] })
  expect(again.tally).toMatchObject({ kept: 0, dropped: { duplicate: 2 } })
})

test('the same pool under another config is another data set, and both stand', async () => {
  const rig = new ActivityRig()
  const first = await filter(rig)
  expect(await filter(rig)).toEqual(first)
  const { curation: settings } = smallConfig('small')
  const wider = await filter(rig, { config: { curation: { ...settings, band: { low: 0, high: 1 } } } })
  expect(wider.tasks.count).toBe(2)
  expect(await rig.store.getRecords(CuratedTask, first.tasks)).toHaveLength(1)
  expect(await rig.store.getRecords(CuratedTask, wider.tasks)).toHaveLength(wider.tally.kept)
})

test('the tasks of all training steps are drawn once; each has its label and the id of its step', async () => {
  const rig = new ActivityRig()
  const { curation: settings } = smallConfig('small')
  const { tasks } = await filter(rig, { config: { curation: { ...settings, band: { low: 0, high: 1 } } } })
  const context = await rig.contextOf()
  const draw = () =>
    drawStepTasks(rig.services)({ context, stage: executor, dataSet: tasks, steps: 3, tasksPerStep: 2 })
  const drawn = await rig.store.getRecords(RolloutTask, await draw())
  expect(drawn.map(({ id }) => id)).toEqual(
    [1, 2, 3].flatMap((number) => [0, 1].map((index) => taskId(stepId(executor, number), index))),
  )
  for (let first = 0; first < 6; first += 2) {
    expect(new Set(drawn.slice(first, first + 2).map(({ question }) => question)).size).toBe(2)
  }
  // A truth never enters training.
  expect(drawn.every(({ label, pHat, truth }) => label !== null && pHat !== null && truth === null)).toBe(true)
  expect(await draw()).toEqual(await draw())
})
