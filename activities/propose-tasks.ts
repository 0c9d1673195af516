import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { Sampling } from '../contracts/config/sampling.ts'
import { taskId, type StepId } from '../contracts/ids.ts'
import type { TaskToAnswer } from '../contracts/loop-records.ts'
import type { Policy } from '../contracts/policy.ts'
import { Proposal } from '../contracts/task.ts'
import { cut, type Range } from '../core/loop/ranges.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { recipes } from '../core/recipes/index.ts'
import { beating } from './beating.ts'
import { configOf, type RunContext, type Services } from './services.ts'

export interface ProposeTasksInput {
  context: RunContext
  step: StepId
  policy: Policy
  /** Indices of the proposals in their step. */
  range: Range
  /** Proposals of one request, aligned: proposals 0 to blockSize − 1 are the first block. */
  blockSize: number
  sampling: Sampling
}

export interface ProposeTasksResult {
  /** All texts that were written, a `Proposal` each. */
  proposals: ArtifactReference
  /** The well-formed ones, as tasks to answer. */
  tasks: ArtifactReference
  sampledTokens: number
}

/** One text, and whose. */
type Sampled = Awaited<ReturnType<Services['models']['generate']>>[number]

/** Generates proposals: one generation each, no tool. Each request is journaled, so that a retry goes on behind it. */
export function proposeTasks({ store, models, tokenizer }: Pick<Services, 'store' | 'models' | 'tokenizer'>) {
  return async (input: ProposeTasksInput): Promise<ProposeTasksResult> => {
    const { context, step, policy, range, blockSize, sampling } = input
    const config = await configOf(store, context)
    const recipe = recipes[config.recipe]
    const promptTokenIds = tokenizer.encode(recipe.proposePrompt(config))
    const name = `${step}/proposals-${String(range.from).padStart(6, '0')}`

    const sampleAll = () =>
      beating(async (tell, signal) => {
        const journal = await store.openJournal(`${name}.jsonl`)
        let done = 0
        const sampleBlock = async (block: Range): Promise<Sampled[]> => {
          const slot = String(block.from)
          const known = journal.entries().get(slot) as Sampled[] | undefined
          const first = block.from - (block.from % blockSize)
          const seed = seededStream(config.seed, `${step}/proposals-${first}`).uint32() + (block.from - first)
          const request = {
            policy,
            promptTokenIds,
            sampling,
            tokensMax: config.rollout.responseTokensMax,
            stop: [],
            seed,
            samples: block.to - block.from,
            task: `${step}/${slot}`,
            signal,
          }
          const sampled = known ?? ((await journal.putIfAbsent(slot, await models.generate(request))) as Sampled[])
          tell({ proposals: (done += sampled.length) })
          return sampled
        }
        try {
          return (await Promise.all(cut(range, blockSize, blockSize).map(sampleBlock))).flat()
        } finally {
          await journal.close()
        }
      })
    const readAll = async (): Promise<Proposal[]> =>
      (await sampleAll()).map(({ policy: by, generation }, index) => ({
        id: taskId(step, range.from + index),
        policy: by,
        promptTokenIds,
        generation,
        parsed: recipe.readProposal(config, generation.text),
      }))

    const found = await store.find(`${name}.jsonl`)
    const proposals = found ?? (await store.putRecords(`${name}.jsonl`, await readAll()))
    const written = await store.getRecords(Proposal, proposals)
    const tasks = written.flatMap(({ id, parsed }): TaskToAnswer[] =>
      parsed.kind === 'well_formed' ? [{ id, question: parsed.question, label: null, pHat: null, truth: null }] : [],
    )
    return {
      proposals,
      tasks: await store.putRecords(`${name}-tasks.jsonl`, tasks),
      sampledTokens: written.reduce((sum, { generation }) => sum + generation.tokenIds.length, 0),
    }
  }
}
