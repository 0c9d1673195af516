import { join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import { isAlive } from '../../host/process-identity.ts'
import { corruptArtifacts } from './corruption.ts'
import { eventually } from './eventually.ts'
import { filesIn, midFanOut, midStep, modelServerSays, tasksDone, retryShown } from './observe.ts'
import { attackedGuests } from './attacks.ts'
import { fullDisk, garbage, hangingServer, storm } from './outages.ts'
import { type OwnRun, RUN } from './own-run.ts'
import { refusedAndRetried, refusedAndSkipped, refusedSkippedAndKilled } from './publication.ts'
import { recovery } from './recovery.ts'
import { startSecondRolloutWorker } from './second-rollout-worker.ts'
import { terminateInMidRollout, terminateInMidStep } from './termination.ts'
import { trainerInEachPhase } from './trainer-phases.ts'
import { freeze, kill, killContainers, killEverything, killSupervisor, killWorkers } from './victims.ts'

/** What is done to a run, each time in a state that was seen. The run must come to the same as one that is left alone. */
export interface Scenario {
  name: string
  /** Gives in how many seconds the run had recovered, where that can be said. */
  disturb: (run: OwnRun) => Promise<number | null>
  /** How many turns of a sample may be asked for again: the one that it loses, unless nobody is killed. */
  repeatsMax: number
  /** The store has a disk of its own, of so many MiB. */
  disk?: number
  /** Of runs that a person changes: what they do, with which config. The run is held against one to which only that is done. */
  twin?: { disturb: (run: OwnRun) => Promise<unknown>; config: string }
}

/** A kill in the middle of curation's fan-out, after which the run must leave something new. */
const inFanOut =
  (strike: (run: OwnRun) => Promise<unknown>) =>
  async (run: OwnRun): Promise<number | null> => {
    await midFanOut(run, 'curation')
    return recovery(run, () => strike(run))
  }

/** A kill in an update of a training step. */
const inStep =
  (role: string, step: number, update: 1 | 2, victim: 'trainer' | 'worker-training') =>
  async (run: OwnRun): Promise<number | null> => {
    await midStep(run, role, step, update)
    return recovery(run, () => kill(run, victim))
  }

/** The goal is 15 s on a quiet machine; more than this is broken on any. */
const WORKERS_BACK_WITHIN_S = 120

async function allWorkers(run: OwnRun): Promise<number | null> {
  const seconds = await inFanOut(killWorkers)(run)
  if (seconds === null || seconds > WORKERS_BACK_WITHIN_S) throw new Error(`the workers were not back: ${seconds} s`)
  return seconds
}

/** Proposals of a step are answered and compared, and its batch is not written yet. */
async function bookkeepingWhileScoring(run: OwnRun): Promise<number | null> {
  const step = 'curriculum/step-0001'
  const folder = `runs/${RUN}/iter-001/${step}`
  await eventually(`${step} is being scored`, () => filesIn(run, folder).some((file) => file.includes('-outcomes.')))
  return recovery(run, () => kill(run, 'worker-bookkeeping'))
}

async function modelServerInMidBatch(run: OwnRun): Promise<number | null> {
  const isThere = async () =>
    tasksDone(run, 'curriculum') > 0 && ((await modelServerSays(run, 'num_requests_running')) ?? 0) >= 4
  await eventually('a batch is sampled in iteration 1', isThere)
  return recovery(run, () => kill(run, 'model-server'))
}

/** One rollout worker is stopped until a second one is at its tasks, then goes on with them as if nothing had been. */
async function overlap(run: OwnRun): Promise<null> {
  await midFanOut(run, 'curation')
  const stopped = run.process('worker-rollout')
  process.kill(stopped.pid, 'SIGSTOP')
  const done = tasksDone(run, 'curation')
  const second = startSecondRolloutWorker(run)
  try {
    // The server has given up the attempts of a worker that does not beat.
    await retryShown(run, /heartbeat/i, 'rolloutTask')
    await eventually('another worker ends what it had begun', () => tasksDone(run, 'curation') > done)
    if (isAlive(stopped)) process.kill(stopped.pid, 'SIGCONT')
    await run.finish()
  } finally {
    await second.end()
  }
  return null
}

async function sandboxContainers(run: OwnRun): Promise<void> {
  if ((await killContainers(run)) === 0) throw new Error('the run has no sandbox containers')
}

export const scenarios: readonly Scenario[] = [
  { name: 'rollout worker in mid-turn', disturb: inFanOut((run) => kill(run, 'worker-rollout')), repeatsMax: 1 },
  { name: 'workflow worker in fan-out', disturb: inFanOut((run) => kill(run, 'worker-workflow')), repeatsMax: 0 },
  { name: 'all workers at once', disturb: allWorkers, repeatsMax: 1 },
  { name: 'model server in mid-batch', disturb: modelServerInMidBatch, repeatsMax: 1 },
  { name: 'model server that hangs, healthy to look at', disturb: hangingServer, repeatsMax: 1 },
  { name: 'storm of 429 and 503', disturb: storm, repeatsMax: 0 },
  { name: 'server answers garbage with half characters', disturb: garbage, repeatsMax: 0 },
  { name: 'program attacks PID 1 in mid-shard', disturb: attackedGuests, repeatsMax: 0 },
  { name: 'trainer in the first update of a step', disturb: inStep('curriculum', 1, 1, 'trainer'), repeatsMax: 0 },
  { name: 'trainer in the last update of a step', disturb: inStep('executor', 2, 2, 'trainer'), repeatsMax: 0 },
  { name: 'trainer at what it reads and writes', disturb: trainerInEachPhase, repeatsMax: 0 },
  { name: 'training worker in a step', disturb: inStep('curriculum', 2, 1, 'worker-training'), repeatsMax: 0 },
  { name: 'bookkeeping worker while it scores', disturb: bookkeepingWhileScoring, repeatsMax: 0 },
  { name: 'Temporal server', disturb: inFanOut((run) => kill(run, 'temporal')), repeatsMax: 1 },
  { name: 'Temporal server silent for 5 s', disturb: inFanOut((run) => freeze(run, 'temporal', 5_000)), repeatsMax: 0 },
  {
    name: 'Temporal server silent for 40 s',
    disturb: inFanOut((run) => freeze(run, 'temporal', 40_000)),
    repeatsMax: 1,
  },
  { name: 'sandbox containers', disturb: inFanOut(sandboxContainers), repeatsMax: 0 },
  { name: "up's supervisor", disturb: inFanOut(killSupervisor), repeatsMax: 1 },
  { name: 'everything at once', disturb: inFanOut(killEverything), repeatsMax: 1 },
  { name: 'rollout worker stopped past its heartbeats, then going on', disturb: overlap, repeatsMax: 1 },
  { name: 'disk full', disturb: fullDisk, repeatsMax: 1, disk: 64 },
  { name: 'publication refused, retried', disturb: refusedAndRetried, repeatsMax: 0 },
  {
    name: 'publication refused, skipped',
    disturb: refusedSkippedAndKilled,
    repeatsMax: 0,
    twin: { disturb: refusedAndSkipped, config: join(ROOT, 'tests', 'chaos', 'two-iterations.yaml') },
  },
  { name: 'corrupt artifacts', disturb: corruptArtifacts, repeatsMax: 0 },
  { name: 'terminated in mid-rollout', disturb: terminateInMidRollout, repeatsMax: 1 },
  { name: 'terminated in a training step', disturb: terminateInMidStep, repeatsMax: 0 },
]

export function scenario(name: string): Scenario {
  const found = scenarios.find((one) => one.name === name)
  if (found === undefined)
    throw new Error(`no scenario "${name}"; there are: ${scenarios.map((one) => one.name).join(', ')}`)
  return found
}
