import type { Budget, RunBudget } from '../../core/loop/budget.ts'
import { table } from '../../host/table.ts'
import { count, figure, iterationsOf } from './words.ts'

const SECONDS_PER_HOUR = 3_600

const HEADING = ['', 'SAMPLES', 'MODEL CALLS', 'SAMPLED TOKENS', 'PROGRAMS RUN', 'TRAINING STEPS']

function rowOf(name: string, { samples, generations, sampledTokens, executions, trainingSteps }: Budget): string[] {
  return [name, ...[samples, generations, sampledTokens, executions, trainingSteps].map(count)]
}

/** Hours of sampling alone, at so many tokens a second over all servers. */
function hoursLine({ run, runAtMost }: RunBudget, tokensPerSecond: number): string {
  const hours = ({ sampledTokens }: Budget) => figure(sampledTokens / tokensPerSecond / SECONDS_PER_HOUR)
  return `Sampling at ${count(tokensPerSecond)} tokens/s takes at most ${hours(run)} h (${hours(runAtMost)} h with all proposals); training comes on top.`
}

/**
 * What a run costs, as a table with its reading.
 * @param bound of the config; the run halts there
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
    'Samples and training steps are exact; the rest is at most: every proposal well-formed, every turn and token used.',
    'All proposals: where a curation keeps too few tasks and proposes as often as it may.',
  ]
  if (bound !== 'none' && bound < runAtMost.sampledTokens)
    lines.push(`The config's own bound comes first: the run waits after ${count(bound)} sampled tokens.`)
  if (tokensPerSecond !== undefined) lines.push(hoursLine(budget, tokensPerSecond))
  return lines.join('\n')
}
