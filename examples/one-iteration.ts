/**
 * One iteration of Agent0 (arXiv 2511.16043) in one file, to be read from top to bottom. The formulas are the real functions of
 * core/; model server, sandbox and trainer are the fakes of tests/support/, so it runs in a second and learns nothing.
 *
 *     npx node examples/one-iteration.ts
 *
 * Left out: Temporal, the artifact store, retries, several steps per stage, the held-out file. workflows/ and activities/ do the
 * same with all of that; docs/design/algorithm.md has the formulas.
 */
import { createHash } from 'node:crypto'
import { iterationId, runId, sampleId, stageId, stepId, taskId, type StepId, type TaskId } from '../contracts/ids.ts'
import type { Policy } from '../contracts/policy.ts'
import { servable } from '../contracts/servable.ts'
import type { Rollout } from '../contracts/rollout.ts'
import { creditGroups, type GroupCredit, type RewardGroup } from '../core/advantages/credit.ts'
import { parseProposal } from '../core/answers/parse-proposal.ts'
import { parseToolCall } from '../core/answers/parse-tool-call.ts'
import { candidateFilter } from '../core/curriculum/candidate-filter.ts'
import { drawTasks } from '../core/curriculum/draw-tasks.ts'
import { namedPolicy } from '../core/loop/evolution.ts'
import { knownTruth } from '../core/loop/known-truth.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { curriculumRewards } from '../core/rewards/curriculum-reward.ts'
import { executorReward } from '../core/rewards/executor-reward.ts'
import { gatedProposal } from '../core/rewards/format.ts'
import { driveRollouts } from '../core/rollout/drive.ts'
import { effectsFor } from '../core/rollout/effects.ts'
import { limitsOf, startRollout } from '../core/rollout/rollout-state.ts'
import { encodePrompt, promptFrom } from '../core/rollout/prompt.ts'
import { stepConfig } from '../core/training/step-config.ts'
import { rowsOfGroup, type SampledTokens, tokensOfProposal } from '../core/training/training-rows.ts'
import { answeredShare } from '../core/voting/answered-share.ts'
import { vote } from '../core/voting/vote.ts'
import { FakeModelServer } from '../tests/support/fake-model-server.ts'
import { FakeTrainer } from '../tests/support/fake-trainer.ts'
import { encode } from '../tests/support/rollouts.ts'
import { adders, fakeSandbox, smallConfig } from '../tests/support/small-world.ts'

// A world of sums: one policy asks "Let x=4. Then add 7. What is x?", the other answers, sometimes with a program, sometimes wrong.
const config = smallConfig('one-iteration', {
  curriculum: { steps: 1, groupsPerStep: 1, groupSize: 12, answers: { samplesPerTask: 6 } },
  curation: { poolSize: 40, answers: { samplesPerTask: 10 }, tasksMin: 6, proposalsMax: 40 },
  executor: { steps: 1, tasksPerStep: 6, groupSize: 8, training: { warmupSteps: 0 } },
})
const run = runId(config.name)
const iteration = iterationId(run, 1)
const stepOf = (stage: string) => stepId(stageId(iteration, stage), 1)
const sha256 = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')

// ── The three things that touch the world: sample proposals, roll a task out, train ──────────────────────────────────────────────

const models = new FakeModelServer(adders)
const trainer = new FakeTrainer()
const tokenizer = { encode, encodeTemplate: encode }
const executionLimits = { cpuMs: 1000, wallMs: 5000, memoryBytes: 64 << 20, outputBytes: 1000 }

/** The curriculum agent writes tasks: one prompt for all of them, one generation each. The gate decides what is well formed. */
async function propose(policy: Policy, step: StepId, samples: number) {
  const promptTokenIds = encodePrompt(tokenizer, [{ template: config.prompts.curriculum }])
  const seed = seededStream(config.seed, `${step}/proposals`).uint32()
  const limits = { tokensMax: 100, stop: [], sampling: config.curriculum.sampling }
  const written = await models.generate({
    policy: servable(policy),
    promptTokenIds,
    ...limits,
    seed,
    samples,
    task: step,
  })
  return written.map(({ policy: by, generation }, index) => ({
    id: taskId(step, index),
    policy: by,
    promptTokenIds,
    generation,
    parsed: gatedProposal(config.curriculum.reward.format, parseProposal(generation.text)),
  }))
}

