import { isAlive } from '../../infra/supervisor/process-identity.ts'
import { viewRun } from '../../infra/temporal/run-view.ts'
import { eventually } from './eventually.ts'
import { filesIn, midFanOut, midStep, modelServerSays, tasksDone } from './observe.ts'
import { type OwnRun, RUN } from './own-run.ts'
import { startSecondRolloutWorker } from './second-rollout-worker.ts'
import { freeze, kill, killContainers, killEverything, killSupervisor } from './victims.ts'

/** What is done to a run, each time in a state that was seen. The run must come to the same as one that is left alone. */
export interface Scenario {
  name: string
  disturb: (run: OwnRun) => Promise<void>
}

/** Proposals of a step are answered and compared, and its batch is not written yet. */
async function beforeBatch(run: OwnRun, step: string): Promise<void> {
  const folder = `runs/${RUN}/iter-001/${step}`
  await eventually(`${step} is being scored`, () => filesIn(run, folder).some((file) => file.includes('-outcomes.')))
}

/** The server has given up the attempts of a rollout worker that does not beat. */
async function heartbeatsMissed(run: OwnRun): Promise<void> {
  const areMissed = () =>
    run.withRuns(async (runs) => {
      const troubles = (await viewRun(runs, RUN))?.troubles ?? []
      return troubles.some(({ activity, reason }) => activity === 'rolloutTask' && /heartbeat/i.test(reason))
    })
  await eventually('the server misses heartbeats', areMissed, { withinMs: 120_000, everyMs: 200 })
}

/** One rollout worker is stopped until a second one has its tasks, then goes on with them as if nothing had been. */
async function overlap(run: OwnRun): Promise<void> {
  const second = startSecondRolloutWorker(run)
  try {
    await midFanOut(run, 'curation')
    const stopped = run.process('worker-rollout')
    process.kill(stopped.pid, 'SIGSTOP')
    await heartbeatsMissed(run)
    if (isAlive(stopped)) process.kill(stopped.pid, 'SIGCONT')
    await run.finish()
  } finally {
    await second.end()
  }
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'rollout worker in mid-turn',
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      await kill(run, 'worker-rollout')
    },
  },
  {
    name: 'workflow worker in fan-out',
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      await kill(run, 'worker-workflow')
    },
  },
  {
    name: 'model server in mid-batch',
    disturb: async (run) => {
      await eventually(
        'a batch is sampled in iteration 1',
        async () =>
          tasksDone(run, 'curriculum') > 0 && ((await modelServerSays(run, 'num_requests_running')) ?? 0) >= 4,
      )
      await kill(run, 'model-server')
    },
  },
  {
    name: 'trainer in the first update of a step',
    disturb: async (run) => {
      await midStep(run, 'curriculum', 1, 1)
      await kill(run, 'trainer')
    },
  },
  {
    name: 'trainer in the last update of a step',
    disturb: async (run) => {
      await midStep(run, 'executor', 2, 2)
      await kill(run, 'trainer')
    },
  },
  {
    name: 'training worker in a step',
    disturb: async (run) => {
      await midStep(run, 'curriculum', 2, 1)
      await kill(run, 'worker-training')
    },
  },
  {
    name: 'bookkeeping worker while it scores',
    disturb: async (run) => {
      await beforeBatch(run, 'curriculum/step-0001')
      await kill(run, 'worker-bookkeeping')
    },
  },
  {
    name: 'Temporal server',
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      await kill(run, 'temporal')
    },
  },
  {
    name: 'Temporal server silent for 5 s',
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      await freeze(run, 'temporal', 5_000)
    },
  },
  {
    name: 'Temporal server silent for 40 s',
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      await freeze(run, 'temporal', 40_000)
    },
  },
  {
    name: 'sandbox containers',
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      if ((await killContainers(run)) === 0) throw new Error('the run has no sandbox containers')
    },
  },
  {
    name: "up's supervisor",
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      await killSupervisor(run)
    },
  },
  {
    name: 'everything at once',
    disturb: async (run) => {
      await midFanOut(run, 'curation')
      await killEverything(run)
    },
  },
  { name: 'rollout worker stopped past its heartbeats, then going on', disturb: overlap },
]

export function scenario(name: string): Scenario {
  const found = scenarios.find((one) => one.name === name)
  if (found === undefined)
    throw new Error(`no scenario "${name}"; there are: ${scenarios.map((one) => one.name).join(', ')}`)
  return found
}
