import type { IterationRecord } from '../../contracts/run-record.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import type { OnlineTrainingTally } from '../../contracts/stage-tallies.ts'
import { recipes } from '../recipes/index.ts'
import { paperResults } from './paper-results.ts'
import type { Numbers, Section, Unit } from './section.ts'

type Records = readonly IterationRecord[]
type Value = number | null | undefined

const NAMES_OF_TENTHS = Array.from({ length: 11 }, (_, tenth) => (tenth / 10).toFixed(1))

function numbers(
  records: Records,
  name: string,
  unit: Unit,
  value: (record: IterationRecord) => Value,
  paper?: readonly (number | null)[],
): Numbers {
  const byIteration = paper && records.map(({ summary }) => paper[summary.iteration] ?? null)
  return {
    kind: 'numbers',
    name,
    unit,
    values: records.map((record) => value(record) ?? null),
    paper: byIteration?.some((each) => each !== null) ? byIteration : null,
  }
}

/** The keys of all iterations, each once, in the order in which they are first seen. */
function keysOf(records: Records, of: (record: IterationRecord) => object): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(of(record))))]
}

const heldOut = (records: Records, { evaluation }: RunConfig): Section => {
  const k = evaluation.heldOut.samplesPerTask
  return {
    title: 'Held-out tasks',
    note: 'Paper: average of its maths benchmarks, Qwen3-8B with the tool.',
    rows: [
      numbers(records, `mean@${k}`, 'share', ({ summary }) => summary.heldOutMean, paperResults.heldOutMean),
      numbers(records, `maj@${k}`, 'share', ({ summary }) => summary.heldOutMajority),
    ],
  }
}

const pool = (records: Records): Section => {
  const { toolCallsPerRollout } = paperResults
  return {
    title: 'Pool of tasks',
    note: 'Shares are of the proposals, that of different tasks of the well-formed ones.',
    rows: [
      numbers(records, 'valid proposals', 'share', ({ summary }) => summary.validProposalShare),
      numbers(records, 'different tasks', 'share', ({ summary }) => summary.distinctTaskShare),
      numbers(records, 'kept', 'share', ({ summary }) => summary.keptShare),
      ...keysOf(records, ({ summary }) => summary.dropped).map((reason) =>
        // A pool that was counted and lacks a reason dropped none for it.
        numbers(records, `dropped: ${reason}`, 'count', ({ summary }) =>
          summary.keptShare === null ? null : (summary.dropped[reason] ?? 0),
        ),
      ),
      {
        kind: 'histogram',
        name: 'tasks by p̂: 0, 0.1, …, 1',
        counts: records.map(({ summary }) => summary.pHatHistogram),
      },
      numbers(records, 'tool calls per task', 'mean', ({ summary }) => summary.toolCallsPerTask),
      numbers(
        records,
        'tool calls per rollout',
        'mean',
        ({ summary }) => summary.toolCallsPerRollout,
        toolCallsPerRollout,
      ),
      numbers(records, 'sampled tokens per rollout', 'mean', ({ summary }) => summary.sampledTokensPerRollout),
    ],
  }
}

const difficulty = (records: Records): Section => {
  const { frozenExecutor } = paperResults
  return {
    title: 'Frozen executor of iteration 1, and labels',
    note: 'The paper does not say whether its pass rate is agreement with the label or correctness.',
    rows: [
      numbers(
        records,
        'agrees with the label',
        'share',
        ({ summary }) => summary.frozenExecutorAgreement,
        frozenExecutor,
      ),
      numbers(records, 'is right', 'share', ({ summary }) => summary.frozenExecutorCorrectness, frozenExecutor),
      numbers(records, 'right labels', 'share', ({ summary }) => summary.labelAccuracy),
    ],
  }
}

const trainingTally = ({ stages }: IterationRecord, name: string): OnlineTrainingTally | undefined =>
  stages.flatMap((each) => (each.kind === 'online-training' && each.stage === name ? [each.tally] : []))[0]

function training(records: Records, stage: string): Section {
  const ofTally = (name: string, unit: Unit, value: (tally: OnlineTrainingTally) => number) =>
    numbers(records, name, unit, (record) => {
      const tally = trainingTally(record, stage)
      return tally && value(tally)
    })
  const terms = keysOf(records, ({ summary }) => summary.rewardTerms[stage] ?? {})
  const clipShares = NAMES_OF_TENTHS.map((tenth, index) =>
    numbers(records, `clipped tokens at p̂ ${tenth}`, 'share', ({ summary }) => summary.clipShareByPHat[stage]?.[index]),
  )
  return {
    title: `Training: ${stage}`,
    note: '',
    rows: [
      ofTally('steps', 'count', ({ steps }) => steps),
      ...terms.map((term) =>
        numbers(records, `reward: ${term}`, 'number', ({ summary }) => summary.rewardTerms[stage]?.[term]),
      ),
      numbers(records, 'groups of equal rewards', 'share', ({ summary }) => summary.zeroVarianceShare[stage]),
      numbers(records, 'KL(train ‖ server), nats', 'nats', ({ summary }) => summary.klTrainServer[stage]),
      ...clipShares.filter(({ values }) => values.some((value) => value !== null)),
      ofTally('truncated tokens', 'count', ({ updates }) => updates.truncatedTokens),
      ofTally('dropped rows', 'count', ({ updates }) => updates.droppedRows),
    ],
  }
}

function cost(
  records: Records,
  order: readonly string[],
  title: string,
  unit: Unit,
  of: (record: IterationRecord) => Record<string, number>,
): Section {
  const total = (record: IterationRecord) => {
    const values = Object.values(of(record))
    return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0)
  }
  const known = new Set(keysOf(records, of))
  const stages = order
    .filter((stage) => known.has(stage))
    .map((stage) => numbers(records, stage, unit, (record) => of(record)[stage]))
  return { title, note: '', rows: [...stages, numbers(records, 'all stages', unit, total)] }
}

const busyServers = (records: Records, order: readonly string[]): Section => {
  const known = new Set(keysOf(records, ({ serverUse }) => serverUse))
  const row = (name: string, stages: readonly string[]) =>
    numbers(records, name, 'share', ({ serverUse }) => {
      const uses = stages.flatMap((stage) => serverUse[stage] ?? [])
      const sum = (of: 'busySeconds' | 'wallSeconds') => uses.reduce((total, use) => total + use[of], 0)
      return sum('wallSeconds') === 0 ? null : sum('busySeconds') / sum('wallSeconds')
    })
  const stages = order.filter((stage) => known.has(stage))
  return {
    title: 'Model servers busy while shards were under way',
    note: 'Share of the time in which at least one request was under way.',
    rows: [...stages.map((stage) => row(stage, [stage])), row('all stages', stages)],
  }
}

/** The tables of a report over the iterations so far, the base model's first. Algorithm §7. */
export function sectionsOf(records: Records, config: RunConfig): Section[] {
  const trained = new Set(keysOf(records, ({ summary }) => summary.rewardTerms))
  // The recipe's, since the base model's iteration has only its last stage.
  const order = recipes[config.recipe].stages.map(({ name }) => name)
  return [
    heldOut(records, config),
    pool(records),
    difficulty(records),
    ...order.filter((stage) => trained.has(stage)).map((stage) => training(records, stage)),
    cost(records, order, 'Wall time', 'seconds', ({ seconds }) => seconds),
    cost(records, order, 'Sampled tokens', 'count', ({ sampledTokens }) => sampledTokens),
    busyServers(records, order),
  ]
}
