import { execa } from 'execa'
import { join, resolve } from 'node:path'
import { configOf } from '../../cli/up-options.ts'
import { iterationKey, trainingKey } from '../../contracts/artifact-keys.ts'
import { iterationId, runId, sampleId, stageId, stepId, type TaskId, turnId } from '../../contracts/ids.ts'
import type { Rollout } from '../../contracts/rollout.ts'
import { IterationRecord } from '../../contracts/run-record.ts'
import { TrainingRecord } from '../../contracts/training-record.ts'
import { turnSeed } from '../../core/rollout/plan-generations.ts'
import type { LoadedPolicy } from '../../contracts/ports/model-server.ts'
import { openModelServer } from '../../services/model-server/open.ts'
import { openStore } from '../../services/artifact-store/open.ts'
import { ROOT } from '../../host/paths.mjs'
import { ownSecret } from '../../host/secrets.ts'
import { membersOf, type ProcessIdentity } from '../../host/process-identity.ts'
import { notRun } from '../support/not-run.ts'
import { hasVllm } from '../support/real-model-servers.ts'
import { describeOn } from '../support/sandbox-backends.ts'
import { eventually } from './eventually.ts'
import { modelServerSays } from './observe.ts'
import { wholeRun } from './outcome.ts'
import { type OwnRun, RUN } from './own-run.ts'
import { journaledTurns, rolloutsByTask, type Turn, turnsOf } from './samples.ts'
import { kill } from './victims.ts'

// What vLLM samples depends on who shares a batch with whom, so no digests here: every sample is looked at instead.

const TWENTY_MINUTES = 1_200_000
const KILL_WITHIN_MS = 600_000
const CONFIG = join(ROOT, 'configs', 'vllm-small.yaml')
const config = configOf(CONFIG)
const run = runId(RUN)
const stepOf = (role: string, step: number) => stepId(stageId(iterationId(run, 1), role), step)
/** The step whose samples are of both lives of the server. */
const KILLED_IN = stepOf('executor', 2)
const ROLES = ['curriculum', 'executor'] as const

/** A trained policy as the trainer left it, and what the server that was started again says of it. */
interface Trained {
  policy: string
  training: TrainingRecord
  loaded: LoadedPolicy[]
}

/** An entry of a server's list of what it serves. */
interface Served {
  id: string
  root: string
  max_model_len?: number
}

interface Seen {
  /** What `up` said, where vLLM listened, and what the two servers served. */
  upSaid: string
  url: string
  served: Served[][]
  /** The server that is killed, and the one in its place. */
  lives: ProcessIdentity[]
  restarts: number
  /** Turns of the step that were finished when the server was killed. */
  finishedTurns: Turn[]
  tasks: Map<TaskId, Rollout[]>
  record: IterationRecord
  trained: Trained[]
  report: string
}

/** All policies of the run, asked of its server by their canaries. */
async function trainedPolicies(ownRun: OwnRun): Promise<Trained[]> {
  const store = openStore(ownRun.storeFolder)
  const server = openModelServer({
    urls: [ownRun.url('model')],
    apiKey: ownSecret(ownRun.stateFolder, 'AGENT0_MODEL_API_KEY')!,
  })
  const trained: Trained[] = []
  for (const role of ROLES) {
    for (const version of [1, 2]) {
      const training = await store.getJson(TrainingRecord, (await store.find(trainingKey(stepOf(role, version))))!)
      const { checkpointDigest, checkpointDir, canary } = training
      const name = `${RUN}-${role}-v${version}-${checkpointDigest.slice(0, 8)}`
      const check = { canary, bound: 1e-3, isAccepted: false }
      const loaded = await server.ensurePolicy({ name, checkpointDir }, check)
      trained.push({ policy: `${role} ${version}`, training, loaded })
    }
  }
  await server.close()
  return trained
}

async function servedBy(ownRun: OwnRun): Promise<Served[]> {
  return (
    (await (await fetch(`${ownRun.url('model')}/v1/models`, { headers: ownRun.tokenOf('model') })).json()) as {
      data: Served[]
    }
  ).data
}

