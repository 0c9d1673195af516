import { failure } from '../../services/failure.ts'
import { Gate } from './gate.ts'
import { holdTasks } from './hold-tasks.ts'
import type { LoopWorld } from './loop-world.ts'
import { raisedAlert } from './run-views.ts'
import { smallConfig } from './small-world.ts'

const RUN = 'recorded'
const config = smallConfig(RUN)
/** With an iteration after the first. */
const longer = smallConfig(RUN, { iterations: 2 })
const CURATION = 'iter-001/curation/step-0000'

interface RecordedStory {
  tell(world: LoopWorld): Promise<unknown>
  /** The workflows whose histories are kept; those of the others are like those of a run that nobody disturbs. */
  keeps: RegExp
}

/** Lets the first of some calls fail. */
function failOnce(world: LoopWorld, isMeant: (call: string) => boolean, error: Error): void {
  let failed = false
  world.before = (call) => {
    if (failed || !isMeant(call)) return
    failed = true
    throw error
  }
}

async function haltAndRetry(world: LoopWorld, isMeant: (call: string) => boolean): Promise<void> {
  failOnce(world, isMeant, failure('Llm.BadRequest', 'refused once'))
  await world.begin(config)
  await world.status(RUN, ({ halted }) => halted !== null)
  await world.update(RUN, 'retryStage', null)
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
      await world.update(RUN, 'pause')
      await world.update(RUN, 'setConcurrency', 3)
      gate.open()
      await world.update(RUN, 'resume')
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
      await world.update(RUN, 'stopAfter', 'step')
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

  // Of a version that published at a skip.
  'skipped-in-the-former-way': {
    tell: async (world) => {
      failOnce(world, (call) => call === `train ${RUN}-curriculum 2`, failure('Trainer.OutOfMemory', 'refused once'))
      await world.begin(config)
      await world.status(RUN, ({ halted }) => halted !== null)
      await world.update(RUN, 'skipStage')
      await world.finish(config)
    },
    keeps: /^agent0\/recorded$|executor$/,
  },

  'publication-skipped': {
    tell: async (world) => {
      failOnce(
        world,
        (call) => call.startsWith(`publish ${RUN}-curriculum-v2-`),
        failure('Agent0.OtherWeights', 'not applied'),
      )
      await world.begin(longer)
      await world.status(RUN, ({ halted }) => halted !== null)
      await world.update(RUN, 'skipStage')
      await world.finish(longer)
    },
    keeps: /^agent0\/recorded$|curriculum$/,
  },

  'publication-accepted': {
    tell: async (world) => {
      world.before = (call) => {
        world.models.noise = call.startsWith(`publish ${RUN}-curriculum-v2-`) ? 0.05 : 0
      }
      await world.begin(config)
      await world.status(RUN, ({ halted }) => halted !== null)
      await world.update(RUN, 'acceptCanary', { by: 'ada@desk', reason: 'recorded' })
      await world.finish(config)
    },
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
    tell: (world) => world.finish(smallConfig(RUN, { rollout: { ...config.rollout, traceShare: 1 } })),
    keeps: /curation/,
  },

  // The trainer dies in the first step of the executor; the activity is tried again, and finds the trainer back.
  'trainer-crash': {
    tell: async (world) => {
      failOnce(world, (call) => call === `train ${RUN}-executor 1`, failure('Trainer.Crashed', 'the trainer is gone'))
      await world.finish(config)
    },
    keeps: /^agent0\/recorded$|executor$/,
  },

  // A pause and another number of tasks in flight, ordered in iteration 0, hold in the history of iteration 1.
  'continued-while-paused': {
    tell: async (world) => {
      const { gate } = holdTasks(world, 'iter-000/evaluation/step-0001')
      const handle = await world.begin(config)
      await gate.reached
      await world.update(RUN, 'setConcurrency', 3)
      await world.update(RUN, 'pause')
      gate.open()
      await world.status(RUN, ({ iteration, control }) => iteration === 1 && control.paused)
      await world.update(RUN, 'resume')
      await handle.result()
    },
    keeps: /^agent0\/recorded$|curriculum/,
  },
}
