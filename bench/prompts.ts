import { MockActivityEnvironment } from '@temporalio/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { filterPool } from '../activities/filter-pool.ts'
import { proposeTasks } from '../activities/propose-tasks.ts'
import { rolloutTask } from '../activities/rollout-task.ts'
import type { Services } from '../activities/services.ts'
import { voteOnTasks } from '../activities/vote-on-tasks.ts'
import { configKey } from '../contracts/artifact-keys.ts'
import { iterationId, runId, stageId, stepId } from '../contracts/ids.ts'
import { FilterDecision, TaskOutcome } from '../contracts/loop-records.ts'
import { RunConfig } from '../contracts/run-config.ts'
import { Proposal } from '../contracts/task.ts'
import { namedPolicy } from '../core/loop/evolution.ts'
import { PROPOSALS_PER_PROMPT, PROPOSALS_PER_REQUEST } from '../core/loop/ranges.ts'
import { namedBackend, readMachine } from '../host/machine.ts'
import { SetupProblem } from '../host/problem.mjs'
import { openStore } from '../services/artifact-store/open.ts'
import { readHeldOut } from '../services/artifact-store/held-out.ts'
import { openModelServer } from '../services/model-server/open.ts'
import { openTokenizer } from '../services/model-server/open-tokenizer.ts'
import { defaultLimits, graderOn, openSandbox } from '../services/sandbox/open.ts'
import type { BenchOptions, Figure } from './figures.ts'
import { poolFigures } from './prompts-figures.ts'

const USAGE =
  'npm run bench prompts -- --model FOLDER --url URL [--prompts NAME] [--proposals N] [--samples K] [--temperature T] [--top-p P] [--keep FOLDER]'

const RUN = runId('prompts')
const STAGE = stageId(iterationId(RUN, 1), 'curation')
const NOBODY = '0'.repeat(64)
/** Both fit a context of 2,048 tokens. */
const TOKENS = { promptTokensMax: 1_024, responseTokensMax: 512 }
const DEFAULTS = { prompts: 'default', proposals: '16', samples: '5', temperature: '1', 'top-p': '1' }

const ATTEMPTS_MAX = 10

const notes = (line: string) => console.error(line)

function configFrom(base: string, options: BenchOptions): RunConfig {
  const { prompts, proposals, samples, temperature, 'top-p': topP } = { ...DEFAULTS, ...options }
  const sampling = { temperature: Number(temperature), topP: Number(topP) }
  const given = {
    name: RUN,
    model: { base },
    ...(prompts !== 'default' && { prompts: { curriculum: prompts, executor: prompts } }),
    rollout: TOKENS,
    executor: { tasksPerStep: 1 },
    curation: {
      poolSize: Number(proposals),
      proposalsMax: Number(proposals),
      tasksMin: 1,
      sampling,
      answers: { samplesPerTask: Number(samples), sampling },
    },
  }
  const { data, error } = RunConfig.safeParse(given)
  if (data === undefined) throw new SetupProblem(`bench prompts: ${error.message}`)
  return data
}

/** An activity as a worker calls it, again after an outage: on a busy machine a request may take longer than the client waits. */
async function run<I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await new MockActivityEnvironment({ attempt }).run(activity, input)) as O
    } catch (error) {
      const { type, nonRetryable } = error as { type?: string; nonRetryable?: boolean }
      if (type === undefined || nonRetryable !== false || attempt === ATTEMPTS_MAX) throw error
      notes(`attempt ${attempt}: ${(error as Error).message}`)
    }
  }
}

async function openServices(base: string, url: string, folder: string) {
  const sandbox = await openSandbox({ ...namedBackend(readMachine()), log: notes })
  const models = openModelServer({ urls: [url] })
  const services: Omit<Services, 'trainer' | 'histories'> = {
    store: openStore(folder, 'kill'),
    models,
    tokenizer: await openTokenizer(base),
    sandbox,
    executionLimits: defaultLimits,
    grader: graderOn(sandbox),
    heldOutTasks: readHeldOut,
  }
  return { services, close: () => Promise.all([sandbox.close(), models.close()]) }
}

/** A curation of one pool by the run's own activities: proposals, answers with the tool, votes, filter. */
async function samplePool(services: Omit<Services, 'trainer' | 'histories'>, config: RunConfig) {
  const { store } = services
  const { poolSize, sampling, answers: settings } = config.curation
  const context = { run: RUN, config: await store.putJson(configKey(RUN, 1), config) }
  const step = stepId(STAGE, 0)
  const policyOf = (role: string) => namedPolicy(RUN, role, 0, NOBODY, null)
  const asked = { context, step, policy: policyOf('curriculum'), range: { from: 0, to: poolSize }, sampling }
  const perRequest = { blockSize: PROPOSALS_PER_REQUEST, proposalsPerPrompt: PROPOSALS_PER_PROMPT }
  const { proposals, tasks } = await run(proposeTasks(services), { ...asked, ...perRequest })
  notes(`${tasks.count} of ${poolSize} proposals are well-formed`)
  let done = 0
  const rollOut = async (_: unknown, index: number) => {
    const result = await run(rolloutTask(services), { context, tasks, index, policy: policyOf('executor'), settings })
    notes(`task ${++done} of ${tasks.count}: ${result.answered} of ${result.of} answered`)
  }
  await Promise.all(Array.from({ length: tasks.count }, rollOut))
  const range = { from: 0, to: tasks.count }
  const { outcomes } = await run(voteOnTasks(services), { context, step, tasks, range })
  const pool = { context, stage: STAGE, name: 'curation', proposals: [proposals], outcomes: [outcomes], archive: [] }
  const { decisions } = await run(filterPool(services), pool)
  return {
    proposals: await store.getRecords(Proposal, proposals),
    outcomes: await store.getRecords(TaskOutcome, outcomes),
    decisions: await store.getRecords(FilterDecision, decisions),
  }
}

/**
 * How well a model follows prompts: shares of well-formed proposals, of answered samples and of kept tasks. What is measured is the
 * code of a run on a real model server and a real sandbox.
 */
export async function benchPrompts(options: BenchOptions): Promise<Figure[]> {
  const { model, url, keep } = options
  if (model === undefined || url === undefined) throw new SetupProblem(`Usage: ${USAGE}`)
  const base = resolve(model)
  const config = configFrom(base, options)
  const folder = keep === undefined ? await mkdtemp(join(tmpdir(), 'agent0-prompts-')) : resolve(keep)
  const { services, close } = await openServices(base, url, folder)
  try {
    return poolFigures(config, await samplePool(services, config))
  } finally {
    await close()
    if (keep === undefined) await rm(folder, { recursive: true, force: true })
  }
}