async function reportOf({ stateFolder }: OwnRun): Promise<string> {
  const env = { AGENT0_STATE: stateFolder, TEMPORAL_ADDRESS: '' }
  return (await execa(process.execPath, [join(ROOT, 'cli', 'agent0.mjs'), 'report', RUN], { env })).stdout
}

/** Kills vLLM while it samples from an adapter, some turns of the step being finished, and lets the run finish by itself. */
async function killInMidRollout(ownRun: OwnRun): Promise<Seen> {
  const isThere = async () =>
    journaledTurns(ownRun, KILLED_IN).length >= 8 && ((await modelServerSays(ownRun, 'num_requests_running')) ?? 0) >= 2
  await eventually(`${KILLED_IN} is in mid-rollout`, isThere, { withinMs: KILL_WITHIN_MS })
  const killed = ownRun.process('model-server')
  const servedFirst = await servedBy(ownRun)
  await kill(ownRun, 'model-server')
  const finishedTurns = journaledTurns(ownRun, KILLED_IN)
  await ownRun.finish()
  const store = openStore(ownRun.storeFolder)
  return {
    upSaid: ownRun.upSaid,
    url: ownRun.url('model'),
    served: [servedFirst, await servedBy(ownRun)],
    lives: [killed, ownRun.process('model-server')],
    restarts: ownRun.report().services.find(({ name }) => name === 'model-server')!.restarts,
    finishedTurns,
    tasks: await rolloutsByTask(ownRun),
    record: await store.getJson(IterationRecord, (await store.find(iterationKey(run, 1)))!),
    trained: await trainedPolicies(ownRun),
    report: await reportOf(ownRun),
  }
}

/** How many tasks a stage rolled out, and how many answers each of them has. */
function tasksAndAnswers(tasks: Seen['tasks'], stage: string): { tasks: number; answers: number[] } {
  const own = [...tasks].filter(([task]) => task.startsWith(`${RUN}/${stage}/`))
  return { tasks: own.length, answers: [...new Set(own.map(([, rollouts]) => rollouts.length))] }
}

/** What the config promises of each stage; how many proposals were well-formed the record says. */
function promised({ stages }: IterationRecord): Record<string, { tasks: number; answers: number[] }> {
  const { curriculum, curation, executor, evaluation } = config
  const rolledOut = (name: string) =>
    stages.flatMap((each) => (each.stage === name && 'rollouts' in each.tally ? each.tally.rollouts.tasks : []))[0]!
  const heldOut = stages.flatMap((each) => (each.kind === 'evaluation' ? each.tally.heldOut.tasks : []))[0]!
  return {
    'iter-000/evaluation': { tasks: heldOut, answers: [evaluation.heldOut.samplesPerTask] },
    'iter-001/curriculum': { tasks: rolledOut('curriculum'), answers: [curriculum.answers.samplesPerTask] },
    'iter-001/curation': { tasks: rolledOut('curation'), answers: [curation.answers.samplesPerTask] },
    'iter-001/executor': { tasks: executor.steps * executor.tasksPerStep, answers: [executor.groupSize] },
    'iter-001/evaluation': { tasks: heldOut + evaluation.frozenExecutor.tasksMax, answers: [1] },
  }
}

