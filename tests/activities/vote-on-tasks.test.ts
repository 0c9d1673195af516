import { rolloutTask } from '../../activities/rollout-task.ts'
import { voteOnTasks } from '../../activities/vote-on-tasks.ts'
import { ANSWER_RULES, GRADER_VERSION, gradingTag } from '../../contracts/answer-rules.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { TaskOutcome, RolloutTask } from '../../contracts/loop-records.ts'
import { Decided } from '../../contracts/vote.ts'
import { failure } from '../../services/failure.ts'
import type { Grader } from '../../contracts/ports/index.ts'
import { ActivityRig, aStep, asActivity, leadOfReader } from '../support/activity-rig.ts'
import { aPolicy } from '../support/policies.ts'
import { END, type Writer } from '../support/stub-model.ts'
import { smallConfig } from '../support/small-world.ts'

const SAMPLES = 5
/** Answers by what the seed leaves: two spellings of a half, which only a grader knows to be one, and a third. */
const spellings: Writer = (_weights, _prompt, seed) => `\\boxed{${['x/2', '0.5x', 'x/3'][seed % 3]!}}${END}`

async function rolledOut(rig: ActivityRig, changes: Partial<RolloutTask> = {}): Promise<ArtifactReference> {
  const [task] = await rig.store.getRecords(RolloutTask, await rig.sums(3))
  const tasks = await rig.store.putRecords(`${aStep}/asked.jsonl`, [{ ...task, ...changes }])
  const settings = { ...smallConfig('small').curation.answers, samplesPerTask: SAMPLES }
  const input = { context: await rig.contextOf(), tasks, index: 0, policy: aPolicy(0, null), settings }
  await asActivity(rolloutTask(rig.services), input).result
  return tasks
}

/** Knows that a half is a half. */
const halves: Grader = {
  compare: async (pairs) => pairs.map((pair) => (pair.toSorted().join() === '0.5x,x/2' ? 'equal' : 'different')),
}

async function vote(rig: ActivityRig, tasks: ArtifactReference, grader = halves) {
  const input = { context: await rig.contextOf(), step: aStep, tasks, range: { from: 0, to: 1 } }
  const { result } = asActivity(voteOnTasks({ ...rig.services, grader }), input)
  const [outcome] = await rig.store.getRecords(TaskOutcome, (await result).outcomes)
  return { result: await result, outcome: outcome! }
}

test('without a label the answers vote; what the grader calls equal is one class', async () => {
  const rig = new ActivityRig(spellings)
  const { result, outcome } = await vote(rig, await rolledOut(rig, { label: null, pHat: null }))
  const answers = outcome.samples.map(({ answer }) => answer)
  expect(new Set(answers)).toEqual(new Set(['x/2', '0.5x', 'x/3']))
  const ofTheClass = answers.filter((answer) => answer !== 'x/3').length
  expect(outcome.vote).toMatchObject({ size: SAMPLES, pHat: ofTheClass / SAMPLES, abstained: 0 })
  expect(outcome.vote!.votes).toHaveLength(2)
  expect(outcome.samples.every(({ agrees, right }) => agrees === null && right === null)).toBe(true)
  expect(result).toMatchObject({ agreed: 1, sampledTokens: expect.any(Number) })
})

test('with a label nobody votes; agreement is with the label, and correctness with the truth', async () => {
  const rig = new ActivityRig(spellings)
  const { outcome } = await vote(rig, await rolledOut(rig, { label: 'x/2', pHat: 0.4, truth: 'x/3' }))
  expect(outcome).toMatchObject({ vote: null, majorityRight: null, pHat: 0.4 })
  for (const { answer, agrees, right } of outcome.samples) {
    expect({ answer, agrees, right }).toEqual({ answer, agrees: answer !== 'x/3', right: answer === 'x/3' })
  }
})

