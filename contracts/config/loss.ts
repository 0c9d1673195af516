import { z } from 'zod'

const epsilon = z.number().gt(0).lt(1)

// A loss says how far and how strongly each row counts; what holds for all rows alike stands in training.ts.

/** The token-level clipped surrogate with one clip range for all rows. Algorithm §6. */
export const Grpo = z.strictObject({
  kind: z.literal('grpo'),
  /** ε_low: the ratio is cut at 1 − ε_low. [P, C] 0.2. */
  clipLow: epsilon.default(0.2),
  /** ε_high: the ratio is cut at 1 + ε_high. [P] 0.2. [C] 0.3. */
  clipHigh: epsilon.default(0.2),
})

/** GRPO that trusts a task the more, and frees it the less, the surer its label is. Algorithm §6. */
export const Adpo = z.strictObject({
  kind: z.literal('adpo'),
  /** lo: p̂ at and below which a task counts least and is clipped last. [P, C] curation.band.low. */
  pHatLow: z.number().min(0).max(1).optional(),
  /** hi: p̂ at and above which a task counts fully and is clipped as in GRPO. [P, C] curation.band.high. */
  pHatHigh: z.number().min(0).max(1).optional(),
  /** m: the advantage's scale at lo; it is 1 at hi. [C] 0.6. */
  scaleMin: z.number().gt(0).max(1).default(0.6),
  /** ε_low. [P, C] 0.2. */
  clipLow: epsilon.default(0.2),
  /** ε_high at hi. [P, C] 0.2. */
  clipHigh: epsilon.default(0.2),
  /** What is added to ε_high at lo. [C] 0.1. */
  clipHighExtra: z.number().min(0).lt(1).default(0.1),
})

/** The loss of a stage whose rows have a p̂. */
export const Loss = z.discriminatedUnion('kind', [Grpo, Adpo])

/** ADPO's bounds are those of the curation band, unless the loss states its own. */
export function resolvedLoss(loss: z.output<typeof Loss>, band: { low: number; high: number }) {
  if (loss.kind !== 'adpo') return loss
  const { kind, pHatLow = band.low, pHatHigh = band.high, ...rest } = loss
  return { kind, pHatLow, pHatHigh, ...rest }
}

export type Grpo = z.output<typeof Grpo>
export type Loss = ReturnType<typeof resolvedLoss>
export type Adpo = Extract<Loss, { kind: 'adpo' }>
