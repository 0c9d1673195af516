import { failure } from '../../infra/services/failure.ts'
import { Gate } from './gate.ts'
import { holdTasks } from './hold-tasks.ts'
import type { LoopWorld } from './loop-world.ts'
import { raisedAlert } from './run-views.ts'
import { smallConfig } from './small-world.ts'

const RUN = 'recorded'
const config = smallConfig(RUN)
const CURATION = 'iter-001/curation/step-0000'

interface RecordedStory {
  tell(world: LoopWorld): Promise<unknown>
  /** The workflows whose histories are kept; those of the others are like those of a run that nobody disturbs. */
  keeps: RegExp
}

/** Lets the first of some calls fail with a refusal. */
function refuseOnce(world: LoopWorld, isMeant: (call: string) => boolean): void {
  let refused = false
  world.before = (call) => {
    if (refused || !isMeant(call)) return
    refused = true
    throw failure('Llm.BadRequest', 'refused once')
  }
}

async function haltAndRetry(world: LoopWorld, isMeant: (call: string) => boolean): Promise<void> {
  refuseOnce(world, isMeant)
  await world.begin(config)
  await world.status(RUN, ({ halted }) => halted !== null)
  await world.order(RUN, 'retryStage', null)
  await world.finish(config)
}

/** What the workflows have been through, to be replayed by later versions of them. */
export const recordedStories: Readonly<Record<string, RecordedStory>> = {
  'happy-iteration': { tell: (world) => world.finish(config), keeps: /./ },

  'pause-and-resume': {
    tell: async (world) => {
      const { gate } = holdTasks(world, CURATION)
      await world.begin(config)
      await gate.reached
      await world.order(RUN, 'pause')
      await world.order(RUN, 'setConcurrency', 3)
      gate.open()
      await world.order(RUN, 'resume')
      await world.finish(config)
    },
    keeps: /^agent0\/recorded$|curation/,
  },

  'stop-after-step': {
    tell: async (world) => {
      const gate = new Gate((call) => call === `train ${RUN}-curriculum 1`)
      world.before = gate.pass
      const handle = await world.begin(config)
      await gate.reached
      await world.order(RUN, 'stopAfter', 'step')
      gate.open()
      await handle.result()
      await world.finish(config)
    },
    keeps: /^agent0\/recorded$|curriculum$/,
  },

  'stop-now': {
    tell: async (world) => {
      const { gate } = holdTasks(world, CURATION)
      const handle = await world.begin(config)
      await gate.reached
      await handle.cancel()
      await handle.result().catch(() => {})
    },
    keeps: /^agent0\/recorded$|curation/,
  },

  'halted-and-retried': {
    tell: (world) => haltAndRetry(world, (call) => call.startsWith('publish')),
    keeps: /^agent0\/recorded$|curriculum$/,
  },

  'failed-shard': {
    tell: (world) => haltAndRetry(world, (call) => call.includes(`${CURATION}/task-`)),
    keeps: /^agent0\/recorded$|curation/,
  },

  'alert-raised-and-cleared': {
    tell: async (world) => {
      const { gate } = holdTasks(world, CURATION)
      const handle = await world.begin(config)
      await gate.reached
      const alert = raisedAlert()
      await handle.signal('alerts', [alert])
      await handle.signal('alerts', [{ ...alert, clearedAt: alert.raisedAt }])
      gate.open()
      await world.finish(config)
    },
    keeps: /^agent0\/recorded$/,
  },

  'turn-by-turn': {
    tell: (world) => world.finish(smallConfig(RUN, { rollout: { ...config.rollout, glassBox: 1 } })),
    keeps: /curation/,
  },
}
