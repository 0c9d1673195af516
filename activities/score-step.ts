import { rolloutsKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { StepId } from '../contracts/ids.ts'
import { TaskOutcome } from '../contracts/loop-records.ts'
import { Rollout } from '../contracts/rollout.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import { Proposal } from '../contracts/task.ts'
import type { TrainingRow } from '../contracts/training-row.ts'
import { rowsOf, type ScoredPart, scoreProposals, scoreSolutions, solutionReward } from '../core/loop/score-part.ts'
import { addTallies } from '../core/metrics/add-tallies.ts'
import { stageOf } from '../core/recipes/index.ts'
import type { OnlineTrainingStage } from '../core/recipes/recipe.ts'
import { type StageStart, stepConfig } from '../core/training/step-config.ts'
import { type SampledTokens, tokensOfProposal, tokensOfRollout } from '../core/training/training-rows.ts'
import { withoutTokens } from './without-tokens.ts'
import { configOf, configTag, type RunContext, type Services } from './services.ts'

/** The artifacts of the shards of one part of a step. */
export interface PartArtifacts {
  /** Empty for a part that solves. */
  proposals: ArtifactReference[]
  outcomes: ArtifactReference[]
}

export interface ScoreStepInput {
  context: RunContext
  step: StepId
  /** Name of the stage in the recipe. */
  stage: string
  /** In the recipe's order. */
  parts: PartArtifacts[]
  stageStart: StageStart
}

export interface ScoreStepResult {
  /** Rows for the trainer. */
  batch: ArtifactReference
  /** The trainer's settings for this step. */
  config: ArtifactReference
  tally: Omit<OnlineTrainingTally, 'steps' | 'updates'>
}

type Part = OnlineTrainingStage<RunConfig>['parts'][number]

/** A part, and how to read its samples once more: group by group, in the order of its groups. */
interface ReadablePart {
  scored: ScoredPart
  samples: () => AsyncIterable<SampledTokens[]>
}

/** Reads what a step's shards have left of its samples. */
class PartReader {
  readonly #store: Services['store']

  constructor(store: Services['store']) {
    this.#store = store
  }

  async #outcomesOf(references: readonly ArtifactReference[]): Promise<TaskOutcome[]> {
    return (await Promise.all(references.map((reference) => this.#store.getRecords(TaskOutcome, reference)))).flat()
  }

  async *#rolloutsOf({ id }: TaskOutcome): AsyncGenerator<Rollout> {
    yield* this.#store.readRecords(Rollout, (await this.#store.find(rolloutsKey(id)))!)
  }

  async solvePart(
    config: RunConfig,
    part: Part & { kind: 'solve' },
    { outcomes: references }: PartArtifacts,
  ): Promise<ReadablePart> {
    const outcomes = await this.#outcomesOf(references)
    const rewards: number[][] = []
    for (const outcome of outcomes) {
      const ofTask: number[] = []
      for await (const rollout of this.#rolloutsOf(outcome))
        ofTask.push(solutionReward(config, part, outcome, ofTask.length, rollout))
      rewards.push(ofTask)
    }
    const rolloutsOf = (outcome: TaskOutcome) => this.#rolloutsOf(outcome)
    async function* samples(): AsyncGenerator<SampledTokens[]> {
      for (const outcome of outcomes) {
        const ofTask: SampledTokens[] = []
        for await (const rollout of rolloutsOf(outcome)) ofTask.push(tokensOfRollout(rollout))
        yield ofTask
      }
    }
    return { scored: scoreSolutions(config, part, outcomes, rewards), samples }
  }

  async proposePart(
    config: RunConfig,
    step: StepId,
    part: Part & { kind: 'propose' },
    { proposals: references, outcomes }: PartArtifacts,
  ): Promise<ReadablePart> {
    const proposals = await withoutTokens(this.#store, references)
    const { groupSize } = part.batch(config)
    const read = (reference: ArtifactReference) => this.#store.readRecords(Proposal, reference)
    async function* samples(): AsyncGenerator<SampledTokens[]> {
      let group: SampledTokens[] = []
      for (const reference of references)
        for await (const proposal of read(reference)) {
          if (group.push(tokensOfProposal(proposal)) < groupSize) continue
          yield group
          group = []
        }
      if (group.length > 0) yield group
    }
    return { scored: scoreProposals(config, part, step, proposals, await this.#outcomesOf(outcomes)), samples }
  }
}

async function* rowsOfAll(parts: readonly ReadablePart[]): AsyncGenerator<TrainingRow> {
  for (const { scored, samples } of parts) {
    let group = 0
    for await (const ofGroup of samples()) yield* rowsOf(scored, group++, ofGroup)
  }
}

/**
 * Computes rewards and advantages of a step's samples, and writes the batch and the step's config for the trainer. It reads the samples
 * twice, first for their rewards and then for the rows, so that a group is all that is in memory of them.
 */
export function scoreStep({ store }: Pick<Services, 'store'>) {
  const reader = new PartReader(store)
  return async ({ context, step, stage: name, parts, stageStart }: ScoreStepInput): Promise<ScoreStepResult> => {
    const config = await configOf(store, context)
    const stage = stageOf(config, name, 'online-training')
    const scored: ReadablePart[] = []
    for (const [index, part] of stage.parts.entries())
      scored.push(
        part.kind === 'solve'
          ? await reader.solvePart(config, part, parts[index]!)
          : await reader.proposePart(config, step, part, parts[index]!),
      )
    const [training, loss, tag] = [stage.training(config), stage.loss(config), configTag(context)]
    const settings = stepConfig(training, loss, stageStart, config.rollout.responseTokensMax)
    const [batch, stepConfigReference] = await Promise.all([
      store.putTable(`${step}/batch-${tag}.parquet`, 'training', rowsOfAll(scored)),
      // The base model's name in adapters: as the config spells it, so that it is the same on every machine.
      store.putJson(`${step}/step-config-${tag}.json`, { ...settings, baseModelName: config.model.base }),
    ])
    const tally = scored.map((part) => part.scored.tally).reduce((left, right) => addTallies(left, right))
    return { batch, config: stepConfigReference, tally }
  }
}
