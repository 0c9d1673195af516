import { numberedThrough } from '../../core/report/curves.ts'
import { paperResults } from '../../core/report/paper-results.ts'
import type { RunArtifacts } from '../../core/report/run-report.ts'
import { recipes } from '../../core/recipes/index.ts'
import { formatNumber } from '../format.ts'
import { barsByPHat, curves, linesOverIterations, type PHatInterval, stackedBars } from './figures.ts'
import type { Html } from './html.ts'

const PAPER = 'paper (Qwen3-8B)'

/** Metrics of the trainer that have a figure; `--json` has all of them. */
const CURVES: readonly (readonly [metric: string, title: string])[] = [
  ['loss', 'Loss, by step'],
  ['entropy', 'Entropy (nats), by step'],
  ['gradient_norm', 'Gradient norm, by step'],
  ['sampler_kl_k3', 'KL(train ‖ server) (nats), by step'],
  ['clip_share', 'Share of clipped tokens, by step'],
]

function outcomeFigures({ iterations, config }: RunArtifacts): (Html | null)[] {
  const summaries = iterations.map(({ summary }) => summary)
  const paper = (values: readonly (number | null)[]) => values.slice(0, summaries.length)
  const k = config.evaluation.heldOut.samplesPerTask
  return [
    linesOverIterations('Held-out tasks', 'share', [
      { name: `mean@${k}`, values: summaries.map(({ heldOutMean }) => heldOutMean) },
      { name: `maj@${k}`, values: summaries.map(({ heldOutMajority }) => heldOutMajority) },
    ]),
    linesOverIterations("Frozen executor of iteration 1 on each iteration's tasks", 'share', [
      { name: 'accuracy', values: summaries.map((each) => each.frozenExecutorCorrectness) },
      { name: 'label agreement', values: summaries.map((each) => each.frozenExecutorAgreement) },
      { name: PAPER, values: paper(paperResults.frozenExecutor), isPaper: true },
    ]),
    linesOverIterations('Tool calls per rollout on the pool', 'mean', [
      { name: 'this run', values: summaries.map(({ toolCallsPerRollout }) => toolCallsPerRollout) },
      { name: PAPER, values: paper(paperResults.toolCallsPerRollout), isPaper: true },
    ]),
    linesOverIterations('Pseudo-labels that are right', 'share', [
      { name: 'right, of those whose truth is known', values: summaries.map(({ labelAccuracy }) => labelAccuracy) },
    ]),
  ]
}

function poolFigures({ iterations, config }: RunArtifacts): (Html | null)[] {
  const summaries = iterations.map(({ summary }) => summary)
  const { band } = config.curation
  const reasons = [...new Set(summaries.flatMap(({ dropped }) => Object.keys(dropped)))]
  const fates = iterations.flatMap(({ summary: { iteration }, stages }) =>
    stages.flatMap((stage) => {
      if (stage.kind !== 'curation') return []
      const { kept, dropped, proposals } = stage.tally
      return Object.entries({ kept, ...dropped }).map(([name, count]) => ({
        iteration,
        name,
        value: count / proposals.asked,
      }))
    }),
  )
  return [
    barsByPHat(
      'Tasks of the pool by p̂',
      summaries.map(({ iteration, pHatHistogram }) => ({ iteration, byTenth: pHatHistogram })),
      { ...band, meaning: 'the band that is kept' },
      'count',
    ),
    stackedBars('What became of the proposals', ['kept', ...reasons], fates, {
      label: '% of proposals',
      percent: true,
      tickFormat: 'd',
      format: (share) => formatNumber('share', share),
    }),
  ]
}

/** The p̂ between which a stage's loss changes its clip range; null if it has one clip range for all rows. */
function boundsOf(config: RunArtifacts['config'], name: string): PHatInterval | null {
  const stage = recipes[config.recipe].stages.find((each) => each.name === name)
  const loss = stage?.kind === 'online-training' ? stage.loss(config) : null
  return loss?.kind === 'adpo' ? { low: loss.pHatLow, high: loss.pHatHigh, meaning: 'the bounds of ADPO' } : null
}

function clipFigures({ iterations, config }: RunArtifacts): (Html | null)[] {
  const summaries = iterations.map(({ summary }) => summary)
  const stages = [...new Set(summaries.flatMap(({ clipShareByPHat }) => Object.keys(clipShareByPHat)))]
  return stages.map((stage) =>
    barsByPHat(
      `Clipped tokens by p̂ of their task, ${stage}`,
      summaries.map(({ iteration, clipShareByPHat }) => ({ iteration, byTenth: clipShareByPHat[stage] ?? [] })),
      boundsOf(config, stage),
      'share',
    ),
  )
}

function stepFigures({ config, steps }: RunArtifacts): (Html | null)[] {
  const order = recipes[config.recipe].stages.map(({ name }) => name)
  const numbered = numberedThrough(steps)
  return CURVES.map(([metric, title]) =>
    curves(
      title,
      order,
      numbered.flatMap(({ stage, step, metrics: { [metric]: value } }) =>
        value === undefined ? [] : [{ stage, step, value }],
      ),
    ),
  )
}

/** Units of time, the first of them whose numbers stay small. */
const TIMES = [
  [1, 'seconds'],
  [60, 'minutes'],
  [3_600, 'hours'],
] as const

function costFigures({ iterations, config }: RunArtifacts): (Html | null)[] {
  const order = recipes[config.recipe].stages.map(({ name }) => name)
  const parts = (of: 'seconds' | 'sampledTokens', scale: number) =>
    iterations.flatMap((record) =>
      order.flatMap((name) => {
        const value = record[of][name]
        return value === undefined ? [] : [{ iteration: record.summary.iteration, name, value: value / scale }]
      }),
    )
  const longest = Math.max(0, ...iterations.flatMap(({ seconds }) => Object.values(seconds)))
  const [scale, label] = TIMES.find(([seconds]) => longest < 120 * seconds) ?? TIMES.at(-1)!
  return [
    stackedBars('Wall time by stage', order, parts('seconds', scale), {
      label,
      tickFormat: '~f',
      format: (time) => formatNumber('seconds', scale * time),
    }),
    stackedBars('Sampled tokens by stage', order, parts('sampledTokens', 1), {
      label: 'tokens',
      tickFormat: '~s',
      format: (tokens) => formatNumber('count', tokens),
    }),
  ]
}

/** The figures of a report, each as a `figure` with its SVG; those without numbers are left out. */
export function chartsOf(artifacts: RunArtifacts): Html[] {
  return [outcomeFigures, poolFigures, clipFigures, costFigures, stepFigures]
    .flatMap((figures) => figures(artifacts))
    .filter((figure) => figure !== null)
}
