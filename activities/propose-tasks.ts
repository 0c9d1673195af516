import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { Sampling } from '../contracts/config/sampling.ts'
import { taskId, type StepId } from '../contracts/ids.ts'
import type { RolloutTask } from '../contracts/loop-records.ts'
import type { Policy } from '../contracts/policy.ts'
import { servable } from '../contracts/servable.ts'
import { Proposal } from '../contracts/task.ts'
import { splitRange, type Range } from '../core/loop/ranges.ts'
import { type Interval, union } from '../core/metrics/intervals.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { recipes } from '../core/recipes/index.ts'
import { encodePrompt, type Prompt } from '../core/rollout/prompt.ts'
import { withHeartbeat } from './with-heartbeat.ts'
import { requestTimes } from './request-times.ts'
import { assertSameSampler } from './sampling-origin.ts'
import { stopsOf } from './stops.ts'
import { configOf, type RunContext, type Services } from './services.ts'

export interface ProposeTasksInput {
  context: RunContext
  step: StepId
  policy: Policy
  /** Indices of the proposals in their step. */
  range: Range
  /** Proposals of one request, aligned: proposals 0 to blockSize − 1 are the first block. */
  blockSize: number
  /** Proposals that share a prompt where prompts are drawn; a whole block unless given. */
  proposalsPerPrompt?: number
  sampling: Sampling
}

export interface ProposeTasksResult {
  /** All generated texts, a `Proposal` each. */
  proposals: ArtifactReference
  /** The well-formed ones, a `RolloutTask` each. */
  tasks: ArtifactReference
  sampledTokens: number
  /** When requests of this attempt were at the model servers. */
  requests: Interval[]
}

const padded = (index: number) => String(index).padStart(6, '0')

/**
 * Generates proposals: one generation each, no tool. Each response is stored under the index of its first proposal before it is used, so
 * a retry requests only the rest. If the range of an earlier config was another one, its proposals are reused and the missing ones are
 * requested. Where the recipe draws prompts, each request has its own.
 */
export function proposeTasks({ store, models: servers, tokenizer }: Pick<Services, 'store' | 'models' | 'tokenizer'>) {
  return async ({
    context,
    step,
    policy,
    range,
    blockSize: given,
    proposalsPerPrompt = given,
    sampling,
  }: ProposeTasksInput): Promise<ProposeTasksResult> => {
    const config = await configOf(store, context)
    const recipe = recipes[config.recipe]
    const { models, requests } = requestTimes(servers)
    const asked = recipe.proposePrompt(config)
    const blockSize = asked.kind === 'fixed' ? given : proposalsPerPrompt
    const promptOf = (block: number): Prompt =>
      asked.kind === 'fixed' ? asked.prompt : asked.draw(seededStream(config.seed, `${step}/prompt-${block}`))

    const sample = async ({ from, to }: Range, promptTokenIds: number[], signal: AbortSignal): Promise<Proposal[]> => {
      const block = from - (from % blockSize)
      const seed = seededStream(config.seed, `${step}/proposals-${block}`).uint32() + (from - block)
      const tokensMax = config.rollout.responseTokensMax
      const task = `${step}/proposals-${from}`
      const generation = { policy: servable(policy), promptTokenIds, sampling, tokensMax, stop: [], seed }
      const request = { ...generation, stopTokenIds: stopsOf(config, tokenizer), samples: to - from, task, signal }
      return (await models.generate(request)).map(({ policy: by, generation }, index) => ({
        id: taskId(step, from + index),
        policy: by,
        promptTokenIds,
        generation,
        parsed: recipe.readProposal(config, generation.text),
      }))
    }
    const proposalsOf = async ({ from, to }: Range, signal: AbortSignal): Promise<Proposal[]> => {
      const block = from - (from % blockSize)
      const promptTokenIds = encodePrompt(tokenizer, promptOf(block))
      const proposals: Proposal[] = []
      while (block + proposals.length < to) {
        const next = block + proposals.length
        const key = `${step}/sampled-${padded(next)}.jsonl`
        const stored =
          (await store.find(key)) ??
          (await store.putRecords(key, await sample({ from: next, to }, promptTokenIds, signal)))
        const records = await store.getRecords(Proposal, stored)
        for (const record of records) assertSameSampler(record.id, record, { policy: policy.name, promptTokenIds })
        proposals.push(...records)
      }
      return proposals.slice(from - block, to - block)
    }
    return withHeartbeat(async (report, signal) => {
      let done = 0
      const blocks = splitRange(range, blockSize, blockSize).map(async (block) => {
        const proposals = await proposalsOf(block, signal)
        report({ proposals: (done += proposals.length) })
        return proposals
      })
      // Running requests are stored before a failure is thrown.
      await Promise.allSettled(blocks)
      const written = (await Promise.all(blocks)).flat()
      const tasks = written.flatMap(({ id, parsed }): RolloutTask[] =>
        parsed.kind === 'well_formed' ? [{ id, question: parsed.question, label: null, pHat: null, truth: null }] : [],
      )
      const name = `${step}/proposals-${padded(range.from)}-${padded(range.to)}`
      return {
        proposals: await store.putRecords(`${name}.jsonl`, written),
        tasks: await store.putRecords(`${name}-tasks.jsonl`, tasks),
        sampledTokens: written.reduce((sum, { generation }) => sum + generation.tokenIds.length, 0),
        requests: union(requests),
      }
    })
  }
}
