import { z } from 'zod'
import { Canary } from './canary.ts'

/** A person's order, at a refused publication, to publish the policy although its canary is over the bound. */
export const AcceptedCanary = z.strictObject({
  /** Name of the policy. */
  policy: z.string().min(1),
  /** Name of the stage that was halted. */
  stage: z.string().min(1),
  /** Who ordered it, `user@host`. */
  by: z.string().min(1),
  /** When, ISO 8601. */
  at: z.iso.datetime(),
  reason: z.string().min(1),
  /** What had been refused. */
  refusal: z.string(),
})
export type AcceptedCanary = z.output<typeof AcceptedCanary>

/** A policy that was published: every working model server had it, and agreed with its canary. */
export const Publication = z.strictObject({
  policy: z.string().min(1),
  /** What a server is held against that comes back and is to serve it. */
  canary: Canary,
  /** Largest mean difference that was allowed, nats. */
  bound: z.number().min(0),
  /** Mean absolute difference of a logprob between trainer and server, nats. */
  servers: z.array(z.strictObject({ server: z.string(), difference: z.number().min(0) })),
})
export type Publication = z.output<typeof Publication>

/** How far servers and trainer are apart on the base model: what the bound of a run is calibrated on. */
export const CanaryCalibration = z.strictObject({
  /** Mean absolute difference of a logprob, of the server that differs most, nats. */
  difference: z.number().min(0),
  servers: z.array(z.strictObject({ server: z.string(), difference: z.number().min(0) })),
})
export type CanaryCalibration = z.output<typeof CanaryCalibration>
