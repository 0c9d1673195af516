import { z } from 'zod'

const epsilon = z.number().gt(0).lt(1)

// A loss says how far and how strongly each row counts; what holds for all rows alike is in training.ts.

export const Grpo = z
  .strictObject({
    kind: z.literal('grpo'),
    clipLow: epsilon.default(0.2).describe('ε_low: the ratio is clipped at 1 − ε_low. [P, C] 0.2.'),
    clipHigh: epsilon.default(0.2).describe('ε_high: the ratio is clipped at 1 + ε_high. [P] 0.2. [C] 0.3.'),
  })
  .describe('GRPO: the token-level clipped surrogate with one clip range for all rows. Algorithm §6.')

const pHat = z.number().min(0).max(1).optional()

export const Adpo = z
  .strictObject({
    kind: z.literal('adpo'),
    pHatLow: pHat.meta({
      description: 'lo: at and below this p̂ a task has the least weight and the widest clip range. [P, C]',
      defaultFrom: 'curation.band.low',
    }),
    pHatHigh: pHat.meta({
      description: 'hi: at and above this p̂ a task has full weight and the clip range of GRPO. [P, C]',
      defaultFrom: 'curation.band.high',
    }),
    scaleMin: z
      .number()
      .gt(0)
      .max(1)
      .default(0.6)
      .describe('m: the factor on the advantage at lo; it is 1 at hi. [C] 0.6.'),
    clipLow: epsilon.default(0.2).describe('ε_low: the ratio is clipped at 1 − ε_low. [P, C] 0.2.'),
    clipHigh: epsilon.default(0.2).describe('ε_high at hi. [P, C] 0.2.'),
    clipHighExtra: z.number().min(0).lt(1).default(0.1).describe('Added to ε_high at lo. [C] 0.1.'),
  })
  .describe('ADPO: GRPO in which an unsure label (low p̂) has less weight and a wider clip range. Algorithm §6.')

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