/** The executor answers a task k times. A turn is: write, run the program, read its output; a box with an answer ends it. */
async function rollOut(policy: Policy, task: TaskId, question: string, samplesPerTask: number): Promise<Rollout[]> {
  const events = new Map<string, unknown>()
  const journal = {
    entries: () => events,
    putIfAbsent: async (slot: string, value: unknown) => events.get(slot) ?? (events.set(slot, value), value),
    close: async () => {},
  }
  const settings = { ...config.curation.answers, samplesPerTask }
  const options = {
    policy: servable(policy),
    settings,
    task,
    journal,
    tell: () => {},
    signal: new AbortController().signal,
  }
  const effects = effectsFor({ models, sandbox: fakeSandbox, tokenizer, executionLimits }, config, options)
  const limits = limitsOf(config.rollout, settings.tool)
  const promptTokenIds = encodePrompt(tokenizer, promptFrom(config.prompts.executor, question))
  const states = Array.from({ length: samplesPerTask }, (_, sample) =>
    startRollout({ id: sampleId(task, sample), policy: policy.name, limits, promptTokenIds }),
  )
  return driveRollouts(config.seed, states, effects)
}

type Group = RewardGroup & { samples: SampledTokens[] }

/** One optimiser step: rows with an advantage and a clip range each go to the trainer, a new policy comes back. */
async function train(role: 'curriculum' | 'executor', credits: GroupCredit[], groups: Group[]) {
  const { training, loss, sampling } = config[role]
  const rows = credits.flatMap((credit, index) => {
    const { samples, pHat } = groups[index]!
    return rowsOfGroup(credit, samples, { pHat, temperature: sampling.temperature })
  })
  const settings = stepConfig(training, loss, { step: 0, checkpoint: null }, config.rollout.responseTokensMax)
  const files = { batch: { path: 'batch', sha256: sha256(rows) }, config: { path: 'config', sha256: sha256(settings) } }
  const request = { lineage: `${run}-${role}`, step: 1, parent: null, ...files, attempt: 1 }
  const { checkpointDigest, checkpointDir } = await trainer.step(request, () => {})
  return { rows, policy: namedPolicy(run, role, 1, checkpointDigest, checkpointDir) }
}

// ── The iteration ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Stage 1: the curriculum agent learns to write tasks on which the frozen executor disagrees with itself. */
async function curriculumStage(curriculum: Policy, executor: Policy) {
  const { groupSize, answers, reward } = config.curriculum
  const step = stepOf('curriculum')
  const proposals = await propose(curriculum, step, groupSize)
  const outcomes = await Promise.all(
    proposals.map(async ({ id, parsed }) => {
      if (parsed.kind === 'malformed') return { id, proposal: parsed, pHat: 0, toolCalls: [] }
      const rollouts = await rollOut(executor, id, parsed.question, answers.samplesPerTask)
      const ballot = vote(rollouts.map(({ answer }) => answer))
      const toolCalls = rollouts.map(({ turns }) => ({
        written: turns.filter(({ text }) => parseToolCall(text).kind === 'call').length,
        executed: turns.filter(({ toolCall }) => toolCall !== null).length,
      }))
      return { id, proposal: parsed, pHat: ballot.pHat, answeredShare: answeredShare(ballot), toolCalls }
    }),
  )
  // R_format · max(0, uncertainty + tool use − repetition), then (r − mean) / std within the group: GRPO.
  const rewards = curriculumRewards(reward, outcomes).map(({ total }) => total)
  const group = { id: `${step}/group-000000`, pHat: null, rewards, samples: proposals.map(tokensOfProposal) }
  const credits = creditGroups(config.curriculum, [group])
  return { proposals, rewards, credits, ...(await train('curriculum', credits, [group])) }
}

