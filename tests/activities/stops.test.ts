import { proposeTasks } from '../../activities/propose-tasks.ts'
import { rolloutTask } from '../../activities/rollout-task.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import { ActivityRig, aStep, asActivity } from '../support/activity-rig.ts'
import { aPolicy } from '../support/policies.ts'
import { smallConfig } from '../support/small-world.ts'

/** Answers and proposals of a run, and the stop tokens that were sent with each request. */
async function sampleWith(stopTokens: RunConfig['rollout']['stopTokens'], tokenizer: object) {
  const rig = new ActivityRig()
  const config = smallConfig('small')
  const context = await rig.contextOf({ ...config, rollout: { ...config.rollout, stopTokens } })
  const services = { ...rig.services, tokenizer: { ...rig.services.tokenizer, ...tokenizer } }
  const policy = aPolicy(0, null)
  const tasks = await rig.sums(42)
  const answers = asActivity(rolloutTask(services), {
    context,
    tasks,
    index: 0,
    policy,
    settings: { ...config.curation.answers, samplesPerTask: 2 },
  })
  await answers.result
  const range = { from: 0, to: 2 }
  const sampling = config.curation.sampling
  await asActivity(proposeTasks(services), { context, step: aStep, policy, range, blockSize: 2, sampling }).result
  return rig.models.requests.map(({ stopTokenIds }) => stopTokenIds)
}

test('answers and proposals end behind the same tokens', async () => {
  const sent = await sampleWith('tokenizer', { endTokenIds: [0xe000, 0xe001] })
  expect(sent.length).toBeGreaterThan(3)
  for (const ids of sent) expect(ids).toEqual([0xe000, 0xe001])
  for (const ids of await sampleWith('none', { endTokenIds: [0xe000] })) expect(ids).toEqual([])
})

test('a token that the tokenizer lacks is refused by its name', async () => {
  await expect(sampleWith(['<|im_ende|>'], { controlId: () => null })).rejects.toMatchObject({
    type: 'Agent0.BadConfig',
    nonRetryable: true,
    message: expect.stringContaining('<|im_ende|>') as string,
  })
})
