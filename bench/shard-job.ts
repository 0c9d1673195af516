// One part of `npm run bench shards` in a process of its own, so that its peak memory is its own:
// node bench/shard-job.ts PART STORE prints a ShardRun.
import { MockActivityEnvironment } from '@temporalio/testing'
import { scoreStep } from '../activities/score-step.ts'
import type { RunContext } from '../activities/services.ts'
import { voteOnTasks } from '../activities/vote-on-tasks.ts'
import { rolloutsKey } from '../contracts/artifact-keys.ts'
import { iterationId, runId, sampleId, stageId, stepId, type StepId, taskId } from '../contracts/ids.ts'
import type { RolloutTask } from '../contracts/loop-records.ts'
import type { Rollout } from '../contracts/rollout.ts'
import { RunConfig } from '../contracts/run-config.ts'
import { withShortStreams } from '../core/rollout/trajectory-row.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { openStore } from '../services/artifact-store/open.ts'
import type { ShardRun } from './shards.ts'

/** The paper's numbers: a shard of its pool, and a step of its executor. */
const SHARD = { tasks: 250, samples: 10 }
const STEP = { tasks: 128, samples: 16 }
const [PROMPT_TOKENS, RESPONSE_TOKENS, VOCABULARY] = [300, 4_096, 151_936]
const [PROGRAMS, OUTPUT_TOKENS, STDOUT_BYTES] = [3, 512, 65_536]

const run = runId('shards')
const stepOf = (stage: string) => stepId(stageId(iterationId(run, 1), stage), 1)
const [pool, step] = [stepOf('curation'), stepOf('executor')]

const [part, folder] = process.argv.slice(2) as [string, string]
const store = openStore(folder, 'kill')

const stream = seededStream(1, 'shards')
const numbers = (count: number, below: number) => Array.from({ length: count }, () => stream.below(below))

/** What a program that prints in a loop leaves: all that the sandbox keeps of it. */
const printed = numbers(STDOUT_BYTES / 8, 1e7)
  .map((number) => String(number).padStart(7, '0'))
  .join('\n')

/** A rollout of the longest kind: each of its programs prints without end. Of versions before 2026-12 all of it stands in the store. */
function longRollout(task: string, sample: number, isFormer: boolean): Rollout {
  const responseTokenIds = numbers(RESPONSE_TOKENS, VOCABULARY)
  const isForced = (index: number) => index % (RESPONSE_TOKENS / PROGRAMS) < OUTPUT_TOKENS
  const streams = { stdout: printed, stderr: printed, truncated: true, stdoutBytes: 1e6, stderrBytes: 1e6 }
  const usage = { cpuMs: 1.5, wallMs: 2.5, maxRssBytes: 1e7, oomKills: 0, seed: 1 }
  const verdict = { kind: 'ok', ...streams, ...usage, imageDigest: 'sha256:0', backend: 'docker' } as const
  const toolCall = {
    code: printed.slice(0, 2_000),
    verdict: isFormer ? verdict : withShortStreams(verdict),
    output: printed.slice(-OUTPUT_TOKENS * 4),
    outputTokens: OUTPUT_TOKENS,
  }
  const text = printed.slice(0, 3_000)
  const answer = String(stream.below(3))
  return {
    id: sampleId(task as ReturnType<typeof taskId>, sample),
    policy: 'base',
    promptTokenIds: numbers(PROMPT_TOKENS, VOCABULARY),
    responseTokenIds,
    responseMask: responseTokenIds.map((_, index) => (isForced(index) ? 0 : 1)),
    responseLogprobs: responseTokenIds.map((_, index) => (isForced(index) ? 0 : -stream.below(1e9) / 3e8)),
    turns: Array.from({ length: PROGRAMS }, () => ({
      text,
      sampledTokens: 800,
      finish: 'stop_text',
      seed: 1,
      toolCall,
    })),
    ending: 'answered',
    answer,
  }
}

async function makeRollouts(
  of: StepId,
  { tasks, samples }: typeof SHARD,
  label: string | null,
  isFormer: boolean,
): Promise<void> {
  const records = Array.from({ length: tasks }, (_, index): RolloutTask => ({
    id: taskId(of, index),
    question: 'How many?',
    label,
    pHat: label === null ? null : 0.5,
    truth: null,
  }))
  for (const { id } of records)
    await store.putRecords(
      rolloutsKey(id),
      Array.from({ length: samples }, (_, sample) => longRollout(id, sample, isFormer)),
    )
  await store.putRecords(`${of}/asked.jsonl`, records)
}

const context: RunContext = {
  run,
  config: await store.putJson(`${run}/config-001.json`, RunConfig.parse({ name: run })),
}

async function vote(of: StepId, { tasks: to }: typeof SHARD) {
  // Answers are integers, which need no grader.
  const grader = { compare: () => Promise.reject(new Error('no pair needs a grader here')) }
  const tasks = (await store.find(`${of}/asked.jsonl`))!
  const input = { context, step: of, tasks, range: { from: 0, to } }
  const work = voteOnTasks({ store, grader })
  return new MockActivityEnvironment().run((given: typeof input) => work(given), input) as ReturnType<typeof work>
}

async function score(): Promise<void> {
  const { outcomes } = JSON.parse(process.argv[4]!) as { outcomes: Awaited<ReturnType<typeof vote>>['outcomes'] }
  const parts = [{ proposals: [], outcomes: [outcomes] }]
  await scoreStep({ store })({ context, step, stage: 'executor', parts, stageStart: { step: 0, checkpoint: null } })
}

const parts: Record<string, () => Promise<unknown>> = {
  nothing: async () => null,
  make: async () => {
    await makeRollouts(pool, SHARD, null, false)
    await makeRollouts(step, STEP, '1', false)
  },
  'make-former': () => makeRollouts(pool, SHARD, null, true),
  vote: () => vote(pool, SHARD),
  agree: () => vote(step, STEP),
  score,
}

const begun = performance.now()
const result = await parts[part]!()
const shardRun: ShardRun = {
  result,
  seconds: (performance.now() - begun) / 1_000,
  peakMebibytes: process.resourceUsage().maxRSS / 1_024,
}
console.log(JSON.stringify(shardRun))
