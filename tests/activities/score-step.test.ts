import { execa } from 'execa'
import { join } from 'node:path'
import { proposeTasks } from '../../activities/propose-tasks.ts'
import { rolloutTask } from '../../activities/rollout-task.ts'
import { scoreStep, type PartArtifacts } from '../../activities/score-step.ts'
import { voteOnTasks } from '../../activities/vote-on-tasks.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import type { AnswerSampling } from '../../contracts/config/rollout.ts'
import { stepId, stageId } from '../../contracts/ids.ts'
import { ActivityRig, aStep, asActivity, iteration, leadOfReader } from '../support/activity-rig.ts'
import { installedPython } from '../support/installed.ts'
import { aPolicy } from '../support/policies.ts'
import { ROOT } from '../support/repository.ts'
import { smallConfig } from '../support/small-world.ts'

const policy = aPolicy(0, null)
const curriculumStep = stepId(stageId(iteration, 'curriculum'), 1)
const config = smallConfig('small')
const stageStart = { step: 0, checkpoint: null }

/** Rolls out all tasks of a manifest, and votes. */
async function answered(rig: ActivityRig, step: typeof aStep, tasks: ArtifactReference, settings: AnswerSampling) {
  const context = await rig.contextOf()
  for (let index = 0; index < tasks.count; index++) {
    await asActivity(rolloutTask(rig.services), { context, tasks, index, policy, settings }).result
  }
  const input = { context, step, tasks, range: { from: 0, to: tasks.count } }
  return (await asActivity(voteOnTasks(rig.services), input).result).outcomes
}

async function score(rig: ActivityRig, step: typeof aStep, stage: string, part: PartArtifacts, changed = config) {
  const context = await rig.contextOf(changed)
  return scoreStep(rig.services)({ context, step, stage, parts: [part], stageStart })
}

async function solved(rig: ActivityRig): Promise<PartArtifacts> {
  const settings: AnswerSampling = { samplesPerTask: 4, tool: 'python', sampling: config.executor.sampling }
  return { proposals: [], outcomes: [await answered(rig, aStep, await rig.sums(20, 31, 42), settings)] }
}

test('samples are read as their rows are written, a group at a time, so that a batch need not fit into memory', async () => {
  const rig = new ActivityRig()
  const part = await solved(rig)
  const [tasks, samples] = [3, 4]
  const lead = leadOfReader(rig, tasks * samples)
  await score(rig, aStep, 'executor', part)
  expect(lead.rows).toBe(tasks * samples)
  expect(lead.most).toBe(samples)
})

const READ = `
import json, sys
from agent0_ml.trainer.batch import read_batch
from agent0_ml.trainer.config import parse_config
batch, config = (open(path, "rb").read() for path in sys.argv[1:])
rows = read_batch(batch, parse_config(config), vocabulary_size=151936, length_max=400)
print(json.dumps([[*row.key, row.policy, len(row.places)] for row in rows]))
`

/** The rows as the trainer has them: group, sample, policy and how many tokens are learned from. */
async function asTrained(rig: ActivityRig, { batch, config: step }: Awaited<ReturnType<typeof score>>) {
  const files = await Promise.all([rig.store.pathOf(batch), rig.store.pathOf(step)])
  const env = { PYTHONPATH: join(ROOT, 'ml') }
  const { stdout } = await execa(installedPython()!, ['-c', READ, ...files], { env })
  return JSON.parse(stdout) as [group: string, sample: number, policy: string, tokens: number][]
}

test('the trainer reads the batch of tasks that were solved, under the step config beside it', async () => {
  const rig = new ActivityRig()
  const scored = await score(rig, aStep, 'executor', await solved(rig))
  const rows = await rig.store.getTable('training', scored.batch)
  expect(rows).toHaveLength(12)
  expect(await asTrained(rig, scored)).toEqual(
    rows.map(({ group, sample, mask }) => [group, sample, policy.name, mask.filter((sampled) => sampled === 1).length]),
  )
  expect(scored.tally).toMatchObject({ rollouts: { tasks: 3, rollouts: 12 }, groups: { count: 3 } })
}, 60_000)

test('the trainer reads the batch of proposals; malformed ones are in it, and earn nothing', async () => {
  const rig = new ActivityRig()
  const { groupSize, sampling, answers } = config.curriculum
  const proposed = await asActivity(proposeTasks(rig.services), {
    context: await rig.contextOf(),
    step: curriculumStep,
    policy,
    range: { from: 0, to: 4 * groupSize },
    blockSize: groupSize,
    sampling,
  }).result
  expect(proposed.tasks.count).toBeLessThan(proposed.proposals.count)
  const outcomes = [await answered(rig, curriculumStep, proposed.tasks, answers)]
  const scored = await score(rig, curriculumStep, 'curriculum', { proposals: [proposed.proposals], outcomes })
  const rows = await asTrained(rig, scored)
  expect(rows).toHaveLength(4 * groupSize)
  expect(new Set(rows.map(([group]) => group)).size).toBe(4)
  expect(scored.tally).toMatchObject({
    proposals: { asked: 4 * groupSize, wellFormed: proposed.tasks.count },
    reward: { total: { count: 4 * groupSize } },
    groups: { count: 4 },
  })
}, 60_000)

test('scored again it is the same batch; under another config it is another, beside the first', async () => {
  const rig = new ActivityRig()
  const part = await solved(rig)
  const first = await score(rig, aStep, 'executor', part)
  expect(await score(rig, aStep, 'executor', part)).toEqual(first)
  const { executor } = config
  const training = { ...executor.training, compute: { ...executor.training.compute, microBatchTokens: 512 } }
  const other = await score(rig, aStep, 'executor', part, { ...config, executor: { ...executor, training } })
  expect(other.config.sha256).not.toBe(first.config.sha256)
  expect(other.batch.sha256).toBe(first.batch.sha256)
})