test('rollouts are kept as a table, by task and sample', async () => {
  const rig = new ActivityRig(spellings)
  const { result } = await vote(rig, await rolledOut(rig))
  const rows = await rig.store.getTable('trajectories', result.trajectories)
  expect(rows.map(({ id }) => id.slice(-11))).toEqual([0, 1, 2, 3, 4].map((sample) => `sample-000${sample}`))
})

test('rollouts are read as their rows are written, one at a time, so that a shard need not fit into memory', async () => {
  const rig = new ActivityRig(spellings)
  const tasks = await rolledOut(rig)
  const lead = leadOfReader(rig, SAMPLES)
  await vote(rig, tasks)
  expect(lead).toEqual({ rows: SAMPLES, most: 1 })
})

test('outcomes are written once: another grader changes nothing', async () => {
  const rig = new ActivityRig(spellings)
  const tasks = await rolledOut(rig, { label: null, pHat: null })
  const first = await vote(rig, tasks)
  const other: Grader = { compare: async (pairs) => pairs.map(() => 'undecided') }
  expect((await vote(rig, tasks, other)).outcome).toEqual(first.outcome)
})

test('a grader that is away is an outage, and no vote', async () => {
  const rig = new ActivityRig(spellings)
  const tasks = await rolledOut(rig)
  const away: Grader = { compare: () => Promise.reject(failure('Sandbox.EngineUnreachable', 'no engine')) }
  await expect(vote(rig, tasks, away)).rejects.toMatchObject({ nonRetryable: false })
  expect((await rig.store.list(aStep)).filter((key) => key.includes('outcomes'))).toEqual([])
})

test('a task without rollouts is a bug', async () => {
  const rig = new ActivityRig(spellings)
  await expect(vote(rig, await rig.sums(3))).rejects.toThrow('has no rollouts')
})

test('what a grader has decided of a task is not decided again by the next attempt', async () => {
  const rig = new ActivityRig(spellings)
  const [task] = await rig.store.getRecords(RolloutTask, await rig.sums(3))
  const both = [1, 2].map((index) => ({ ...task, id: `${aStep}/task-00000${index}`, truth: 'x/7' }))
  const tasks = await rig.store.putRecords(`${aStep}/both.jsonl`, both)
  const settings = { ...smallConfig('small').curation.answers, samplesPerTask: SAMPLES }
  const of = { context: await rig.contextOf(), tasks, policy: aPolicy(0, null), settings }
  for (const index of [0, 1]) await asActivity(rolloutTask(rig.services), { ...of, index }).result
  const input = { context: await rig.contextOf(), step: aStep, tasks, range: { from: 0, to: 2 } }
  let compares = 0
  // The second task's comparison fails once.
  const grader: Grader = {
    compare: async (pairs) => {
      compares++
      if (compares === 2) throw failure('Sandbox.EngineUnreachable', 'no engine')
      return halves.compare(pairs)
    },
  }
  const attempt = () => asActivity(voteOnTasks({ ...rig.services, grader }), input).result
  await expect(attempt()).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable' })
  await attempt()
  expect(compares).toBe(3)
  await attempt()
  expect(compares).toBe(3)
})

