import { z } from 'zod'

const Logprobs = z.array(z.number())

const CanaryRow = z.strictObject({
  /** A recorded row: a prompt, and what was sampled behind it. */
  tokenIds: z.array(z.int().min(0)).min(1),
  /** Where its sampled tokens stand, ascending; the lists below have an entry for each. */
  places: z.array(z.int().min(1)).min(1),
  /** Natural logarithms at temperature 1, by the policy. */
  logprobs: Logprobs,
  /** The same by the checkpoint that the policy was trained from, and by the base model; null where that was not computed. */
  parent: Logprobs.nullable(),
  base: Logprobs.nullable(),
})
export type CanaryRow = z.output<typeof CanaryRow>

const CurrentCanary = z.strictObject({
  rows: z.array(CanaryRow).min(1),
  /** Of a former canary: the difference that it allows, nats. */
  tolerance: z.number().min(0).optional(),
})

const FormerCanary = z.strictObject({
  promptTokenIds: z.array(z.int().min(0)),
  tokenIds: z.array(z.int().min(0)),
  logprobs: Logprobs,
  tolerance: z.number().min(0),
})

/** Canaries made before 2026-12 were greedy continuations: to a server, rows like any others. They are read for one version. */
function fromFormer(stored: unknown): unknown {
  const { data: former } = FormerCanary.safeParse(stored)
  if (former === undefined) return stored
  const { promptTokenIds, tokenIds, logprobs, tolerance } = former
  const places = tokenIds.map((_token, index) => promptTokenIds.length + index)
  return {
    rows: [{ tokenIds: [...promptTokenIds, ...tokenIds], places, logprobs, parent: null, base: null }],
    tolerance,
  }
}

/** Recorded rows as the trainer scores them with a policy's weights: what a model server that has these weights must say. */
export const Canary = z.preprocess(fromFormer, CurrentCanary)
export type Canary = z.output<typeof Canary>
