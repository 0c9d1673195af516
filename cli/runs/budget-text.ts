import type { Budget, RunBudget } from '../../core/loop/budget.ts'
import { table } from '../../host/table.ts'
import { count, figure, iterationsOf } from './words.ts'

const SECONDS_PER_HOUR = 3_600

const HEADING = ['', 'SAMPLES', 'MODEL CALLS', 'SAMPLED TOKENS', 'PROGRAMS RUN', 'TRAINING STEPS']

function rowOf(name: string, { samples, generations, sampledTokens, executions, trainingSteps }: Budget): string[] {
  return [name, ...[samples, generations, sampledTokens, executions, trainingSteps].map(count)]
}

/** Hours of sampling alone, at a total rate of the model servers. */
function hoursLine({ run, runAtMost }: RunBudget, tokensPerSecond: number): string {
  const hours = ({ sampledTokens }: Budget) => figure(sampledTokens / tokensPerSecond / SECONDS_PER_HOUR)
  return `Sampling at ${count(tokensPerSecond)} tokens/s takes at most ${hours(run)} h (${hours(runAtMost)} h with all proposals); training is not included.`
}

/**
 * What a run costs: a table and how to read it.
 * @param bound budget.sampledTokensMax of the config
 */
export function budgetText(
  budget: RunBudget,
  { iterations, bound, tokensPerSecond }: { iterations: number; bound: number | 'none'; tokensPerSecond?: number },
): string {
  const { base, stages, iteration, run, runAtMost } = budget
  const rows = [
    rowOf('base model', base),
    ...stages.map(({ name, budget: ofStage }) => rowOf(`  ${name}`, ofStage)),
    rowOf('an iteration', iteration),
    rowOf(`the run, ${iterationsOf(iterations)}`, run),
    rowOf('the run with all proposals', runAtMost),
  ]
  const lines = [
    table([HEADING, ...rows]),
    'Samples and training steps are exact; the rest is an upper bound: every proposal well-formed, every turn and token used.',
    'All proposals: a curation that keeps too few tasks generates curation.proposalsMax of them.',
  ]
  if (bound !== 'none' && bound < runAtMost.sampledTokens)
    lines.push(`The config's budget is lower: the run waits after ${count(bound)} sampled tokens.`)
  if (tokensPerSecond !== undefined) lines.push(hoursLine(budget, tokensPerSecond))
  return lines.join('\n')
}
