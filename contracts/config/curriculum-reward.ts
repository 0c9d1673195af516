import { z } from 'zod'

const weight = z.number().min(0).default(1)

const FormatGate = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('question-and-box') })
      .describe('The last `<question>` block is not empty, and a `\\boxed{}` answer follows. [P, C]'),
    z
      .strictObject({ kind: z.literal('tiny-world-grammar') })
      .describe("The same, and the question is a sentence of the tiny world's grammar that has a value. [D]"),
  ])
  .describe('R_format, 1 or 0. A proposal with 0 is malformed: it is neither rolled out nor kept.')

const uncertaintyWeight = weight.describe('λ_unc. [D] 1, the paper gives none.')

const abstentions = z
  .enum(['unpaid', 'paid'])
  .default('unpaid')
  .describe(
    'Whether answers that are missing earn, as divided votes do. paid: the formula as printed, in which 5 equal answers and 5 missing ones are p̂ = ½. unpaid: the term times the share of rollouts that answered. [P, C] paid. [D] unpaid.',
  )

const UncertaintyReward = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('tent'), weight: uncertaintyWeight, abstentions })
      .describe('1 − 2·|p̂ − ½|, from 0 to 1. [P]'),
    z
      .strictObject({ kind: z.literal('minority-share'), weight: uncertaintyWeight, abstentions })
      .describe('min(p̂, 1 − p̂), from 0 to ½. [C]'),
  ])
  .describe('R_unc, how unsure the executor is.')

const cappedCalls = {
  weight: weight.describe('λ_tool. [P] 0.6. [C, D] 1.'),
  perCall: z
    .number()
    .min(0)
    .default(0.05)
    .describe('γ, reward of one call. [C, D] 0.05. The paper gives none; its preset has 1 / callsMax.'),
  callsMax: z.number().gt(0).default(4).describe('C, calls per rollout above which nothing more is earned. [P, C] 4.'),
}

const ToolReward = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('executed-calls'), ...cappedCalls })
      .describe('N_tool counts the calls that were executed. [D]'),
    z
      .strictObject({ kind: z.literal('written-calls'), ...cappedCalls })
      .describe('N_tool counts every closed code block, also one in the last turn, which is not executed. [P, C]'),
    z.strictObject({ kind: z.literal('none') }).describe('No such term: an ablation of the paper.'),
  ])
  .describe("R_tool = γ·min(N_tool, C), where N_tool is the mean over the executor's k rollouts.")

const RepetitionPenalty = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('cluster-share'),
        weight: weight.describe('λ_rep. [C] 1.'),
        distanceMax: z
          .number()
          .gt(0)
          .max(1)
          .default(0.5)
          .describe('τ, distance at which clusters are no longer merged. [C] 0.5.'),
      })
      .describe(
        "λ_rep · (size of the proposal's cluster) / B; clusters by average linkage over the distance 1 − BLEU. [P, C]",
      ),
    z.strictObject({ kind: z.literal('none') }).describe('No such term: an ablation of the paper.'),
  ])
  .describe('R_rep, the penalty for proposals of the same step that resemble each other.')

const TotalReward = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('gated') }).describe('R_format · max(0, R_unc + R_tool − R_rep). [P]'),
    z
      .strictObject({
        kind: z.literal('additive'),
        malformed: z.number().max(0).default(-1).describe('Reward of a malformed proposal, before R_rep. [C] −1.'),
      })
      .describe('R_unc + R_tool − R_rep, for a malformed proposal `malformed` − R_rep. [C]'),
  ])
  .describe('How the terms become one number.')

export const CurriculumReward = z
  .strictObject({
    format: FormatGate.prefault({ kind: 'question-and-box' }),
    uncertainty: UncertaintyReward.prefault({ kind: 'tent' }),
    tool: ToolReward.prefault({ kind: 'executed-calls' }),
    repetition: RepetitionPenalty.prefault({ kind: 'cluster-share' }),
    total: TotalReward.prefault({ kind: 'gated' }),
  })
  .describe("The curriculum agent's reward for a proposal. Algorithm §4.")

export type CurriculumReward = z.output<typeof CurriculumReward>
