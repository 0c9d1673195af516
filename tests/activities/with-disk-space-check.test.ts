import { createRolloutActivities } from '../../activities/index.ts'
import { ActivityRig, aStep, asActivity, timeless } from '../support/activity-rig.ts'
import { aPolicy } from '../support/policies.ts'
import { smallConfig } from '../support/small-world.ts'

const full = { type: 'Infra.DiskFull', nonRetryable: false, message: expect.stringContaining('is full') as string }

test('while the disk is full no attempt samples anything, and once there is room the next one does all', async () => {
  const rig = new ActivityRig()
  let asked = 0
  rig.before = (call) => void (call.startsWith('generate') && asked++)
  const { rolloutTask, proposeTasks } = createRolloutActivities(rig.services)
  const context = await rig.contextOf()
  const [policy, { answers, sampling }] = [aPolicy(0, null), smallConfig('small').curation]
  const task = { context, tasks: await rig.sums(42), index: 0, policy, settings: answers }
  const range = { from: 0, to: 4 }
  const block = { context, step: aStep, policy, range, blockSize: 4, sampling }
  rig.store.disk = { folder: '/store', free: 0, total: 1 << 30 }
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(asActivity(rolloutTask, task).result).rejects.toMatchObject(full)
    await expect(asActivity(proposeTasks, block).result).rejects.toMatchObject(full)
  }
  expect(asked).toBe(0)
  rig.store.disk = { folder: '/store', free: 1 << 29, total: 1 << 30 }
  expect(timeless(await asActivity(rolloutTask, task).result)).toMatchObject({ of: answers.samplesPerTask })
  expect(timeless(await asActivity(proposeTasks, block).result)).toMatchObject({ proposals: { count: 4 } })
  expect(asked).toBeGreaterThan(0)
})
