import {
  createBookkeepingActivities,
  createRolloutActivities,
  createTrainingActivities,
} from '../../activities/index.ts'
import { ActivityRig, asActivity } from '../support/activity-rig.ts'

type Activity = (input: unknown) => Promise<unknown>

const HOSTILE = {
  'an id that leads out of the run': { run: '../../etc', id: '/etc/passwd', step: 'tiny/../..', stage: '..' },
  'a reference to a file': {
    tasks: { uri: '../../etc/passwd', sha256: 'ab'.repeat(32), count: 1 },
    config: { uri: '/etc/passwd', sha256: 'ab'.repeat(32), count: 1 },
  },
  'a policy of any folder': {
    policy: {
      name: `x-executor-v1-${'ab'.repeat(4)}`,
      role: 'executor',
      version: 1,
      checkpoint: 'ab'.repeat(32),
      uri: '/etc',
    },
  },
  'a lineage that is a path': { lineage: '../../../etc', parent: '../x' },
}

test.each(Object.entries(HOSTILE))(
  '%s is refused by every activity, before it has done anything',
  async (_what, input) => {
    const rig = new ActivityRig()
    const asked: string[] = []
    rig.before = (call) => void asked.push(call)
    const activities = {
      ...createRolloutActivities(rig.services),
      ...createTrainingActivities(rig.services),
      ...createBookkeepingActivities(rig.services),
    }
    expect(Object.keys(activities).length).toBeGreaterThanOrEqual(15)
    for (const [name, activity] of Object.entries(activities)) {
      const refusal = {
        type: 'Agent0.Invariant',
        nonRetryable: true,
        message: expect.stringMatching(`^${name}: input`) as string,
      }
      await expect(asActivity(activity as Activity, input).result).rejects.toMatchObject(refusal)
    }
    expect(asked).toEqual([])
    expect(rig.store.references.size).toBe(0)
    expect(rig.trainer.requests).toEqual([])
  },
)
