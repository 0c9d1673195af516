import type { RunConfig } from '../../contracts/run-config.ts'
import { addTallies } from '../metrics/add-tallies.ts'
import { recipes } from '../recipes/index.ts'
import type { OnlineTrainingStage, Stage } from '../recipes/recipe.ts'
import { limitsOf } from '../rollout/rollout-state.ts'

/** What something costs. Samples and training steps are exact; the others are upper bounds, if every proposal is well-formed. */
export type Budget = {
  /** Proposals that are written and rollouts that are sampled. */
  samples: number
  /** Model calls: a generation for each turn of a sample. */
  generations: number
  /** Tokens that policies sample. */
  sampledTokens: number
  /** Programs that run in the sandbox. */
  executions: number
  trainingSteps: number
}

/** What a run costs, by part. */
export interface RunBudget {
  /** The evaluation of the base model. */
  base: Budget
  /** Every stage of one iteration, in their order. */
  stages: { name: string; budget: Budget }[]
  iteration: Budget
  run: Budget
  /** The run if every curation needs all the proposals that it may ask for. */
  runAtMost: Budget
}

/** Proposals of one curation. */
type Pool = 'one-pool' | 'all-proposals'

const nothing: Budget = { samples: 0, generations: 0, sampledTokens: 0, executions: 0, trainingSteps: 0 }

const sumOf = (budgets: readonly Budget[]): Budget => budgets.reduce((sum, budget) => addTallies(sum, budget), nothing)

const times = (count: number, budget: Budget): Budget => ({
  samples: count * budget.samples,
  generations: count * budget.generations,
  sampledTokens: count * budget.sampledTokens,
  executions: count * budget.executions,
  trainingSteps: count * budget.trainingSteps,
})

/** A proposal is one generation, and nothing of it is run. */
const proposals = ({ rollout }: RunConfig, count: number): Budget =>
  times(count, { ...nothing, samples: 1, generations: 1, sampledTokens: rollout.responseTokensMax })

/** A code block in the last turn is not run, and tool output takes from the tokens of the response. */
function rollouts({ rollout }: RunConfig, count: number, tool: 'python' | 'none'): Budget {
  const { turnsMax, responseTokensMax } = limitsOf(rollout, tool)
  const one = { samples: 1, generations: turnsMax, sampledTokens: responseTokensMax, executions: turnsMax - 1 }
  return times(count, { ...one, trainingSteps: 0 })
}

function trainingStep(config: RunConfig, { parts }: OnlineTrainingStage<RunConfig>): Budget {
  const sampled = parts.flatMap((part) => {
    const { groups, groupSize } = part.batch(config)
    if (part.kind === 'solve') return [rollouts(config, groups * groupSize, 'python')]
    const { samplesPerTask, tool } = part.answers(config)
    return [proposals(config, groups * groupSize), rollouts(config, groups * groupSize * samplesPerTask, tool)]
  })
  return sumOf([...sampled, { ...nothing, trainingSteps: 1 }])
}

function proposed(config: RunConfig, pool: Pool): number {
  const counts = recipes[config.recipe].stages.map((stage) => {
    if (stage.kind !== 'curation') return 0
    const { poolSize, proposalsMax } = stage.settings(config)
    return pool === 'one-pool' ? poolSize : proposalsMax
  })
  return Math.max(0, ...counts)
}

function stageBudget(config: RunConfig, stage: Stage<RunConfig>, heldOutTasks: number, pool: Pool): Budget {
  switch (stage.kind) {
    case 'online-training':
      return times(stage.steps(config), trainingStep(config, stage))
    case 'curation': {
      const { samplesPerTask, tool } = stage.settings(config).answers
      const count = proposed(config, pool)
      return sumOf([proposals(config, count), rollouts(config, count * samplesPerTask, tool)])
    }
    case 'evaluation': {
      const { heldOut, frozenExecutor } = stage.settings(config)
      const frozenTasks = Math.min(frozenExecutor.tasksMax, proposed(config, pool))
      const answers = heldOutTasks * heldOut.samplesPerTask + frozenTasks * frozenExecutor.samplesPerTask
      return rollouts(config, answers, 'python')
    }
  }
}

/** What a run of this config costs before anything is known of its data. */
export function budgetOf(config: RunConfig, heldOutTasks: number): RunBudget {
  const { stages } = recipes[config.recipe]
  const evaluations = stages.flatMap((stage) => (stage.kind === 'evaluation' ? [stage.settings(config).heldOut] : []))
  const heldOutSamples = evaluations.reduce((sum, { samplesPerTask }) => sum + heldOutTasks * samplesPerTask, 0)
  const base = rollouts(config, heldOutSamples, 'python')
  const iterationOf = (pool: Pool) =>
    stages.map((stage) => ({ name: stage.name, budget: stageBudget(config, stage, heldOutTasks, pool) }))
  const runOf = (pool: Pool) =>
    sumOf([base, times(config.iterations, sumOf(iterationOf(pool).map(({ budget }) => budget)))])
  const ofStages = iterationOf('one-pool')
  return {
    base,
    stages: ofStages,
    iteration: sumOf(ofStages.map(({ budget }) => budget)),
    run: runOf('one-pool'),
    runAtMost: runOf('all-proposals'),
  }
}
