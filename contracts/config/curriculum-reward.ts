import { z } from 'zod'

const weight = z.number().min(0).default(1)

/** R_format, 1 or 0. A proposal with 0 is malformed in every other respect too: it is neither rolled out nor kept. */
const FormatGate = z.discriminatedUnion('kind', [
  /** A non-empty last `<question>` block and a `\boxed{}` answer. [P, C] */
  z.strictObject({ kind: z.literal('question-and-box') }),
  /** The same, and the question is a sentence of the tiny world's grammar that has a value. [D] */
  z.strictObject({ kind: z.literal('tiny-world-grammar') }),
])

/** R_unc, how unsure the executor is. `weight` is λ_unc: [D] 1, the paper gives none. */
const UncertaintyReward = z.discriminatedUnion('kind', [
  /** 1 − 2·|p̂ − ½|, from 0 to 1. [P] */
  z.strictObject({ kind: z.literal('tent'), weight }),
  /** min(p̂, 1 − p̂), from 0 to ½. [C] */
  z.strictObject({ kind: z.literal('minority-share'), weight }),
])

const cappedCalls = {
  /** λ_tool. [P] 0.6. [C, D] 1. */
  weight,
  /** γ, reward of one call. [C, D] 0.05. The paper gives none; its preset takes 1 / callsMax. */
  perCall: z.number().min(0).default(0.05),
  /** C, calls beyond which there is nothing more to earn. [P, C] 4. */
  callsMax: z.number().gt(0).default(4),
}

/** R_tool = γ·min(N_tool, C), where N_tool is a mean over the executor's k rollouts. */
const ToolReward = z.discriminatedUnion('kind', [
  /** N_tool counts the calls that were run. [D] */
  z.strictObject({ kind: z.literal('executed-calls'), ...cappedCalls }),
  /** N_tool counts every closed code block, also one in the last turn, which is not run. [P, C] */
  z.strictObject({ kind: z.literal('written-calls'), ...cappedCalls }),
  /** No such term: the paper's ablation. */
  z.strictObject({ kind: z.literal('none') }),
])

/** R_rep, the cost of saying what others say in the same step. */
const RepetitionPenalty = z.discriminatedUnion('kind', [
  /** λ_rep · (size of the proposal's cluster) / B; average linkage over the distance 1 − BLEU. [P, C] */
  z.strictObject({
    kind: z.literal('cluster-share'),
    /** λ_rep. [C] 1. */
    weight,
    /** τ, distance at which clusters are no longer merged. [C] 0.5. */
    distanceMax: z.number().gt(0).max(1).default(0.5),
  }),
  /** No such term: the paper's ablation. */
  z.strictObject({ kind: z.literal('none') }),
])

/** How the terms become one number. */
const TotalReward = z.discriminatedUnion('kind', [
  /** R_format · max(0, R_unc + R_tool − R_rep). [P] */
  z.strictObject({ kind: z.literal('gated') }),
  /** R_unc + R_tool − R_rep, or `malformed` − R_rep. [C] −1. */
  z.strictObject({ kind: z.literal('additive'), malformed: z.number().max(0).default(-1) }),
])

/** The curriculum agent's reward for a proposal. Algorithm §4. */
export const CurriculumReward = z.strictObject({
  format: FormatGate.prefault({ kind: 'question-and-box' }),
  uncertainty: UncertaintyReward.prefault({ kind: 'tent' }),
  tool: ToolReward.prefault({ kind: 'executed-calls' }),
  repetition: RepetitionPenalty.prefault({ kind: 'cluster-share' }),
  total: TotalReward.prefault({ kind: 'gated' }),
})

export type CurriculumReward = z.output<typeof CurriculumReward>
