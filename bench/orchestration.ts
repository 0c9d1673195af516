import type { RolloutTask } from '../contracts/loop-records.ts'
import { iterationId, stageId, type StepId, stepId, taskId } from '../contracts/ids.ts'
import { taskQueues } from '../contracts/task-queues.ts'
import { firstState } from '../core/loop/evolution.ts'
import { pastWorkflow } from '../services/temporal/past-workflow.ts'
import type { rolloutShard, RolloutShardInput } from '../workflows/rollout-shard.ts'
import { eventTimes } from './event-times.ts'
import { type Figure, median } from './figures.ts'
import { BASE, control, type LoopRig, withLoopRig } from './loop-rig.ts'
import { noOpFigures } from './no-ops.ts'
import { type Latency, LATENCIES, overheadFigures, SAMPLES, SLOTS, TASKS, TURNS } from './overhead-figures.ts'

const REPEATS = 3

/** Runs one shard: its times, milliseconds from its last rollout to its end, and its events. */
async function runShard({ client, store, run, config, context }: LoopRig, step: StepId, tasks: number) {
  const toAnswer = Array.from({ length: tasks }, (_, index): RolloutTask => ({
    id: taskId(step, index),
    question: `What is 7 + ${index}?`,
    label: null,
    pHat: null,
    truth: null,
  }))
  const reference = await store.putRecords(`${step}/tasks.jsonl`, toAnswer)
  const input: RolloutShardInput = {
    context,
    step,
    shard: 0,
    source: { kind: 'tasks', tasks: reference, range: { from: 0, to: tasks } },
    policy: firstState(run, config, BASE).policies['executor']!,
    settings: { ...config.curation.answers, samplesPerTask: SAMPLES, tool: 'python' },
    control: control(SLOTS),
    siblings: 1,
    glassBox: { share: 0, seed: config.seed },
  }
  const handle = await client.workflow.start<typeof rolloutShard>('rolloutShard', {
    workflowId: `agent0/${step}`,
    taskQueue: taskQueues.workflow,
    args: [input],
  })
  await handle.result()
  const past = await pastWorkflow(client, handle.workflowId)
  const { began, ended, events } = past
  const { lastStarted, lastCompleted, activityMs } = eventTimes(past, 'rolloutTask')
  return {
    samplingMs: lastCompleted - began,
    activityMs: activityMs(),
    fullMs: lastStarted - began,
    activityFullMs: activityMs(lastStarted),
    votingMs: ended - lastCompleted,
    events,
  }
}

function shardFigures(latency: Latency): Promise<Figure[]> {
  return withLoopRig({ model: { turns: TURNS, ...latency }, heldOut: 0 }, SAMPLES, async (rig) => {
    const stage = stageId(iterationId(rig.run, 1), 'curation')
    await runShard(rig, stepId(stage, 0), SLOTS)
    const shards: Awaited<ReturnType<typeof runShard>>[] = []
    for (let round = 1; round <= REPEATS; round++) shards.push(await runShard(rig, stepId(stage, round), TASKS))
    const middle = (time: keyof (typeof shards)[0]) => median(shards.map((shard) => shard[time]))
    return [
      ...overheadFigures(latency, {
        samplingMs: middle('samplingMs'),
        activityMs: middle('activityMs'),
        fullMs: middle('fullMs'),
        activityFullMs: middle('activityFullMs'),
      }),
      { name: 'vote, outcomes and table after it', value: middle('votingMs') / 1_000, unit: 's' },
      { name: "events of the shard's history", value: Math.max(...shards.map(({ events }) => events)), unit: 'events' },
    ]
  })
}

/** What the loop costs beside its work. */
export async function benchOrchestration(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const latency of LATENCIES) figures.push(...(await shardFigures(latency)))
  return [...figures, ...(await noOpFigures())]
}