function sampleLaws(seen: () => Seen): void {
  test('no sample is lost and none is there twice: each stage has the tasks and answers that the config promises', () => {
    const { tasks, record } = seen()
    const wanted = promised(record)
    const found = Object.fromEntries(Object.keys(wanted).map((stage) => [stage, tasksAndAnswers(tasks, stage)]))
    expect(found).toEqual(wanted)
    for (const [task, rollouts] of tasks)
      expect(rollouts.map(({ id }) => id)).toEqual(rollouts.map((_, index) => sampleId(task, index)))
  })

  test('each sample is one chain of turns: its tokens are those of its turns, each with the seed of its own place', () => {
    for (const rollout of [...seen().tasks.values()].flat()) {
      const mask = rollout.turns.flatMap(({ sampledTokens, toolCall }) => [
        ...Array.from({ length: sampledTokens }, () => 1),
        ...Array.from({ length: toolCall?.outputTokens ?? 0 }, () => 0),
      ])
      expect(rollout.responseMask).toEqual(mask)
      expect(rollout.turns.map(({ seed }) => seed)).toEqual(
        rollout.turns.map((_, turn) => turnSeed(config.seed, turnId(rollout.id, turn))),
      )
    }
  })

  test('turns that were finished when vLLM was killed stand as they were, to the last logprob', () => {
    const { tasks, finishedTurns } = seen()
    const inTheEnd = new Map(
      [...tasks.values()]
        .flat()
        .flatMap((rollout) => turnsOf(rollout).map((turn) => [turnId(turn.sample, turn.turn), turn])),
    )
    expect(finishedTurns.length).toBeGreaterThanOrEqual(8)
    for (const turn of finishedTurns) expect(inTheEnd.get(turnId(turn.sample, turn.turn))).toEqual(turn)
  })
}

function policyLaws(seen: () => Seen): void {
  test('the server that was started again has the policies that were needed, and each passes its canary', () => {
    const { restarts, trained } = seen()
    expect(restarts).toBe(1)
    const wasThere = trained.map(({ policy, loaded }) => [policy, loaded.map(({ loadedNow }) => !loadedNow)])
    expect(Object.fromEntries(wasThere)).toMatchObject({ 'executor 1': [true], 'executor 2': [true] })
    for (const { loaded } of trained) expect(loaded[0]!.canaryDifference).toBeLessThan(1e-4)
  })

  test('trainer and vLLM agree about the probability of every sampled token, those of both lives', () => {
    for (const { training } of seen().trained) {
      expect(training.metrics['sampler_abs_difference']).toBeLessThan(1e-5)
      expect(training.metrics['sampler_kl_k3']).toBeLessThan(1e-6)
      expect(training.tally.updates).toMatchObject({ droppedRows: 0, truncatedTokens: 0 })
    }
  })
}

describeOn('docker', 'a run on real vLLM, which is killed in mid-rollout', () => {
  if (!hasVllm()) {
    notRun('the loop on vLLM (npm run setup:vllm)')
    return
  }
  let seen: Seen
  let left: string[]
  beforeAll(async () => {
    const outcome = await wholeRun(
      async (ownRun) => {
        seen = await killInMidRollout(ownRun)
      },
      { config: CONFIG, machine: join(ROOT, 'tests', 'chaos', 'vllm-machine.yaml') },
    )
    left = outcome.left
  }, TWENTY_MINUTES)

  test('`up` starts it with the base model of the config, and when it is killed it comes back with it', () => {
    const base = resolve(ROOT, config.model.base)
    expect(seen.upSaid).toContain(`${seen.url} (vllm, ${base})`)
    const { promptTokensMax, responseTokensMax } = config.rollout
    const own = { id: 'base', root: base, max_model_len: promptTokensMax + responseTokensMax }
    for (const served of seen.served) expect(served).toContainEqual(expect.objectContaining(own))
  })

  sampleLaws(() => seen)
  policyLaws(() => seen)

  test('the report is whole: every stage has its tokens and its time', () => {
    expect(seen.report).toContain('Finished: the base model and 1 iteration.')
    for (const stage of ['curriculum', 'curation', 'executor', 'evaluation']) {
      expect(seen.record.sampledTokens[stage]).toBeGreaterThan(0)
      expect(seen.record.seconds[stage]).toBeGreaterThan(0)
    }
  })

  test('nothing is left: no process of either life, no container, no file but what a killed vLLM cannot clear away', () => {
    expect(seen.lives.flatMap(membersOf)).toEqual([])
    expect(left.filter((line) => !/\/vllm_dist_[0-9a-f]{32}$/.test(line))).toEqual([])
  })
})