/** Stage 2: the trained curriculum agent writes a pool. A vote labels each task; only tasks of middling agreement stay. */
async function curationStage(curriculum: Policy, executor: Policy) {
  const { poolSize, answers: answerSampling } = config.curation
  const pool = await propose(curriculum, stepOf('curation'), poolSize)
  const keep = candidateFilter(config.curation, [])
  const kept: { id: TaskId; question: string; label: string; pHat: number }[] = []
  const dropped: Record<string, number> = {}
  // In the order of their keys: of two equal questions the first one stays.
  for (const { id, parsed } of pool) {
    const question = parsed.kind === 'well_formed' ? parsed.question : null
    const answers = question === null ? [null] : await answersTo(executor, id, question, answerSampling.samplesPerTask)
    const ballot = vote(answers)
    const { label, pHat } = ballot
    const reason = keep({ id, question, label, pHat, abstainedShare: 1 - answeredShare(ballot) })
    if (reason === null) kept.push({ id: id as TaskId, question: question!, label: label!, pHat })
    else dropped[reason] = (dropped[reason] ?? 0) + 1
  }
  return { pool, kept, dropped }
}

const answersTo = async (policy: Policy, task: TaskId, question: string, samplesPerTask: number) =>
  (await rollOut(policy, task, question, samplesPerTask)).map(({ answer }) => answer)

/** Stage 3: the executor learns from its own majority. ADPO: the less the rollouts agreed, the less a task counts. */
async function executorStage(executor: Policy, tasks: Awaited<ReturnType<typeof curationStage>>['kept']) {
  const { tasksPerStep, groupSize, reward } = config.executor
  const step = stepOf('executor')
  const drawn = drawTasks(config.seed, step, tasks.length, tasksPerStep).map((index) => tasks[index]!)
  const groups = await Promise.all(
    drawn.map(async ({ question, label, pHat }, index) => {
      const samples = await rollOut(executor, taskId(step, index), question, groupSize)
      const rewards = samples.map(({ answer, turns }) =>
        executorReward(reward, { agreesWithLabel: answer === label, text: turns.map(({ text }) => text).join('') }),
      )
      return { id: taskId(step, index), pHat, rewards, samples }
    }),
  )
  // Group-normalised like above, then scaled by s(p̂); the upper clip bound grows where agreement is low.
  const credits = creditGroups(config.executor, groups)
  return { groups, credits, ...(await train('executor', credits, groups)) }
}

/** Stage 4: the share of right answers. Truths are known here and nowhere above. */
async function evaluationStage(executor: Policy, questions: string[]) {
  const right = questions.map(async (question, index) => {
    const answers = await answersTo(executor, taskId(stepOf('evaluation'), index), question, 4)
    return answers.filter((answer) => answer === knownTruth('tiny-world', question)).length / answers.length
  })
  return (await Promise.all(right)).reduce((sum, share) => sum + share, 0) / questions.length
}

/** Base model → a curriculum agent and an executor, each one step older. */
export async function oneIteration() {
  const untrained = (role: string) => namedPolicy(run, role, 0, sha256('base'), null)
  const curriculum = await curriculumStage(untrained('curriculum'), untrained('executor'))
  const curation = await curationStage(curriculum.policy, untrained('executor'))
  const executor = await executorStage(untrained('executor'), curation.kept)
  const heldOut = ['Let x=3. Then add 4. What is x?', 'Let x=20. Then add 22. What is x?']
  const accuracy = await evaluationStage(executor.policy, heldOut)
  return { config, curriculum, curation, executor, accuracy }
}

/** The iteration as a few lines of text. */
function summary({ curriculum, curation, executor, accuracy }: Awaited<ReturnType<typeof oneIteration>>): string[] {
  const list = (numbers: readonly number[]) => numbers.map((number) => number.toFixed(2)).join(' ')
  return [
    `rewards of ${curriculum.proposals.length} proposals: ${list(curriculum.rewards)}`,
    `kept ${curation.kept.length} of ${curation.pool.length} tasks; dropped: ${JSON.stringify(curation.dropped)}`,
    ...executor.credits.map(({ id, advantages, clipHigh }, index) => {
      const { pHat } = executor.groups[index]!
      return `${id}: p̂ ${pHat}, clip +${clipHigh.toFixed(2)}, advantages ${list(advantages)}`
    }),
    `new policies: ${curriculum.policy.name}, ${executor.policy.name}; accuracy ${accuracy}`,
  ]
}

if (process.argv[1] === import.meta.filename)
  void oneIteration().then((result) => console.log(summary(result).join('\n')))
