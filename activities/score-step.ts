import { rolloutsKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { StepId } from '../contracts/ids.ts'
import { TaskOutcome } from '../contracts/loop-records.ts'
import { Rollout } from '../contracts/rollout.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import { Proposal } from '../contracts/task.ts'
import { type ScoredPart, scoreProposals, scoreSolutions } from '../core/loop/score-part.ts'
import { addTallies } from '../core/metrics/add-tallies.ts'
import { stageOf } from '../core/recipes/index.ts'
import type { OnlineTrainingStage } from '../core/recipes/recipe.ts'
import { type StageStart, stepConfig } from '../core/training/step-config.ts'
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

/** Computes rewards and advantages of a step's samples, and writes the batch and the step's config for the trainer. */
export function scoreStep({ store }: Pick<Services, 'store'>) {
  const all = async <T>(
    references: readonly ArtifactReference[],
    read: (reference: ArtifactReference) => Promise<T[]>,
  ) => (await Promise.all(references.map(read))).flat()
  const rolloutsOf = async ({ id }: TaskOutcome): Promise<Rollout[]> =>
    store.getRecords(Rollout, (await store.find(rolloutsKey(id)))!)

  async function scorePart(
    config: RunConfig,
    step: StepId,
    part: OnlineTrainingStage<RunConfig>['parts'][number],
    artifacts: PartArtifacts,
  ): Promise<ScoredPart> {
    const outcomes = await all(artifacts.outcomes, (reference) => store.getRecords(TaskOutcome, reference))
    if (part.kind === 'solve') {
      return scoreSolutions(config, part, outcomes, await Promise.all(outcomes.map(rolloutsOf)))
    }
    const proposals = await all(artifacts.proposals, (reference) => store.getRecords(Proposal, reference))
    return scoreProposals(config, part, step, proposals, outcomes)
  }

  return async ({ context, step, stage: name, parts, stageStart }: ScoreStepInput): Promise<ScoreStepResult> => {
    const config = await configOf(store, context)
    const stage = stageOf(config, name, 'online-training')
    const scored = await Promise.all(stage.parts.map((part, index) => scorePart(config, step, part, parts[index]!)))
    const [training, loss] = [stage.training(config), stage.loss(config)]
    const [rows, tag] = [scored.flatMap((part) => part.rows), configTag(context)]
    const settings = stepConfig(training, loss, stageStart, config.rollout.responseTokensMax)
    const [batch, stepConfigReference] = await Promise.all([
      store.putTable(`${step}/batch-${tag}.parquet`, 'training', rows),
      // The base model's name in adapters: as the config spells it, so that it is the same on every machine.
      store.putJson(`${step}/step-config-${tag}.json`, { ...settings, baseModelName: config.model.base }),
    ])
    const tally = scored.map((part) => part.tally).reduce((left, right) => addTallies(left, right))
    return { batch, config: stepConfigReference, tally }
  }
}
