import type { IterationRecord } from '../../contracts/run-record.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import type { OnlineTrainingTally } from '../../contracts/stage-tallies.ts'
import { recipes } from '../recipes/index.ts'
import { costSections } from './cost-sections.ts'
import { paperResults } from './paper-results.ts'
import { keysOf, numbers, type Records } from './rows.ts'
import type { Section, Unit } from './section.ts'

const NAMES_OF_TENTHS = Array.from({ length: 11 }, (_, tenth) => (tenth / 10).toFixed(1))

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
    note: 'Shares are of the proposals; unique tasks are a share of the well-formed ones.',
    rows: [
      numbers(records, 'valid proposals', 'share', ({ summary }) => summary.validProposalShare),
      numbers(records, 'unique tasks', 'share', ({ summary }) => summary.distinctTaskShare),
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
      numbers(records, 'rollouts without an answer', 'share', ({ summary }) => summary.abstainedShare),
      numbers(records, 'calls not understood', 'share', ({ summary }) => summary.misreadCallShare),
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
      numbers(records, 'label agreement', 'share', ({ summary }) => summary.frozenExecutorAgreement, frozenExecutor),
      numbers(records, 'accuracy', 'share', ({ summary }) => summary.frozenExecutorCorrectness, frozenExecutor),
      numbers(records, 'pseudo-label accuracy', 'share', ({ summary }) => summary.labelAccuracy),
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
      numbers(records, 'zero-variance groups', 'share', ({ summary }) => summary.zeroVarianceShare[stage]),
      numbers(records, 'KL(train ‖ server), nats', 'nats', ({ summary }) => summary.klTrainServer[stage]),
      ...clipShares.filter(({ values }) => values.some((value) => value !== null)),
      ofTally('truncated tokens', 'count', ({ updates }) => updates.truncatedTokens),
      ofTally('dropped rows', 'count', ({ updates }) => updates.droppedRows),
      ofTally('skipped updates', 'count', ({ updates }) => updates.skippedUpdates),
    ],
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
    ...costSections(records, order),
  ]
}