test('a vote over answers that nobody can decide asks for each pair once, over all attempts: n(n − 1)/2 for n answers', async () => {
  const [answers, count] = [10, 6]
  const rig = new ActivityRig((_weights, _prompt, seed) => `\\boxed{9^{9^{9^${seed % 1_000}}}}${END}`)
  const [task] = await rig.store.getRecords(RolloutTask, await rig.sums(3))
  const hard = Array.from({ length: count }, (_, index) => {
    return { ...task, id: `${aStep}/task-00001${index}`, label: null, pHat: null }
  })
  const tasks = await rig.store.putRecords(`${aStep}/hard.jsonl`, hard)
  const settings = { ...smallConfig('small').curation.answers, samplesPerTask: answers }
  const of = { context: await rig.contextOf(), tasks, policy: aPolicy(0, null), settings }
  for (let index = 0; index < count; index++) await asActivity(rolloutTask(rig.services), { ...of, index }).result
  const asked: string[] = []
  let calls = 0
  // Every second call meets an outage.
  const grader: Grader = {
    compare: async (pairs) => {
      if (calls++ % 2 === 0) throw failure('Sandbox.EngineUnreachable', 'no engine')
      asked.push(...pairs.map(String))
      return pairs.map(() => 'undecided')
    },
  }
  const input = { context: of.context, step: aStep, tasks, range: { from: 0, to: count } }
  const attempt = () => asActivity(voteOnTasks({ ...rig.services, grader }), input).result
  let outcomes: ArtifactReference | undefined
  for (let tries = 0; outcomes === undefined && tries <= count; tries++) {
    outcomes = await attempt().then(
      (result) => result.outcomes,
      () => undefined,
    )
  }
  expect(asked).toHaveLength((count * answers * (answers - 1)) / 2)
  const votes = (await rig.store.getRecords(TaskOutcome, outcomes!)).map(({ vote: of }) => of!)
  expect(votes.map(({ pHat }) => pHat)).toEqual(Array(count).fill(1 / answers))
})

test('a decision of another version of the grader is not reused', async () => {
  const rig = new ActivityRig(spellings)
  const tasks = await rolledOut(rig, { label: null, pHat: null })
  const [task] = await rig.store.getRecords(RolloutTask, tasks)
  const name = `${aStep}/tasks-${tasks.sha256.slice(0, 8)}-000000-000001-grader-${GRADER_VERSION}-outcomes.jsonl`
  const journal = await rig.store.openJournal(name)
  const pairs = [
    ['0.5x', 'x/2'],
    ['0.5x', 'x/3'],
    ['x/2', 'x/3'],
  ]
  await journal.putIfAbsent(task!.id, { pairs, decisions: ['equal', 'equal', 'equal'] })
  await journal.close()
  const { outcome } = await vote(rig, tasks)
  expect(outcome.vote!.votes).toHaveLength(2)
  expect(outcome.graderVersion).toBe(GRADER_VERSION)
})

test('votes of another version, or by other rules, stay where they are: a retry votes again beside them', async () => {
  const rig = new ActivityRig(spellings)
  const tasks = await rolledOut(rig, { label: null, pHat: null })
  const context = await rig.contextOf()
  const input = { context, step: aStep, tasks, range: { from: 0, to: 1 } }
  const { outcomes } = await asActivity(voteOnTasks({ ...rig.services, grader: halves }), input).result
  const key = (await rig.store.list(aStep)).find((each) => each.endsWith('-outcomes.jsonl'))!
  const wrong = (await rig.store.getRecords(TaskOutcome, outcomes)).map((each) => ({ ...each, graderVersion: 1 }))
  const other = new ActivityRig(spellings)
  const again = await rolledOut(other, { label: null, pHat: null })
  await other.store.putRecords(key.replace(/-grader-\d+/, ''), wrong)
  const { outcome } = await vote(other, again)
  expect(outcome.graderVersion).toBe(GRADER_VERSION)
  expect(await other.store.getRecords(TaskOutcome, (await other.store.find(key.replace(/-grader-\d+/, '')))!)).toEqual(
    wrong,
  )
  expect(gradingTag({ ...ANSWER_RULES, percent: 'hundredth', letters: 'uncased' })).toBe(`grader-${GRADER_VERSION}-hu`)
})

test('an outcome and a decision that were stored before there were versions are of version 1', () => {
  expect(Decided.parse({ pairs: [['1', '2']], decisions: ['different'] }).graderVersion).toBe(1)
  const stored = {
    id: 'small/iter-001/curation/step-0001/task-000001',
    question: 'q',
    policy: 'p',
    label: null,
    pHat: null,
    vote: { size: 1, votes: [{ answer: '1', count: 1 }], abstained: 0, pHat: 1, label: '1', undecided: 0 },
    majorityRight: null,
    samples: [],
  }
  expect(TaskOutcome.parse(stored)).toMatchObject({ graderVersion: 1, vote: { contradictions: 0 } })
})
